// Writes docs/conformance.md: the score of every suite and scenario, directly, through the gateway and through its combined endpoint.
// The text depends only on the results, so that running it again changes nothing.
import { required, score } from "./compare.ts";
import type { ScenarioResult, SuiteResult } from "./run-suite.ts";
import type { Suite } from "./suites.ts";

/** One suite, run once for each URL. */
export type Comparison = { suite: Suite; direct: SuiteResult; gateway: SuiteResult; combined: SuiteResult };

const INTRODUCTION = `# Conformance

The published conformance suites, run against one server three times: directly, through the gateway of the local run
with sign-in switched on, and through its [combined endpoint](combined.md), with the server as the only member and
\`"separator": ""\`. A gateway that loses nothing scores the same. \`npm run test:conformance\` repeats this and fails on any
difference in any check; this page is its output.

The server is \`test/conformance/server.ts\`, built on the official SDK. The gateway has the configuration that a server gets when
its file names a \`url\` alone: \`get_stream\` is \`false\`, so GET without \`Last-Event-ID\` is 405. Numbers are checks passed / failed.
Scenarios marked with a reason are run by the suite without being required.
`;

const WAYS = ["directly", "through the gateway", "through the combined endpoint"];

/** The whole page. */
export function renderReport(comparisons: readonly Comparison[]): string {
  const overview = table(
    ["suite", ...WAYS, ...WAYS.map((way) => `required, ${way}`)],
    comparisons.map(({ suite, direct, gateway, combined }) => [
      suite.title,
      ...[direct, gateway, combined].map((result) => numbers(...result.values())),
      ...[direct, gateway, combined].map((result) => `${required(result).passed} of ${required(result).of}`),
    ]),
  );
  return [INTRODUCTION, overview, ...comparisons.map(renderSuite)].join("\n");
}

function renderSuite({ suite, direct, gateway, combined }: Comparison): string {
  const rows = [...direct].map(([name, scenario]) => [
    scenario.notScored === undefined ? name : `${name} (${scenario.notScored})`,
    numbers(scenario),
    numbers(gateway.get(name)),
    numbers(combined.get(name)),
  ]);
  return `## ${suite.title}\n\n${table(["scenario", ...WAYS], rows)}`;
}

function numbers(...scenarios: (ScenarioResult | undefined)[]): string {
  const { passed, failed } = score(...scenarios);
  return `${passed} / ${failed}`;
}

function table(header: string[], rows: string[][]): string {
  const lines = [header, header.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`);
  return `${lines.join("\n")}\n`;
}
