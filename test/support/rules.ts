// Token rules for tests, compiled by the gateway's own compiler so that they are what a configuration gives.
import { compileClaimRules, type MatchType } from "../../functions/core/config/claim-rules.ts";
import type { ClaimRule, TokenRules } from "../../functions/core/config/token-rules.ts";
import { AUDIENCE, ISSUER } from "./tokens.ts";

type Scalar = string | number | boolean;

export function claimRule(
  claim: string,
  values: Scalar | Scalar[],
  matchType: MatchType = "exact",
): ClaimRule {
  return compileClaimRules({ [claim]: { values, matchType } })[0] as ClaimRule;
}

/** Rules that the default token of `tokens.ts` satisfies. */
export function tokenRules(overrides: Partial<TokenRules> = {}): TokenRules {
  return {
    keySource: { type: "jwks_uri", urls: ["https://auth.example.com/P2/.well-known/jwks.json"] },
    headerKey: "Authorization",
    algorithms: ["RS256"],
    clockToleranceSeconds: 5,
    cacheMaxAgeSeconds: 600,
    maxTokenAgeSeconds: undefined,
    requiredClaims: ["sub"],
    claimRules: [claimRule("iss", ISSUER), claimRule("aud", AUDIENCE, "contains")],
    hash: "rules-of-this-test",
    ...overrides,
  };
}
