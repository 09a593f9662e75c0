// `npm run bench`: measures the gateway and its alternatives in one run. Prints Markdown tables, writes `.local/bench/results.json`, and
// exits with 1 if a target is missed. See README.md for the options.
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { arch, cpus, loadavg, platform, release } from "node:os";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { installPeers } from "./peers/peers.ts";
import { markdownOf, type Section, summaryOf } from "./report.ts";
import { coldStart } from "./sections/cold-start.ts";
import { combined } from "./sections/combined.ts";
import { growth } from "./sections/growth.ts";
import { proxyFunction } from "./sections/proxy-function.ts";
import { runQuietly } from "./sections/quiet.ts";
import { rateLimits } from "./sections/rate-limits.ts";
import { workload } from "./sections/workload.ts";
import { type Bundles, buildBundles } from "./services/bundles.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const OUTPUT = join(ROOT, ".local", "bench");
const DOCS = join(ROOT, "docs", "performance.md");

type Part = (bundles: Bundles, rounds: number) => Promise<Section[]>;
const PARTS: Readonly<Record<string, Part>> = {
  cold: coldStart,
  decision: async (bundles, rounds) => (await runQuietly("decision", bundles, rounds)) as Section[],
  proxy: proxyFunction,
  workload,
  limits: rateLimits,
  combined,
  growth,
};

const { values } = parseArgs({
  options: {
    docs: { type: "boolean", default: false },
    rounds: { type: "string", default: "10" },
    only: { type: "string", default: Object.keys(PARTS).join() },
  },
});
const parts = values.only.split(",").map((name) => {
  const part = PARTS[name];
  if (part === undefined) throw new Error(`--only takes ${Object.keys(PARTS).join(", ")}, got ${name}`);
  return part;
});

installPeers();
const machine = `${cpus().length} x ${cpus()[0]?.model.trim()}, ${arch()}, ${platform()} ${release()}, Node ${process.versions.node}, load ${loadavg()[0]?.toFixed(1)}`;
console.log(machine);

const bundles = await buildBundles();
const sections: Section[] = [];
try {
  for (const part of parts) {
    const found = await part(bundles, Number(values.rounds));
    for (const section of found) console.log(`\n${markdownOf(section)}`);
    sections.push(...found);
  }
} finally {
  await bundles.remove();
}

mkdirSync(OUTPUT, { recursive: true });
const results = { date: new Date(), machine, sections };
writeFileSync(join(OUTPUT, "results.json"), `${JSON.stringify(results, null, 2)}\n`);
if (values.docs) writeDocs();
const missed = sections.flatMap(({ targets }) => targets).filter(({ holds }) => !holds);
console.log(missed.length === 0 ? "All targets hold." : `Targets missed: ${missed.length}.`);
process.exitCode = missed.length === 0 ? 0 : 1;

/** Replaces the text between the markers of the page. */
function writeDocs(): void {
  const [before = "", , after = ""] = readFileSync(DOCS, "utf8").split(/<!-- figures(?: end)? -->\n/);
  const body = `Measured on ${machine}.\n\n${summaryOf(sections)}`;
  writeFileSync(DOCS, `${before}<!-- figures -->\n${body}<!-- figures end -->\n${after}`);
}
