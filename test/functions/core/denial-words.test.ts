// The log texts of every denied token, as operators read them in the log and in `explain`: expected and actual.
import { type CryptoKey, importJWK } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { readBearerToken } from "../../../functions/core/bearer.ts";
import type { TokenRules } from "../../../functions/core/config/token-rules.ts";
import { claimChecks, verifyClaims, verifyToken } from "../../../functions/core/verify-token.ts";
import { claimRule, tokenRules } from "../../support/rules.ts";
import {
  forgeToken,
  makeKey,
  NOW,
  NOW_SECONDS,
  signPayload,
  signToken,
  type TestKey,
  tokenClaims,
} from "../../support/tokens.ts";

type Claims = Record<string, unknown>;
let key: TestKey;
let stranger: TestKey;
beforeAll(async () => {
  [key, stranger] = await Promise.all([makeKey("RS256", "k"), makeKey("RS256", "k")]);
});

async function words(token: string, overrides: Partial<TokenRules> = {}): Promise<string> {
  const publicKey = (await importJWK(key.publicJwk, "RS256")) as CryptoKey;
  const verdict = await verifyToken(
    token,
    tokenRules(overrides),
    async () => ({ ok: true, key: publicKey }),
    NOW,
  );
  if (verdict.ok) return "ok";
  const { reason, expected, actual } = verdict.denial;
  return `${reason}: expected ${expected}, got ${actual}`;
}

describe("logs the reason for denying a token that", () => {
  it.each<[string, () => string | Promise<string>, Partial<TokenRules>, string]>([
    [
      "has no JSON header",
      () => "!.e30.AA",
      {},
      "token_malformed: expected three parts of canonical base64url, got non-canonical base64url",
    ],
    [
      "has no alg",
      () => forgeToken({ kid: "k" }, tokenClaims()),
      {},
      "algorithm_not_allowed: expected RS256, got an unsupported alg",
    ],
    [
      "has an alg that is a number",
      () => forgeToken({ alg: 7, kid: "k" }, {}),
      {},
      "algorithm_not_allowed: expected RS256, got an unsupported alg",
    ],
    [
      "has another alg",
      () => forgeToken({ alg: "none", kid: "k" }, {}),
      { algorithms: ["RS256", "ES256"] },
      "algorithm_not_allowed: expected RS256 or ES256, got an unsupported alg",
    ],
    [
      "has crit",
      () => forgeToken({ alg: "RS256", kid: "k", crit: ["x"] }, {}),
      {},
      "crit_not_supported: expected no crit header, got a crit header",
    ],
    [
      "has no kid",
      () => forgeToken({ alg: "RS256" }, {}),
      {},
      "kid_missing: expected a kid header, got missing",
    ],
    [
      "is signed by another",
      () => signToken(stranger),
      {},
      "signature_invalid: expected a valid signature, got an invalid signature",
    ],
    [
      "holds no JSON",
      () => signPayload(key, "hello"),
      {},
      "token_malformed: expected claims as one JSON object, got invalid JSON",
    ],
    [
      "is older than maxTokenAge",
      () => signToken(key, { iat: NOW_SECONDS - 400 }),
      { maxTokenAgeSeconds: 300 },
      "token_too_old: expected iat >= now - 305 s, got iat = now - 400 s",
    ],
    [
      "has expired",
      () => signToken(key, { exp: NOW_SECONDS - 60 }),
      {},
      "token_expired: expected exp > now - 5 s, got exp = now - 60 s",
    ],
    [
      "has no exp",
      () => signToken(key, { exp: undefined }),
      {},
      "exp_missing: expected a number, got missing",
    ],
    [
      "has a strange exp",
      () => signToken(key, { exp: "x" }),
      {},
      "exp_missing: expected a number, got not a number",
    ],
    [
      "is not valid yet",
      () => signToken(key, { nbf: NOW_SECONDS + 60 }),
      {},
      "token_not_yet_valid: expected absent, or nbf <= now + 5 s, got nbf = now + 60 s",
    ],
    [
      "is of the future, with maxTokenAge",
      () => signToken(key, { iat: NOW_SECONDS + 60 }),
      { maxTokenAgeSeconds: 300 },
      "token_issued_in_future: expected iat <= now + 5 s, got iat = now + 60 s",
    ],
    [
      "is of the future, without maxTokenAge",
      () => signToken(key, { iat: NOW_SECONDS + 60 }),
      {},
      "token_issued_in_future: expected iat <= now + 5 s, got iat = now + 60 s",
    ],
    [
      "has no iat, with maxTokenAge",
      () => signToken(key, { iat: undefined }),
      { maxTokenAgeSeconds: 300 },
      "iat_missing: expected a number, as maxTokenAge is set, got missing",
    ],
    [
      "has no sub",
      () => signToken(key, { sub: undefined }),
      {},
      "sub_missing: expected a non-empty string, got missing",
    ],
    [
      "is bound to a key",
      () => signToken(key, { cnf: {} }),
      {},
      "proof_of_possession: expected absent, got a token bound to a key",
    ],
    [
      "is a refresh token",
      () => signToken(key, { drn: "DSR" }),
      {},
      "refresh_token: expected absent or DS, got DSR, a Descope refresh token",
    ],
    [
      "lacks a claim",
      () => signToken(key),
      { requiredClaims: ["email"] },
      "claim_missing: expected the claim email, got missing or empty",
    ],
    [
      "has another value",
      () => signToken(key, { plan: "free" }),
      { claimRules: [claimRule("plan", ["pro", "max"], "contains")] },
      "claim_mismatch: expected contains pro, max, got no match",
    ],
  ])("%s", async (_name, token, rules, expected) => {
    expect(await words(await token(), rules)).toBe(expected);
  });
});

