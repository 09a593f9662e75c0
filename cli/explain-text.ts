// An explanation for people: one aligned line per check, the verdict, and what to do.
import { terminalText } from "../functions/core/safe-text.ts";
import type { ExplainedAccess } from "./explain-access.ts";
import { type ExplainedLimit, limitLine } from "./explain-limits.ts";
import type { Explanation } from "./explain-token.ts";
import type { SentIdentity } from "./sent-identity.ts";
import type { Terminal } from "./terminal.ts";

/** A token at a server, and what its caller may use there. */
export type FullExplanation = Explanation & {
  identity: SentIdentity;
  /** left out where the server has no `upstream_auth` */
  credential?: string;
  access: readonly ExplainedAccess[];
  /** the rate limits of the server */
  limits: readonly ExplainedLimit[];
  /** undefined where the server is not known */
  rulesMode: "enforce" | "log_only" | undefined;
};

/**
 * Lays an explanation out for a terminal.
 *
 * @param isNamed whether tools, prompts or resources were asked about: the checks that a token has passed are then left out
 */
export function explanationText(explanation: FullExplanation, terminal: Terminal, isNamed = false): string {
  const {
    server,
    status,
    reason,
    verified,
    checks,
    principal,
    advice,
    identity,
    access,
    credential,
    limits,
  } = explanation;
  const { style } = terminal;
  const isShort = isNamed && status === 200;
  const shown = (isShort ? [] : checks).map((row) => ({
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
          ...limits.map(
            (limit, index) => `  ${index === 0 ? "limits" : "      "}    ${terminalText(limitLine(limit))}`,
          ),
          `  identity  ${identity === undefined ? "none is sent" : terminalText(`${identity.header}: ${identity.value}`)}`,
          ...(credential === undefined ? [] : [`  credential  ${terminalText(credential)}`]),
        ];
  const doubt = verified
    ? []
    : ["", "Nobody vouches for the claims above: the token's signature was not verified."];
  const todo = [...advice, ...accessAdvice(access)];
  const help = todo.length === 0 ? [] : ["", "What to do:", ...todo.map((line) => `  ${terminalText(line)}`)];
  return [
    ...lines,
    ...doubt,
    ...(isShort ? [] : [""]),
    verdict,
    ...caller,
    ...(status === 200 ? accessLines(explanation, terminal) : []),
    ...help,
    "",
  ].join("\n");
}

function accessLines({ access, rulesMode }: FullExplanation, { style }: Terminal): string[] {
  if (access.every(({ by }) => by === "no rules"))
    return ["", "Every tool, prompt and resource is allowed: the server has no rules for them."];
  const rows = access.map((row) => ({ ...row, name: terminalText(row.name), by: terminalText(row.by) }));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const mark = { allowed: style("green", "allow"), denied: style("red", "deny ") };
  const mode =
    rulesMode === "log_only"
      ? ['  The rules are only logged ("log_only"): what is denied here is allowed.']
      : [];
  return [
    "",
    "Tools, prompts and resources:",
    ...rows.map(({ kind, name, result, rule, by }) => {
      const decidedBy = rule === undefined || rule === name ? by : `rule ${terminalText(rule)}, ${by}`;
      return `  ${mark[result]}  ${kind.padEnd("resource".length)}  ${name.padEnd(width)}  ${decidedBy}`;
    }),
    ...mode,
  ];
}

/** The same advice for several rules is given once. */
function accessAdvice(access: readonly ExplainedAccess[]): string[] {
  const byAdvice = Map.groupBy(
    access.filter(({ advice }) => advice.length > 0),
    ({ advice }) => advice.join(" "),
  );
  return [...byAdvice].map(
    ([advice, rows]) => `${rows.map(({ kind, name }) => `${kind} ${name}`).join(", ")}: ${advice}`,
  );
}
