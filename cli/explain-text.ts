// Formats an explanation for a terminal: one aligned line per check, the result, and what to do.
import { terminalText } from "../functions/core/safe-text.ts";
import type { ExplainedAccess } from "./explain-access.ts";
import type { ExplainedMember } from "./explain-combined.ts";
import { type ExplainedLimit, limitLine } from "./explain-limits.ts";
import type { Explanation } from "./explain-token.ts";
import type { SentIdentity } from "./sent-identity.ts";
import type { Terminal } from "./terminal.ts";

/** The result for a token at a server, and what its caller may use there. */
export type FullExplanation = Explanation & {
  identity: SentIdentity;
  /** undefined if the server has no `upstream_auth` */
  credential?: string;
  /** of the combined endpoint; undefined at a server */
  members?: readonly ExplainedMember[];
  access: readonly ExplainedAccess[];
  /** the rate limits of the server */
  limits: readonly ExplainedLimit[];
  /** undefined if the server is unknown */
  rulesMode: "enforce" | "log_only" | undefined;
};

/**
 * Formats an explanation.
 *
 * @param isNamed whether tools, prompts or resources were named: passed token checks are then omitted
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
    members,
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
      ? style("green", `The token is allowed at ${terminalText(server)}.`)
      : style("red", `The token is denied at ${terminalText(server)}: ${status} ${reason}.`);
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
          ...(members
            ? []
            : [
                `  identity  ${identity === undefined ? "not sent" : terminalText(`${identity.header}: ${identity.value}`)}`,
              ]),
          ...(credential === undefined ? [] : [`  credential  ${terminalText(credential)}`]),
        ];
  const doubt = verified
    ? []
    : ["", "The claims above are not verified: the token's signature was not checked."];
  const todo = [...advice, ...accessAdvice(access)];
  const help = todo.length === 0 ? [] : ["", "What to do:", ...todo.map((line) => `  ${terminalText(line)}`)];
  return [
    ...lines,
    ...doubt,
    ...(isShort ? [] : [""]),
    verdict,
    ...caller,
    ...(members === undefined ? [] : memberLines(members, terminal)),
    ...(status === 200 ? accessLines(explanation, terminal) : []),
    ...help,
    "",
  ].join("\n");
}

function memberLines(members: readonly ExplainedMember[], { style }: Terminal): string[] {
  const width = Math.max(...members.map(({ server }) => server.length));
  return [
    "",
    members.length === 0 ? "There are no members." : "Members, each with its own rules:",
    ...members.map(({ server, reason }) =>
      reason === undefined
        ? `  ${style("green", "allow")}  ${terminalText(server)}`
        : `  ${style("red", "deny ")}  ${terminalText(server).padEnd(width)}  ${reason}: its tools, prompts and resources are absent`,
    ),
  ];
}

function accessLines({ access, members, rulesMode }: FullExplanation, { style }: Terminal): string[] {
  if (members !== undefined && access.length === 0) return [];
  if (access.every(({ by }) => by === "no rules"))
    return [
      "",
      "Every tool, prompt and resource is allowed: the server has neither rules nor curation for them.",
    ];
  const rows = access.map((row) => ({ ...row, name: terminalText(row.name), by: terminalText(row.by) }));
  const width = Math.max(...rows.map(({ name }) => name.length));
  const mark = { allowed: style("green", "allow"), denied: style("red", "deny ") };
  const mode =
    rulesMode === "log_only"
      ? [
          `  The rules are only logged ("log_only"): the gateway allows the calls shown as denied${access.some(({ setting }) => setting !== undefined) ? ", except by curation" : ""}.`,
        ]
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

/** Groups rules by advice, so that the same advice is printed once. */
function accessAdvice(access: readonly ExplainedAccess[]): string[] {
  const byAdvice = Map.groupBy(
    access.filter(({ advice }) => advice.length > 0),
    ({ advice }) => advice.join(" "),
  );
  return [...byAdvice].map(
    ([advice, rows]) => `${rows.map(({ kind, name }) => `${kind} ${name}`).join(", ")}: ${advice}`,
  );
}
