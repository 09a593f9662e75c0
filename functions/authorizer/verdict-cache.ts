// Remembers verdicts on tokens that were good, so that a busy caller's signature is checked once. Bad ones are never remembered.
// The key holds everything that a verdict depends on: the whole token (as SHA-256), the rules, the keys, the server. A token that is
// good at one server says nothing about another.
import { hash } from "node:crypto";
import type { Claims } from "../core/claims.ts";
import type { TokenRules } from "../core/config/token-rules.ts";

/** What a verdict depends on besides the token. */
export type VerdictScope = { server: string; rules: TokenRules; keyVersion: string };

/** Good verdicts, each until it ends. */
export type VerdictCache = {
  /** @param nowSeconds seconds since the epoch */
  get(token: string, scope: VerdictScope, nowSeconds: number): Claims | undefined;
  /** @param expiresAt the verdict's end in seconds since the epoch */
  put(token: string, scope: VerdictScope, claims: Claims, expiresAt: number): void;
};

const MAX_VERDICTS = 5_000;

/** Opens an empty cache that holds the most recently used verdicts. */
export function createVerdictCache(): VerdictCache {
  const verdicts = new Map<string, { claims: Claims; expiresAt: number }>();
  return {
    get(token, scope, nowSeconds) {
      const key = keyOf(token, scope);
      const verdict = verdicts.get(key);
      if (verdict === undefined) return undefined;
      if (nowSeconds >= verdict.expiresAt) {
        verdicts.delete(key);
        return undefined;
      }
      // The order of use matters only once something has to go soon.
      if (verdicts.size > MAX_VERDICTS / 2) {
        verdicts.delete(key);
        verdicts.set(key, verdict);
      }
      return verdict.claims;
    },
    put(token, scope, claims, expiresAt) {
      if (verdicts.size >= MAX_VERDICTS) verdicts.delete(verdicts.keys().next().value as string);
      verdicts.set(keyOf(token, scope), { claims, expiresAt });
    },
  };
}

function keyOf(token: string, { server, rules, keyVersion }: VerdictScope): string {
  return `${hash("sha256", token, "base64url")} ${rules.hash} ${keyVersion} ${server}`;
}
