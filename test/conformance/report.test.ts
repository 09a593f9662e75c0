import { expect, test } from "vitest";
import { renderReport } from "./report.ts";
import type { SuiteResult } from "./run-suite.ts";

test("shows a column for each way to the server, for each suite and each scenario", () => {
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
  expect(page).toContain("| suite | 1 / 1 | 0 / 1 | 1 / 1 | 1 of 1 | 0 of 1 | 1 of 1 |");
  expect(page).toContain("## suite");
  expect(page).toContain("| ping | 1 / 0 | 0 / 1 | 1 / 0 |");
  expect(page).toContain("| tasks (extension) | 0 / 1 | 0 / 0 | 0 / 1 |");
});
