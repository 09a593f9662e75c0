// The compiled form of a `jwt_validation` block: everything that decides whether a token is let in.
import type { JWK } from "jose";
import { type KeySet, readKeySet } from "../jwk-set.ts";
import { canonicalHash } from "./canonical-json.ts";
import type { PatternTest } from "./claim-patterns.ts";
import { compileClaimRules, type MatchType } from "./claim-rules.ts";
import { durationSeconds } from "./durations.ts";
import { type JwtValidation, jwksUrls } from "./jwt-validation.ts";

/** Keys are refreshed at least this often, or revoked ones would go on verifying (Descope rotates daily). */
const MAX_KEY_AGE_SECONDS = 600;

/** The header that tokens are read from unless gateway.json says otherwise. */
export const DEFAULT_HEADER_KEY = "Authorization";

/** Where the proof that a token is genuine comes from. */
export type KeySource =
  | { type: "jwks_uri"; urls: readonly string[] }
  | { type: "jwks"; keys: readonly JWK[]; keySet: KeySet }
  | {
      type: "introspection";
      endpoint: string;
      contentType: "application/x-www-form-urlencoded" | "application/json";
      clientId?: string;
      /** A secret reference, not the secret. */
      clientSecret?: string;
      /** 0: never cached. */
      cacheMaxAgeSeconds: number;
    };

/** One rule on one claim, ready to run. */
export type ClaimRule = {
  claim: string;
  matchType: MatchType;
  /** Compared as strings. */
  values: readonly string[];
  /** `regex` only: true when some pattern matches. Linear in the length of the value. */
  matches?: PatternTest;
};

/** The rules that a token is checked against. */
export type TokenRules = {
  keySource: KeySource;
  headerKey: string;
  algorithms: readonly string[];
  clockToleranceSeconds: number;
  cacheMaxAgeSeconds: number;
  maxTokenAgeSeconds: number | undefined;
  requiredClaims: readonly string[];
  claimRules: readonly ClaimRule[];
  /** SHA-256 over everything above, in hex: equal rules, equal hash. */
  hash: string;
};

/** Compiles a block that the schema has accepted. */
export function compileTokenRules(block: JwtValidation, headerKey: string): TokenRules {
  const rules = {
    keySource: keySource(block),
    headerKey,
    algorithms: block.algorithms,
    clockToleranceSeconds: block.clockTolerance,
    cacheMaxAgeSeconds: Math.min(block.cacheMaxAge, MAX_KEY_AGE_SECONDS),
    maxTokenAgeSeconds: block.maxTokenAge === undefined ? undefined : durationSeconds(block.maxTokenAge),
    requiredClaims: block.requiredClaims,
    claimRules: compileClaimRules(block.claimValues),
  };
  return { ...rules, hash: canonicalHash(rules) };
}

function keySource(block: JwtValidation): KeySource {
  if (block.introspectEndpoint !== undefined) {
    return {
      type: "introspection",
      endpoint: block.introspectEndpoint,
      contentType: block.introspectContentType,
      clientId: block.introspectClientId,
      clientSecret: block.introspectClientSecret,
      cacheMaxAgeSeconds: block.introspectCacheMaxAge,
    };
  }
  if (block.jwks !== undefined) {
    // The schema has accepted them: a list of keys.
    return { type: "jwks", keys: block.jwks.keys, keySet: readKeySet(block.jwks) as KeySet };
  }
  return { type: "jwks_uri", urls: jwksUrls(block.jwksUri as string | string[]) };
}
