// Token introspection (RFC 7662), for issuers without a JWKS. Descope has no such endpoint. Anything but `"active": true` denies.
// Only responses for active tokens are cached, for `introspectCacheMaxAge`.
import { hash } from "node:crypto";
import QuickLRU from "quick-lru";
import type { Claims } from "../core/claims.ts";
import type { KeySource, TokenRules } from "../core/config/token-rules.ts";
import { INTROSPECTION_MAX_BYTES, INTROSPECTION_TIMEOUT_MS } from "../core/limits.ts";
import { type TokenVerdict, verifyClaims } from "../core/verify-token.ts";
import { postForJson } from "./http-fetch.ts";
import type { SecretStore } from "./secret-store.ts";

export type Introspect = (token: string, rules: TokenRules, now: Date) => Promise<TokenVerdict>;

type Source = KeySource & { type: "introspection" };
type Introspected = { ok: true; claims: Claims } | Extract<TokenVerdict, { ok: false }>;

// quick-lru may keep twice as many entries.
const CACHED = 1_000;

/**
 * Creates the introspection client.
 *
 * @param secrets resolves a reference in `introspectClientSecret`
 * @see RFC 7662 §2.1 and §2.2
 */
export function createIntrospection(secrets: SecretStore): Introspect {
  const cache = new QuickLRU<string, { claims: Claims; endsAt: number }>({ maxSize: CACHED });

  return async (token, rules, now) => {
    const source = rules.keySource;
    if (source.type !== "introspection") throw new Error("these rules have no introspection endpoint");
    const key = `${hash("sha256", token, "base64url")} ${rules.hash}`;
    const nowSeconds = now.getTime() / 1_000;
    const cached = cache.get(key);
    if (cached !== undefined && nowSeconds < cached.endsAt) return verifyClaims(cached.claims, rules, now);

    const response = await ask(token, source, secrets);
    if (!response.ok) return response;
    const verdict = verifyClaims(response.claims, rules, now);
    if (verdict.ok && source.cacheMaxAgeSeconds > 0) {
      const { exp } = response.claims;
      const endsAt = nowSeconds + source.cacheMaxAgeSeconds;
      cache.set(key, {
        claims: response.claims,
        endsAt: typeof exp === "number" ? Math.min(endsAt, exp) : endsAt,
      });
    }
    return verdict;
  };
}

async function ask(token: string, source: Source, secrets: SecretStore): Promise<Introspected> {
  const json = source.contentType === "application/json";
  const response = await postForJson(source.endpoint, {
    headers: {
      "content-type": source.contentType,
      ...(await clientAuthentication(source.clientId, source.clientSecret, secrets)),
    },
    body: json ? JSON.stringify({ token }) : new URLSearchParams({ token }).toString(),
    timeoutMs: INTROSPECTION_TIMEOUT_MS,
    maxBytes: INTROSPECTION_MAX_BYTES,
  }).catch((cause: unknown) => ({ status: 0, json: undefined, cause }));

  if (response.status !== 200 || response.json === null || typeof response.json !== "object") {
    const expected = "status 200 and a JSON object from the introspection endpoint";
    const cause = "cause" in response ? response.cause : undefined;
    return {
      ok: false,
      denial: { reason: "keys_unavailable", expected, actual: `status ${response.status}`, cause },
    };
  }
  const claims = response.json as Claims;
  if (claims["active"] === true) return { ok: true, claims };
  return {
    ok: false,
    denial: { reason: "token_inactive", expected: '"active": true', actual: '"active" is not true' },
  };
}

/** RFC 6749 §2.3.1: client id and secret, each form-encoded, as Basic credentials. */
async function clientAuthentication(
  clientId: string | undefined,
  clientSecret: string | undefined,
  secrets: SecretStore,
): Promise<Record<string, string>> {
  if (clientId === undefined) return {};
  const secret = await secrets.fill(clientSecret ?? "");
  const credentials = [clientId, secret].map(encodeURIComponent).join(":");
  return { authorization: `Basic ${Buffer.from(credentials).toString("base64")}` };
}
