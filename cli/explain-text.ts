// An explanation for people: one aligned line per check, the verdict, and what to do.
import { terminalText } from "../functions/core/safe-text.ts";
import type { Explanation } from "./explain-token.ts";
import type { SentIdentity } from "./sent-identity.ts";
import type { Terminal } from "./terminal.ts";

/** Lays an explanation out for a terminal. */
export function explanationText(
  {
    server,
    status,
    reason,
    verified,
    checks,
    principal,
    advice,
    identity,
  }: Explanation & { identity: SentIdentity },
  { style }: Terminal,
): string {
  const shown = checks.map((row) => ({
    result: row.result,
    check: terminalText(row.check),
    expected: terminalText(row.expected),
    actual: terminalText(row.actual),
  }));
  const width = Math.max(...shown.map(({ check }) => check.length));
  const lines = shown.map(({ check, result, expected, actual }) => {
    const mark = { pass: style("green", "pass"), fail: style("red", "fail"), skipped: style("dim", "skip") }[
      result
    ];
    return `  ${mark}  ${check.padEnd(width)}  expected ${expected}; got ${actual}`;
  });
  const verdict =
    status === 200
      ? style("green", `The token opens ${terminalText(server)}.`)
      : style("red", `The token does not open ${terminalText(server)}: ${status} ${reason}.`);
  const caller =
    principal === undefined
      ? []
      : [
          "",
          `  sub       ${terminalText(principal.sub)}`,
          `  tenant    ${terminalText(principal.tenant || "none")}`,
          `  client    ${terminalText(principal.clientId || "none")}`,
          `  scopes    ${terminalText(principal.scopes.join(" ") || "none")}`,
          `  identity  ${identity === undefined ? "none is sent" : terminalText(`${identity.header}: ${identity.value}`)}`,
        ];
  const doubt = verified
    ? []
    : ["", "Nobody vouches for the claims above: the token's signature was not verified."];
  const help =
    advice.length === 0 ? [] : ["", "What to do:", ...advice.map((line) => `  ${terminalText(line)}`)];
  return [...lines, ...doubt, "", verdict, ...caller, ...help, ""].join("\n");
}
