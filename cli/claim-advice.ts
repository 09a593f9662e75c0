// What to do about a claim that a rule wants otherwise: in a token's rules and in those of tools alike.
import { claimMatches } from "../functions/core/claims.ts";
import type { ClaimRule } from "../functions/core/config/claim-rules.ts";

/** A claim that is absent or empty. @param where what asks for it */
export function claimAdvice(claim: string, where: string): string[] {
  const add = `Add "${claim}" in the Descope console as a custom claim of the MCP Server's tokens or in a JWT template, or take it out of ${where}.`;
  return claim === "email" ? ['Descope puts no "email" into access tokens by default.', add] : [add];
}

/** A claim with another value. */
export function claimMismatchAdvice(rule: ClaimRule, value: unknown): string[] {
  const { claim, matchType, values } = rule;
  const contains: ClaimRule = { claim, matchType: "contains", values };
  if (matchType === "exact" && claimMatches({ [claim]: value }, contains)) {
    const why = Array.isArray(value)
      ? `"${claim}" is a list of ${value.length} in the token`
      : `"${claim}" holds one of several values that the rule lists`;
    return [`${why}, and "exact" compares one value with one value. Use "matchType": "contains".`];
  }
  return [
    `The user's "${claim}" is not among the values that the rule names. Change the user (or tenant) in the Descope console, or the rule.`,
  ];
}
