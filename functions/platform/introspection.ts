// Asks an authorization server what a token means, for issuers without keys to verify by (RFC 7662). Descope has no such endpoint.
// Anything but a clear "active" refuses; nothing is remembered unless the configuration says for how long.
import type { TokenRules } from "../core/config/token-rules.ts";
import { INTROSPECTION_MAX_BYTES, INTROSPECTION_TIMEOUT_MS } from "../core/limits.ts";
import { judgeClaims, type TokenVerdict } from "../core/verify-token.ts";
import { postForJson } from "./http-fetch.ts";
import type { SecretStore } from "./secret-store.ts";

/** Gives a verdict on a token by asking. */
export type Introspect = (token: string, rules: TokenRules, now: Date) => Promise<TokenVerdict>;

/**
 * Makes the introspection client.
 *
 * @param secrets fills a reference in `introspectClientSecret`
 * @see RFC 7662 §2.1 and §2.2; RFC 6749 §2.3.1 for the client's credentials
 */
export function createIntrospection(secrets: SecretStore): Introspect {
  return async (token, rules, now) => {
    const source = rules.keySource;
    if (source.type !== "introspection") throw new Error("these rules have no introspection endpoint");
    const json = source.contentType === "application/json";
    const answer = await postForJson(source.endpoint, {
      headers: {
        "content-type": source.contentType,
        ...(await clientAuthentication(source.clientId, source.clientSecret, secrets)),
      },
      body: json ? JSON.stringify({ token }) : new URLSearchParams({ token }).toString(),
      timeoutMs: INTROSPECTION_TIMEOUT_MS,
      maxBytes: INTROSPECTION_MAX_BYTES,
    }).catch((cause: unknown) => ({ status: 0, json: undefined, cause }));

    if (answer.status !== 200 || answer.json === null || typeof answer.json !== "object") {
      const expected = "status 200 and a JSON object from the introspection endpoint";
      const cause = "cause" in answer ? answer.cause : undefined;
      return {
        ok: false,
        fault: { reason: "keys_unavailable", expected, got: `status ${answer.status}`, cause },
      };
    }
    const claims = answer.json as Record<string, unknown>;
    if (claims["active"] !== true) {
      return { ok: false, fault: { reason: "token_inactive", expected: '"active": true', got: "not" } };
    }
    return judgeClaims(claims, rules, now);
  };
}

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
