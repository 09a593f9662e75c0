// Compares two results of one suite, scenario by scenario and check by check, and counts them as the tool does.
import type { ScenarioResult, SuiteResult } from "./run-suite.ts";

/** Checks passed and failed; warnings and skipped checks are neither. */
export type Score = { passed: number; failed: number };

/** The total score of some scenarios. */
export function score(...scenarios: (ScenarioResult | undefined)[]): Score {
  const verdicts = scenarios.flatMap((scenario) => scenario?.checks.map((check) => check.verdict) ?? []);
  return {
    passed: verdicts.filter((verdict) => verdict === "SUCCESS").length,
    failed: verdicts.filter((verdict) => verdict === "FAILURE").length,
  };
}

/** How many of the scored scenarios passed all checks, and how many there are. */
export function required(result: SuiteResult): { passed: number; of: number } {
  const scored = [...result.values()].filter((scenario) => scenario.notScored === undefined);
  const passed = scored.filter((scenario) => score(scenario).failed === 0);
  return { passed: passed.length, of: scored.length };
}

/**
 * One message for every check with a different result.
 *
 * @param way how the other result was obtained: "through the gateway"
 */
export function differences(direct: SuiteResult, other: SuiteResult, way: string): string[] {
  const names = [...new Set([...direct.keys(), ...other.keys()])];
  return names.flatMap((name) =>
    differingChecks(way, direct.get(name), other.get(name)).map((text) => `${name}: ${text}`),
  );
}

function differingChecks(way: string, direct?: ScenarioResult, other?: ScenarioResult): string[] {
  if (direct === undefined) return [`run ${way} only`];
  if (other === undefined) return ["run directly only"];
  const count = Math.max(direct.checks.length, other.checks.length);
  return Array.from({ length: count }, (_, n) => [described(direct, n), described(other, n)])
    .filter(([there, here]) => there !== here)
    .map(([there, here]) => `directly ${there}, ${way} ${here}`);
}

function described(scenario: ScenarioResult, n: number): string {
  const check = scenario.checks[n];
  return check === undefined ? "no such check" : `${check.id} ${check.verdict}`;
}
