// Explains which tools, prompts and resources of a server a caller may use, and by which curation, rule, claim or scope. For a single name
// it uses the proxy's own decision.

import { curationFor, decideAccessTo, type RuleDecision } from "../functions/core/access.ts";
import { claimMatches, readClaim } from "../functions/core/claims.ts";
import type { AccessRule } from "../functions/core/config/access-rules.ts";
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import { docsUrl } from "../functions/core/docs-url.ts";
import type { Principal } from "../functions/core/principal.ts";
import { valueText } from "../functions/core/safe-text.ts";
import { claimAdvice, claimMismatchAdvice } from "./claim-advice.ts";

type Kind = "tool" | "prompt" | "resource";

/** The result for one name, or for all names that a rule covers. */
export type ExplainedAccess = {
  kind: Kind;
  /** a client's name or URI, or the pattern of a rule or of curation; `other names` for names without a rule */
  name: string;
  result: "allowed" | "denied";
  /** pattern of the rule that decides */
  rule?: string;
  /** setting of the curation that decides */
  setting?: string;
  /** the server's name, if clients use another one */
  serverName?: string;
  /** the claim or scopes that decide, or why the name is not canonical */
  by: string;
  advice: string[];
};

const KINDS = [
  { kind: "tool", key: "toolRules" },
  { kind: "prompt", key: "promptRules" },
  { kind: "resource", key: "resourceRules" },
] as const;

/**
 * One row for each setting of the curation and each rule of the server, in order of precedence, and one for names without a rule. Rules
 * name the server's names.
 */
export function explainRules(server: EffectiveServer, principal: Principal): ExplainedAccess[] {
  return KINDS.flatMap(({ kind, key }) => {
    const rules = server[key];
    const curated = curationRows(kind, server, principal);
    if (rules === undefined) {
      const name = curated.length > 0 ? "other names" : "every name";
      return [...curated, { kind, name, result: "allowed", by: "no rules", advice: [] }];
    }
    const rows = [
      ...curated,
      ...rules.map((rule) => {
        const decision = decideAccessTo({ kind, name: rule.pattern }, server, principal);
        const isCurated = !rule.pattern.includes("*") && decision.type === "hidden" && decision.setting;
        return isCurated
          ? { ...curatedRow(kind, rule.pattern, decision), rule: rule.pattern }
          : ruleRow(kind, rule.pattern, rule, principal);
      }),
    ];
    const isOpen = !rules.some(({ pattern }) => pattern === "*");
    return isOpen
      ? [...rows, { kind, name: "other names", result: "allowed", by: "no rule", advice: [] }]
      : rows;
  });
}

/**
 * Explains access to one name or URI.
 *
 * @param name as a client would send it
 */
export function explainName(
  kind: Kind,
  name: string,
  server: EffectiveServer,
  principal: Principal,
): ExplainedAccess {
  const real = curationFor(kind, server)?.names.toReal.get(name) ?? name;
  const decision = decideAccessTo({ kind, name: real }, server, principal);
  const row = decidedRow(kind, name, real, decision, server, principal);
  const isRenamed = real !== name && row.setting?.endsWith(".rename") !== true;
  return isRenamed ? { ...row, serverName: real, by: `the server's ${real}, ${row.by}` } : row;
}

function decidedRow(
  kind: Kind,
  name: string,
  real: string,
  decision: RuleDecision,
  server: EffectiveServer,
  principal: Principal,
): ExplainedAccess {
  if (decision.type === "hidden" && decision.setting !== undefined && decision.fault === undefined)
    return curatedRow(kind, name, decision);
  const rules = server[KINDS.find((each) => each.kind === kind)?.key ?? "toolRules"];
  if (decision.type === "allowed") {
    const rule = rules?.find(({ appliesTo }) => appliesTo(real));
    if (rule === undefined)
      return { kind, name, result: "allowed", by: rules === undefined ? "no rules" : "no rule", advice: [] };
    return { ...ruleRow(kind, name, rule, principal), rule: rule.pattern };
  }
  const rule = rules?.find(({ pattern }) => pattern === decision.rule);
  if (rule !== undefined) return { ...ruleRow(kind, name, rule, principal), rule: rule.pattern };
  const expected = (decision.type === "hidden" && decision.fault) || "in canonical form";
  return {
    kind,
    name,
    result: "denied",
    by: `the name: expected a ${kind} ${expected}`,
    advice: [`Use the ${kind}'s name as the server lists it, ${expected}. See ${docsUrl("tool-access.md")}.`],
  };
}

