// `npm run bench`: the gateway and what might be used in its place, measured in turns in one run. Prints medians, spreads and ratios, writes
// JSON and plots to `.local/bench`, and exits with 1 where a target does not hold. `--rounds N` (default 10), `--only` some parts of
// cold,deciding,proxying,workload,growth,memory, `--docs` to put the figures into docs/performance.md.
import { execFileSync } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";
import { drawCurves } from "./curve-plot.ts";
import { describeMachine } from "./machine.ts";
import { peersAreInstalled } from "./peers/installed.ts";
import { drawPlot } from "./plot.ts";
import { markdownOf, type Section, sectionText } from "./report.ts";
import { coldStart } from "./sections/cold-start.ts";
import { deciding } from "./sections/deciding.ts";
import { growth } from "./sections/growth.ts";
import { memory } from "./sections/memory.ts";
import { proxying } from "./sections/proxying.ts";
import { workload } from "./sections/workload.ts";
import { type Bundles, buildBundles } from "./services/bundles.ts";

const OUTPUT = join(import.meta.dirname, "..", "..", ".local", "bench");
const DOCS = join(import.meta.dirname, "..", "..", "docs", "performance.md");
const PEERS = join(import.meta.dirname, "peers");

type Part = (bundles: Bundles, rounds: number) => Promise<Section[]>;
const PARTS: Readonly<Record<string, Part>> = {
  cold: coldStart,
  deciding,
  proxying,
  workload,
  growth,
  memory,
};

const { values } = parseArgs({
  options: {
    docs: { type: "boolean", default: false },
    rounds: { type: "string", default: "10" },
    only: { type: "string", default: Object.keys(PARTS).join() },
  },
});

if (!peersAreInstalled()) {
  console.log("Installing the peers from npm (test/bench/peers)");
  execFileSync("npm", ["ci", "--no-audit", "--no-fund", "--prefix", PEERS], { stdio: "ignore" });
}
const machine = describeMachine();
for (const [name, value] of Object.entries(machine)) console.log(`${name.padEnd(26)} ${value}`);

const bundles = await buildBundles();
const sections: Section[] = [];
try {
  for (const name of values.only.split(",")) {
    const part = PARTS[name];
    if (part === undefined) throw new Error(`--only takes ${Object.keys(PARTS).join(", ")}, got ${name}`);
    const found = await part(bundles, Number(values.rounds));
    for (const section of found) console.log(sectionText(section));
    sections.push(...found);
  }
} finally {
  await bundles.remove();
}

mkdirSync(OUTPUT, { recursive: true });
writeFileSync(
  join(OUTPUT, "results.json"),
  `${JSON.stringify({ date: new Date(), machine, sections }, null, 2)}\n`,
);
writeFileSync(join(OUTPUT, "results.svg"), drawPlot(sections));
const curves = drawCurves(sections);
if (curves !== undefined) writeFileSync(join(OUTPUT, "growth.svg"), curves);
if (values.docs) writeDocs();
const missed = sections.flatMap(({ targets }) => targets).filter(({ holds }) => !holds);
console.log(
  `\n${missed.length === 0 ? "All targets hold." : `${missed.length} targets are missed.`} Figures: .local/bench/results.json, results.svg`,
);
process.exitCode = missed.length === 0 ? 0 : 1;

/** Replaces what lies between the marks of the page. */
function writeDocs(): void {
  const [before = "", , after = ""] = readFileSync(DOCS, "utf8").split(/<!-- figures(?: end)? -->\n/);
  const size = Object.entries(machine).map(([name, value]) => `| ${name} | ${value} |`);
  const table = ["| machine | |", "|---|---|", ...size].join("\n");
  const body = `${table}\n\n${markdownOf(sections)}`;
  writeFileSync(DOCS, `${before}<!-- figures -->\n${body}<!-- figures end -->\n${after}`);
}
