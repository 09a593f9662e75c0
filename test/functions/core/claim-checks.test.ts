// The reason of every failed claim check: 401 if the token is not valid here, 403 if its user is not allowed.
import { expect, it } from "vitest";
import type { TokenRules } from "../../../functions/core/config/token-rules.ts";
import { responseToTokenDenial } from "../../../functions/core/token-denial.ts";
import { claimChecks } from "../../../functions/core/verify-token.ts";
import { claimRule, tokenRules } from "../../support/rules.ts";
import { NOW, NOW_SECONDS, tokenClaims } from "../../support/tokens.ts";

type Claims = Record<string, unknown>;

/** The reason and status of the named check, or undefined where it holds. */
function failed(name: string, claims: Claims, overrides: Partial<TokenRules>) {
  const checks = claimChecks(tokenClaims(claims), tokenRules(overrides), NOW);
  const denial = [...checks].find((check) => check.name === name)?.denial;
  return denial && [denial.reason, denial.claim, responseToTokenDenial(denial).status];
}

it.each([
  ["iss", "issuer_mismatch", 401],
  ["aud", "audience_mismatch", 401],
  ["sub", "sub_missing", 401],
  ["exp", "exp_missing", 401],
  ["iat", "iat_missing", 401],
  ["email", "claim_missing", 403],
])("denies a token without the required claim %s as %s", (claim, reason, status) => {
  const overrides = { requiredClaims: [claim], claimRules: [] };
  expect(failed(`requiredClaims ${claim}`, { [claim]: undefined }, overrides)).toEqual([
    reason,
    claim,
    status,
  ]);
});

it.each([
  ["iss", "issuer_mismatch", 401],
  ["aud", "audience_mismatch", 401],
  ["sub", "claim_mismatch", 403],
  ["iat", "claim_mismatch", 403],
  ["email", "claim_mismatch", 403],
])("denies a token whose claim %s does not match its rule as %s", (claim, reason, status) => {
  const overrides = { claimRules: [claimRule(claim, "another")] };
  expect(failed(`claimValues ${claim}`, { email: "a@example.com" }, overrides)).toEqual([
    reason,
    claim,
    status,
  ]);
});

it.each([[["https://auth.example.com/v1/apps/agentic/P2/MS2"]], [{}], [7]])(
  "denies an iss that is not a string, even if a rule would match it: %j",
  (iss) => {
    expect(failed("iss", { iss }, {})).toEqual(["issuer_mismatch", "iss", 401]);
  },
);

it.each<[string, Claims]>([
  ["an exp of null", { exp: null }],
  ["an exp beyond all numbers", { exp: Number.POSITIVE_INFINITY }],
  ["an exp that is not a number", { exp: Number.NaN }],
])("denies %s as exp_missing", (_, claims) => {
  expect(failed("exp", claims, {})).toEqual(["exp_missing", undefined, 401]);
});

it("denies an iat that is not a number as a missing iat", () => {
  const checks = claimChecks(
    tokenClaims({ iat: "1" }),
    tokenRules({ maxTokenAgeSeconds: 300 }),
    new Date(NOW_SECONDS * 1000),
  );
  const reasons = [...checks].flatMap(({ name, denial }) =>
    name === "iat" && denial ? [denial.reason] : [],
  );
  expect(reasons).toEqual(["iat_missing"]);
});
