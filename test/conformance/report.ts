// Writes docs/conformance.md: the direct score of every suite and scenario, and the scores through the gateway that differ from it.
// The text depends only on the results, so that running it again changes nothing.
import { required, score } from "./compare.ts";
import type { ScenarioResult, SuiteResult } from "./run-suite.ts";
import type { Suite } from "./suites.ts";

/** One suite, run once for each URL. */
export type Comparison = { suite: Suite; direct: SuiteResult; gateway: SuiteResult; combined: SuiteResult };

const INTRODUCTION = `# Conformance

The published conformance suites, run against the server \`test/conformance/server.ts\` directly, through the gateway of the local run
with sign-in, and through its [combined endpoint](combined.md), with the server as the only member and \`"separator": ""\`. A gateway that
loses nothing scores the same. \`npm run test:conformance\` repeats this, fails on any difference in any check, and writes this page.

The server is built on the official SDK. Its configuration has only a \`url\`: \`get_stream\` is \`false\`, so GET without
\`Last-Event-ID\` is 405. Numbers are checks passed/failed. A score through the gateway or the combined
endpoint that differs from the direct one follows it. Scenarios marked with a reason are run without being required.
`;

/** The whole page. */
export function renderReport(comparisons: readonly Comparison[]): string {
  const overview = table(
    ["", "suite", "checks", "required scenarios"],
    comparisons.map((comparison, n) => [
      column(n),
      comparison.suite.title,
      eachWay(comparison, (result) => numbers(...result.values())),
      eachWay(comparison, (result) => `${required(result).passed} of ${required(result).of}`),
    ]),
  );
  const names = new Set(comparisons.flatMap(({ direct }) => [...direct.keys()]));
  const scenarios = table(
    ["scenario", ...comparisons.map((_, n) => column(n))],
    [...names].map((name) => [name, ...comparisons.map((comparison) => scenarioCell(comparison, name))]),
  );
  return [INTRODUCTION, overview, scenarios].join("\n");
}

const column = (n: number) => String.fromCharCode("A".charCodeAt(0) + n);

function scenarioCell(comparison: Comparison, name: string): string {
  const scenario = comparison.direct.get(name);
  if (scenario === undefined) return "";
  const scores = eachWay(comparison, (result) => numbers(result.get(name)));
  return scenario.notScored === undefined ? scores : `${scores} (${scenario.notScored})`;
}

/** The direct score, then the others that differ from it. */
function eachWay(
  { direct, gateway, combined }: Comparison,
  scoreOf: (result: SuiteResult) => string,
): string {
  const expected = scoreOf(direct);
  const others = [
    ["gateway", scoreOf(gateway)],
    ["combined endpoint", scoreOf(combined)],
  ].filter(([, actual]) => actual !== expected);
  return [expected, ...others.map((other) => other.join(" "))].join(", ");
}

function numbers(...scenarios: (ScenarioResult | undefined)[]): string {
  const { passed, failed } = score(...scenarios);
  return `${passed}/${failed}`;
}

function table(header: string[], rows: string[][]): string {
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}
