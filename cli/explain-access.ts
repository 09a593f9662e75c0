// Explains which tools, prompts and resources of a server a caller may use, and by which rule, claim or scope. For a single name it uses
// the proxy's own decision.
import { type AccessTarget, decideAccessTo } from "../functions/core/access.ts";
import { claimMatches, readClaim } from "../functions/core/claims.ts";
import type { AccessRule } from "../functions/core/config/access-rules.ts";
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import type { Principal } from "../functions/core/principal.ts";
import { valueText } from "../functions/core/safe-text.ts";
import { claimAdvice, claimMismatchAdvice } from "./claim-advice.ts";

type Kind = "tool" | "prompt" | "resource";

/** The result for one name, or for all names that a rule covers. */
export type ExplainedAccess = {
  kind: Kind;
  /** a name or URI, or the pattern of a rule; `other names` for names without a rule */
  name: string;
  result: "allowed" | "denied";
  /** pattern of the rule that decides */
  rule?: string;
  /** the claim or scopes that decide, or why the name is not canonical */
  by: string;
  advice: string[];
};

const KINDS = [
  { kind: "tool", key: "toolRules" },
  { kind: "prompt", key: "promptRules" },
  { kind: "resource", key: "resourceRules" },
] as const;

/** One row for each rule of the server, in order of precedence, and one for names without a rule. */
export function explainRules(server: EffectiveServer, principal: Principal): ExplainedAccess[] {
  return KINDS.flatMap(({ kind, key }) => {
    const rules = server[key];
    if (rules === undefined)
      return [{ kind, name: "every name", result: "allowed", by: "no rules", advice: [] }];
    const rows = rules.map((rule) => ruleRow(kind, rule.pattern, rule, principal));
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
  const target: AccessTarget = { kind, name };
  const decision = decideAccessTo(target, server, principal);
  const rules = server[KINDS.find((each) => each.kind === kind)?.key ?? "toolRules"];
  if (decision.type === "allowed") {
    const rule = rules?.find(({ appliesTo }) => appliesTo(name));
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
    advice: [`Use the ${kind}'s name as the server lists it, ${expected}. See docs/tool-access.md.`],
  };
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