/** What the curation of a kind hides and renames. */
function curationRows(kind: Kind, server: EffectiveServer, principal: Principal): ExplainedAccess[] {
  const curation = curationFor(kind, server);
  if (curation === undefined) return [];
  const { key, allow, deny, names } = curation;
  const hidden = (name: string, setting: string): ExplainedAccess => ({
    kind,
    name,
    result: "denied",
    setting: `${key}.${setting}`,
    by: `curation, ${key}.${setting}`,
    advice: [],
  });
  const allowed = allow?.map(({ pattern }) => pattern).join(", ");
  return [
    ...deny.map(({ pattern }) => hidden(pattern, "deny")),
    ...(allowed === undefined ? [] : [hidden(allowed === "" ? "every name" : `all but ${allowed}`, "allow")]),
    ...[...names.toReal]
      .filter(([, real]) => !names.shadowed.has(real))
      .map(([client]) => explainName(kind, client, server, principal)),
  ];
}

function curatedRow(
  kind: Kind,
  name: string,
  { setting = "", rule }: Extract<RuleDecision, { type: "hidden" }>,
): ExplainedAccess {
  const isRenamed = setting.endsWith(".rename");
  const pattern = rule === undefined || rule === name ? "" : ` has ${rule}`;
  const advice = setting.endsWith(".allow")
    ? `Add it to "${setting}" of the server's file if clients shall use it.`
    : isRenamed
      ? `Clients know this ${kind} by the name in "${setting}" of the server's file.`
      : `Remove it from "${setting}" of the server's file if clients shall use it.`;
  const by = isRenamed ? `curation, ${setting}: clients use another name` : `curation, ${setting}${pattern}`;
  return { kind, name, result: "denied", setting, by, advice: [advice] };
}

function ruleRow(kind: Kind, name: string, rule: AccessRule, { claims, scopes }: Principal): ExplainedAccess {
  const failed = rule.claimRules.find((claimRule) => !claimMatches(claims, claimRule));
  const row = { kind, name, result: "denied", rule: rule.pattern } as const;
  if (failed !== undefined) {
    const { claim, matchType, values } = failed;
    // The principal has a rule's claim under the name that the rule uses.
    const value = Object.hasOwn(claims, claim) ? claims[claim] : readClaim(claims, claim);
    const actual = value === undefined ? "absent" : valueText(value);
    const advice = value === undefined ? claimAdvice(claim, "the rule") : claimMismatchAdvice(failed, value);
    return {
      ...row,
      by: `claim ${claim}: expected ${matchType} ${values.join(", ")}; actual ${actual}`,
      advice,
    };
  }
  const missing = rule.requiredScopes.filter((scope) => !scopes.includes(scope));
  if (missing.length > 0) {
    const advice = `Sign in again and request the scopes ${rule.requiredScopes.join(" ")}. To have clients request them at the first sign-in, list them in "scopes_supported" and at the MCP Server in Descope.`;
    return { ...row, by: `scopes: missing ${missing.join(" ")}`, advice: [advice] };
  }
  const held = [
    ...rule.claimRules.map(({ claim }) => `claim ${claim}`),
    ...(rule.requiredScopes.length > 0 ? [`scopes ${rule.requiredScopes.join(" ")}`] : []),
  ];
  return { ...row, result: "allowed", by: held.join(", ") || "an empty rule", advice: [] };
}
