// Token rules for tests, compiled by the gateway's own compiler so that they are what a configuration gives.
import {
  type ClaimRule,
  compileClaimRules,
  type MatchType,
} from "../../functions/core/config/claim-rules.ts";
import type { TokenRules } from "../../functions/core/config/token-rules.ts";
import { tokenChecks } from "../../functions/core/token-checks.ts";
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
export function tokenRules(overrides: Partial<Omit<TokenRules, "checks">> = {}): TokenRules {
  const rules = {
    keySource: { type: "jwks_uri" as const, urls: ["https://auth.example.com/P2/.well-known/jwks.json"] },
    headerKey: "Authorization",
    algorithms: ["RS256"],
    clockToleranceSeconds: 5,
    cacheMaxAgeSeconds: 600,
    maxTokenAgeSeconds: undefined,
    requiredClaims: ["sub"],
    headerPayloadMatch: [],
    claimRules: [claimRule("iss", ISSUER), claimRule("aud", AUDIENCE, "contains")],
    descopeIssuers: undefined,
    introspected: false,
    hash: "rules-of-this-test",
    ...overrides,
  };
  return { ...rules, checks: tokenChecks(rules) };
}
