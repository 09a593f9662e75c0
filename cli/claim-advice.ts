// Advice on a claim that fails a token rule or a tool rule.
import { claimMatches } from "../functions/core/claims.ts";
import type { ClaimRule } from "../functions/core/config/claim-rules.ts";

/** A claim that is absent or empty. @param where the rule that requires it */
export function claimAdvice(claim: string, where: string): string[] {
  const add = `Add "${claim}" in the Descope console as a custom claim of the MCP Server's tokens or in a JWT template, or remove it from ${where}.`;
  return claim === "email" ? ['Descope puts no "email" into access tokens by default.', add] : [add];
}

/** Advice on a claim whose value does not match its rule. */
export function claimMismatchAdvice(rule: ClaimRule, value: unknown): string[] {
  const { claim, matchType, values } = rule;
  const contains: ClaimRule = { claim, matchType: "contains", values };
  if (matchType === "exact" && claimMatches({ [claim]: value }, contains)) {
    const why = Array.isArray(value)
      ? `"${claim}" is a list of ${value.length} values in the token`
      : `"${claim}" contains one of several values that the rule lists`;
    return [`${why}, but "exact" compares single values. Use "matchType": "contains".`];
  }
  return [
    `The user's "${claim}" is not one of the values that the rule allows. Change the user (or tenant) in the Descope console, or the rule.`,
  ];
}
