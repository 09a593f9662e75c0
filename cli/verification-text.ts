// Formats the results of `verify-deployment` for a terminal: one aligned line per check, then what to do.
import { terminalText } from "../functions/core/safe-text.ts";
import type { CheckResult } from "./deployment-check.ts";
import type { Terminal } from "./terminal.ts";

export function verificationText(url: string, results: readonly CheckResult[], { style }: Terminal): string {
  const width = Math.max(...results.map(({ name }) => name.length));
  const marks = {
    pass: style("green", "pass"),
    fail: style("red", "fail"),
    skipped: style("dim", "skip"),
    by_hand: style("yellow", "hand"),
  };
  const lines = results.map(({ name, result, expected, actual }) => {
    const seen = result === "by_hand" ? "" : `; ${result === "skipped" ? "" : "got "}${actual}`;
    return `  ${marks[result]}  ${name.padEnd(width)}  expected ${expected}${terminalText(seen)}`;
  });
  const count = (wanted: CheckResult["result"]) => results.filter(({ result }) => result === wanted).length;
  const failed = count("fail");
  const counts = `${count("pass")} passed, ${failed} failed, ${count("skipped")} skipped, ${count("by_hand")} by hand`;
  const verdict = style(failed === 0 ? "green" : "red", `${url}: ${counts}.`);
  return [
    ...lines,
    "",
    verdict,
    ...todos(
      "What to do:",
      results.filter(({ result }) => result === "fail"),
    ),
    ...todos(
      "By hand:",
      results.filter(({ result }) => result === "by_hand"),
    ),
    "",
  ].join("\n");
}

function todos(title: string, results: readonly CheckResult[]): string[] {
  if (results.length === 0) return [];
  return ["", title, ...results.map(({ name, todo }) => `  ${name}: ${todo}`)];
}
