import { expect, test } from "vitest";
import { differences, required, score } from "./compare.ts";
import type { ScenarioResult, SuiteResult, Verdict } from "./run-suite.ts";

function scenario(...verdicts: Verdict[]): ScenarioResult {
  return { checks: verdicts.map((verdict, n) => ({ id: `check-${n}`, verdict })) };
}

test("counts only successes and failures", () => {
  expect(score(scenario("SUCCESS", "WARNING", "SKIPPED"), scenario("FAILURE", "SUCCESS"), undefined)).toEqual(
    {
      passed: 2,
      failed: 1,
    },
  );
});

test("counts a required scenario as passed only if none of its checks failed", () => {
  const result: SuiteResult = new Map([
    ["a", scenario("SUCCESS", "WARNING")],
    ["b", scenario("SUCCESS", "FAILURE")],
    ["c", { ...scenario("FAILURE"), notScored: "extension" }],
  ]);
  expect(required(result)).toEqual({ passed: 1, of: 2 });
});

test("finds no difference between equal results", () => {
  const result: SuiteResult = new Map([["a", scenario("SUCCESS", "FAILURE")]]);
  expect(differences(result, structuredClone(result), "through the gateway")).toEqual([]);
});

test("reports every check with a different result, even if the score is the same", () => {
  const direct: SuiteResult = new Map([["a", scenario("SUCCESS", "FAILURE", "WARNING")]]);
  const gateway: SuiteResult = new Map([["a", scenario("FAILURE", "SUCCESS")]]);
  expect(differences(direct, gateway, "through the gateway")).toEqual([
    "a: directly check-0 SUCCESS, through the gateway check-0 FAILURE",
    "a: directly check-1 FAILURE, through the gateway check-1 SUCCESS",
    "a: directly check-2 WARNING, through the gateway no such check",
  ]);
});

test("reports scenarios that ran only directly or only through the gateway", () => {
  const direct: SuiteResult = new Map([["a", scenario("SUCCESS")]]);
  const gateway: SuiteResult = new Map([["b", scenario("SUCCESS")]]);
  expect(differences(direct, gateway, "through the gateway")).toEqual([
    "a: run directly only",
    "b: run through the gateway only",
  ]);
});
