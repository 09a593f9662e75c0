// Access tokens for tests: real keys, real signatures, and one fixed moment at which a default token is valid.
import {
  CompactSign,
  type CryptoKey,
  calculateJwkThumbprint,
  exportJWK,
  generateKeyPair,
  type JWK,
} from "jose";

/** 2026-11-15T12:00:00Z: the time at which tests verify. */
export const NOW_SECONDS = 1_794_744_000;
export const NOW = new Date(NOW_SECONDS * 1000);

export const ISSUER = "https://auth.example.com/v1/apps/agentic/P2/MS2";
export const AUDIENCE = "https://mcp.example.com";

/** A key pair with its public part as a JWKS has it. */
export type TestKey = { kid: string; alg: string; privateKey: CryptoKey; publicJwk: JWK };

export async function makeKey(alg = "RS256", kid?: string): Promise<TestKey> {
  const { publicKey, privateKey } = await generateKeyPair(alg, { extractable: true });
  const jwk = await exportJWK(publicKey);
  const name = kid ?? (await calculateJwkThumbprint(jwk));
  return { kid: name, alg, privateKey, publicJwk: { ...jwk, kid: name, alg, use: "sig" } };
}

/** Claims of a valid token; an override of `undefined` omits the claim. */
export function tokenClaims(overrides: Record<string, unknown> = {}): Record<string, unknown> {
  const claims = {
    iss: ISSUER,
    aud: AUDIENCE,
    sub: "U2alice",
    iat: NOW_SECONDS - 60,
    exp: NOW_SECONDS + 3600,
    ...overrides,
  };
  return JSON.parse(JSON.stringify(claims));
}

/** Signs claims. `header` is added to `alg` and `kid`; `undefined` omits a member. */
export function signToken(
  key: TestKey,
  overrides: Record<string, unknown> = {},
  header: Record<string, unknown> = {},
): Promise<string> {
  return signPayload(key, JSON.stringify(tokenClaims(overrides)), header);
}

/** Signs any text as the payload, even invalid JSON. */
export function signPayload(
  key: TestKey,
  payload: string,
  header: Record<string, unknown> = {},
): Promise<string> {
  const merged = JSON.parse(JSON.stringify({ alg: key.alg, kid: key.kid, ...header }));
  return new CompactSign(new TextEncoder().encode(payload)).setProtectedHeader(merged).sign(key.privateKey);
}

/** Puts a token together without signing it properly. */
export function forgeToken(header: unknown, payload: unknown, signature = "AAAA"): string {
  const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return `${part(header)}.${part(payload)}.${signature}`;
}
