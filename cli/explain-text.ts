// An explanation for people: one aligned line per check, the verdict, and what to do.
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
  const width = Math.max(...checks.map(({ check }) => check.length));
  const lines = checks.map(({ check, result, expected, got }) => {
    const mark = { pass: style("green", "pass"), fail: style("red", "fail"), skipped: style("dim", "skip") }[
      result
    ];
    return `  ${mark}  ${check.padEnd(width)}  expected ${expected}; got ${got}`;
  });
  const verdict =
    status === 200
      ? style("green", `The token opens ${server}.`)
      : style("red", `The token does not open ${server}: ${status} ${reason}.`);
  const caller =
    principal === undefined
      ? []
      : [
          "",
          `  sub       ${principal.sub}`,
          `  tenant    ${principal.tenant || "none"}`,
          `  client    ${principal.clientId || "none"}`,
          `  scopes    ${principal.scopes.join(" ") || "none"}`,
          `  identity  ${identity === undefined ? "none is sent" : `${identity.header}: ${identity.value}`}`,
        ];
  const doubt = verified
    ? []
    : ["", "Nobody vouches for the claims above: the token's signature was not verified."];
  const help = advice.length === 0 ? [] : ["", "What to do:", ...advice.map((line) => `  ${line}`)];
  return [...lines, ...doubt, "", verdict, ...caller, ...help, ""].join("\n");
}
