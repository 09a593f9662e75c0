// The compiled form of a `jwt_validation` block: everything that decides whether a token is allowed.
import type { JWK } from "jose";
import { canonicalHash } from "../json.ts";
import { type KeySet, readKeySet } from "../jwk-set.ts";
import { type CheckedRules, type TokenChecks, tokenChecks } from "../token-checks.ts";
import { compileClaimRules } from "./claim-rules.ts";
import { durationSeconds } from "./fields.ts";
import type { DescopeIssuers } from "./issuer-rules.ts";
import { type JwtValidation, jwksUrls } from "./jwt-validation.ts";

/** Maximum refresh interval: limits how long a revoked key is used (Descope rotates keys daily). */
const MAX_KEY_AGE_SECONDS = 600;

/** Default header with the token. */
export const DEFAULT_HEADER_KEY = "Authorization";

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

/** The rules that a token is checked against. */
export type TokenRules = CheckedRules & {
  keySource: KeySource;
  headerKey: string;
  cacheMaxAgeSeconds: number;
  /** SHA-256 of everything above, in hex. */
  hash: string;
  /** the compiled checks of a token */
  checks: TokenChecks;
};

/**
 * Compiles a block that the schema has accepted.
 *
 * @param descopeIssuers the issuers of a `descope` block that `claimValues` does not contain
 */
export function compileTokenRules(
  block: JwtValidation,
  headerKey: string,
  descopeIssuers?: DescopeIssuers,
): TokenRules {
  const source = keySource(block);
  const rules = {
    keySource: source,
    headerKey,
    algorithms: block.algorithms,
    clockToleranceSeconds: block.clockTolerance,
    cacheMaxAgeSeconds: Math.min(block.cacheMaxAge, MAX_KEY_AGE_SECONDS),
    maxTokenAgeSeconds: block.maxTokenAge === undefined ? undefined : durationSeconds(block.maxTokenAge),
    requiredClaims: block.requiredClaims,
    headerPayloadMatch: block.headerPayloadMatch,
    claimRules: compileClaimRules(block.claimValues),
    descopeIssuers,
    introspected: source.type === "introspection",
  };
  return { ...rules, hash: canonicalHash(rules), checks: tokenChecks(rules) };
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
    // The schema has checked that this is a list of keys.
    return { type: "jwks", keys: block.jwks.keys, keySet: readKeySet(block.jwks) as KeySet };
  }
  return { type: "jwks_uri", urls: jwksUrls(block.jwksUri as string | string[]) };
}
