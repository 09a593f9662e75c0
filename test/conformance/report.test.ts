import { expect, test } from "vitest";
import { type Comparison, renderReport } from "./report.ts";
import type { SuiteResult } from "./run-suite.ts";

test("shows the score through the gateway beside the direct score where they differ", () => {
  const direct: SuiteResult = new Map([
    ["ping", { checks: [{ id: "ping", verdict: "SUCCESS" }] }],
    ["tasks", { checks: [{ id: "tasks", verdict: "FAILURE" }], notScored: "extension" }],
  ]);
  const gateway: SuiteResult = new Map([["ping", { checks: [{ id: "ping", verdict: "FAILURE" }] }]]);
  const suite = {
    title: "suite",
    tool: "conformance-0.2",
    args: [],
    expected: { passed: 1, failed: 1 },
  } as const;
  const page = renderReport([{ suite, direct, gateway, combined: direct }]);
  expect(page).toContain("| A | suite | 1/1, gateway 0/1 | 1 of 1, gateway 0 of 1 |");
  expect(page).toContain("| ping | 1/0, gateway 0/1 |");
  expect(page).toContain("| tasks | 0/1, gateway 0/0 (extension) |");
});

test("shows one column for each suite, empty for scenarios that it does not have", () => {
  const ping: SuiteResult = new Map([["ping", { checks: [{ id: "ping", verdict: "SUCCESS" }] }]]);
  const suite = (title: string, result: SuiteResult): Comparison => ({
    suite: { title, tool: "conformance-0.2", args: [], expected: { passed: 0, failed: 0 } },
    direct: result,
    gateway: result,
    combined: result,
  });
  const page = renderReport([suite("first", new Map()), suite("second", ping)]);
  expect(page).toContain("| B | second | 1/0 | 1 of 1 |");
  expect(page).toContain("| scenario | A | B |\n| --- | --- | --- |\n| ping |  | 1/0 |");
});
