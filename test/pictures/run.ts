// `npm run pictures`: runs the gateway on this machine and draws the pictures of the docs from what it did. `-- --measure` measures the
// latencies anew as well, which takes some minutes; `-- --draw` draws the SVGs from what was recorded, for a dashboard that has changed. docs/images/*.json keeps what was recorded; test/docs/pictures.test.ts draws it again.
import { createHash } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installPeers } from "../bench/peers/peers.ts";
import { workload } from "../bench/sections/workload.ts";
import { buildBundles } from "../bench/services/bundles.ts";
import { startChromium } from "../clients/chromium.ts";
import { type DashboardData, dashboardPicture } from "./dashboard-picture.ts";
import { dashboardWidgets } from "./dashboard-widgets.ts";
import { type LatencyData, latencyPicture } from "./latency-picture.ts";
import { type RecordedRun, recordRun } from "./record-run.ts";
import { dashboardData } from "./run-metrics.ts";
import { type ToolLists, toolListsPage } from "./tool-lists-page.ts";

const ROOT = join(import.meta.dirname, "../..");
const IMAGES = join(ROOT, "docs/images");
const ROUNDS = 3;
const SHOWN_FIELDS = [
  "timestamp",
  "decision",
  "reason",
  "server",
  "sub",
  "tenant",
  "client_id",
  "mcp_method",
  "mcp_name",
  "denied_rule",
  "status",
  "total_ms",
];

const flag = { type: "boolean", default: false } as const;
const { values } = parseArgs({ options: { measure: flag, draw: flag } });

const widgets = dashboardWidgets(readFileSync(join(ROOT, "test/infra/golden/prod.golden.json"), "utf8"));
if (!values.draw)
  await recordRun(async (run) => {
    writeJson("dashboard.json", dashboardData(widgets, run));
    const lists = await toolLists(run);
    const html = toolListsPage(lists);
    write("tool-lists.png", await screenshot(html));
    writeJson("tool-lists.json", { ...lists, page: createHash("sha256").update(html).digest("hex") });
  });
if (values.measure) writeJson("added-latency.json", await latencies());
const dashboard = JSON.parse(readFileSync(join(IMAGES, "dashboard.json"), "utf8")) as DashboardData;
write("dashboard.svg", dashboardPicture(widgets, dashboard));
const latency = JSON.parse(readFileSync(join(IMAGES, "added-latency.json"), "utf8")) as LatencyData;
write("added-latency.svg", latencyPicture(latency));

/** Asks each client for the list of one server and for a tool of which one may not know, and takes the lines that this wrote. */
async function toolLists({ people, lines }: RecordedRun): Promise<ToolLists> {
  const before = lines.length;
  const lists: ToolLists["people"][number][] = [];
  for (const { name, subscription, client } of people) {
    const { tools } = await client.listTools();
    await client.callTool({ name: "pro_report", arguments: {} }).catch(() => undefined);
    lists.push({
      name,
      claim: `subscription: ${subscription}`,
      tools: tools.map((tool) => ({ name: tool.name, description: tool.description ?? "" })),
    });
  }
  const audit = lines
    .slice(before)
    .filter(({ service, message }) => service === "mcp-gateway-proxy" && message === "request");
  return { people: lists, audit: audit.map(shownFields) };
}

/** The fields that say who, what and why, in the order of the line. */
function shownFields(line: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(line).filter(([name]) => SHOWN_FIELDS.includes(name)));
}

async function screenshot(html: string): Promise<Buffer> {
  const browser = await startChromium();
  try {
    const page = await browser.newPage({ viewport: { width: 1040, height: 400 } });
    await page.setContent(html);
    return await page.screenshot({ fullPage: true });
  } finally {
    await browser.close();
  }
}

/** The benchmark's MCP workload of the current revision, without the line of differences. */
async function latencies(): Promise<LatencyData> {
  installPeers();
  const bundles = await buildBundles();
  try {
    const section = (await workload(bundles, ROUNDS)).at(-1);
    if (section?.table === undefined) throw new Error("The workload has no table.");
    const { heads, lines } = section.table;
    return {
      machine: `${cpus().length} x ${cpus()[0]?.model.trim()}, ${arch()}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`,
      date: new Date().toISOString().slice(0, 10),
      title: `${section.title}, ${section.note.split(",")[0]}`,
      operations: heads,
      subjects: lines.flatMap(({ name, cells }) =>
        typeof cells[0] === "string"
          ? []
          : [
              {
                name,
                ms: cells.map(
                  (cell) =>
                    (cell as number[]).map((value) => Number(value.toPrecision(3))) as [number, number],
                ),
              },
            ],
      ),
    };
  } finally {
    await bundles.remove();
  }
}

function write(file: string, content: string | Buffer): void {
  writeFileSync(join(IMAGES, file), content);
  console.log(`wrote docs/images/${file}`);
}

function writeJson(file: string, value: unknown): void {
  write(file, `${JSON.stringify(value)}\n`);
}