describe("logs the reason for denying an introspected token that", () => {
  const judged = (claims: Claims, overrides: Partial<TokenRules> = {}) => {
    const verdict = verifyClaims(tokenClaims(claims), tokenRules(overrides), NOW);
    return verdict.ok
      ? "ok"
      : `${verdict.denial.reason}: expected ${verdict.denial.expected}, got ${verdict.denial.actual}`;
  };

  it.each<[string, Claims, Partial<TokenRules>, string]>([
    ["has no exp", { exp: undefined }, {}, "exp_missing: expected a number, got missing"],
    [
      "has expired",
      { exp: NOW_SECONDS - 60 },
      {},
      "token_expired: expected exp > now - 5 s, got exp = now - 60 s",
    ],
    [
      "is not valid yet",
      { nbf: NOW_SECONDS + 60 },
      {},
      "token_not_yet_valid: expected absent, or nbf <= now + 5 s, got nbf = now + 60 s",
    ],
    [
      "is of the future",
      { iat: NOW_SECONDS + 60 },
      {},
      "token_issued_in_future: expected iat <= now + 5 s, got iat = now + 60 s",
    ],
    [
      "has no iat",
      { iat: undefined },
      { maxTokenAgeSeconds: 300 },
      "iat_missing: expected a number, as maxTokenAge is set, got missing",
    ],
    [
      "is too old",
      { iat: NOW_SECONDS - 400 },
      { maxTokenAgeSeconds: 300 },
      "token_too_old: expected iat >= now - 305 s, got iat = now - 400 s",
    ],
  ])("%s", (_name, claims, rules, expected) => {
    expect(judged(claims, rules)).toBe(expected);
  });
});

it("claimChecks lists every check with its expected value", () => {
  const rules = tokenRules({ maxTokenAgeSeconds: 300, requiredClaims: ["email"] });
  const checks = [...claimChecks(tokenClaims({ email: "a@b.c" }), rules, NOW)];
  expect(checks.map(({ name, expected }) => `${name}: ${expected}`)).toEqual([
    "iat: a number, as maxTokenAge is set",
    "exp: a number",
    "iat: absent or a number",
    "nbf: absent, or nbf <= now + 5 s",
    "exp: exp > now - 5 s",
    "iat: iat <= now + 5 s",
    "maxTokenAge: iat >= now - 305 s",
    "iss: absent or a string",
    "claimValues iss: exact https://auth.example.com/v1/apps/agentic/P2/MS2",
    "claimValues aud: contains https://mcp.example.com",
    "sub: a non-empty string",
    "cnf: absent",
    "drn: absent or DS",
    "token_type: absent, access token or Bearer",
    "token_use: absent, access token or Bearer",
    "typ: absent, access token or Bearer",
    "ID token claims: no nonce, at_hash, c_hash, s_hash",
    "events: absent",
    "requiredClaims email: present and not empty",
  ]);
});

describe("logs the reason for denying a header that", () => {
  it.each<[string, string | undefined, string, "jwt" | "opaque", string]>([
    [
      "is absent",
      undefined,
      "Authorization",
      "jwt",
      "token_missing: expected a token in Authorization, got missing",
    ],
    [
      "has another scheme",
      "Basic x",
      "Authorization",
      "jwt",
      "scheme_unsupported: expected Authorization: Bearer <token>, got an unsupported scheme or form",
    ],
    [
      "is too long",
      `Bearer ${"x".repeat(8193)}`,
      "Authorization",
      "jwt",
      "token_too_long: expected at most 8192 bytes, got 8193 bytes",
    ],
    [
      "is not a JWT",
      "Bearer abc",
      "Authorization",
      "jwt",
      "token_malformed: expected a JWT of three base64url parts, got an invalid form",
    ],
    [
      "has strange characters where a JWT is wanted",
      "Bearer á.b.c",
      "Authorization",
      "jwt",
      "token_malformed: expected a JWT of three base64url parts, got an invalid form",
    ],
    [
      "has strange characters",
      "Bearer ü",
      "Authorization",
      "opaque",
      "token_malformed: expected a token of RFC 6750's characters, got invalid characters",
    ],
  ])("%s", (_name, value, headerKey, form, expected) => {
    const read = readBearerToken(value, headerKey, form);
    expect(
      read.ok ? "ok" : `${read.denial.reason}: expected ${read.denial.expected}, got ${read.denial.actual}`,
    ).toBe(expected);
  });
});

it("accepts white space around a token in a custom header", () => {
  expect(readBearerToken("  a.b.c ", "X-Token")).toEqual({ ok: true, token: "a.b.c" });
  expect(readBearerToken("a.b", "X-Token").ok).toBe(false);
});
