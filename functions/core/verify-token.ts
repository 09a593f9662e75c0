// Verifies a token: signature, times, issuer, audience and claims. Keys and time are parameters. The token's header never chooses a key
// source: `jku`, `x5u`, `jwk` and `x5c` are not read (RFC 8725 section 3.10).

import { compactVerify, errors } from "jose";
import { decodeBase64url } from "./base64url.ts";
import type { Claims } from "./claims.ts";
import type { TokenRules } from "./config/token-rules.ts";
import { approximateNumber } from "./exact-number.ts";
import { isJsonObject, readJson } from "./json.ts";
import type { VerificationKey } from "./jwk-set.ts";
import { INTROSPECTED_CALLER_MIN_SECONDS } from "./limits.ts";
import type { CheckedClaims, TokenHeader } from "./token-checks.ts";
import type { TokenDenial } from "./token-denial.ts";
import { decodeUtf8 } from "./utf8.ts";

export type KeyLookup = { ok: true; key: VerificationKey } | { ok: false; denial: TokenDenial };

/** Finds the key of a token. It must use the key source of `rules` only. */
export type ResolveKey = (
  kid: string,
  algorithm: string,
  rules: TokenRules,
) => KeyLookup | Promise<KeyLookup>;

/** A verified token's claims, or the first failed check. A denial with `claims` is that of a token with a valid signature. */
export type TokenVerdict = { ok: true; claims: Claims } | { ok: false; denial: TokenDenial; claims?: Claims };

export type ClaimCheck = { name: string; expected: string; denial?: TokenDenial; remark?: string };

/**
 * Verifies a token against a server's rules: spelling, header, signature, then every check of the claims.
 *
 * @param token a compact JWS as read by `readBearerToken`
 * @param rules the effective rules of the server that the token is used at
 * @param resolveKey looks up the verification key
 * @throws what `resolveKey` throws: the token could not be verified
 * @see RFC 7515 section 5.2, RFC 7519 section 7.2, RFC 8725 section 3
 */
export async function verifyToken(
  token: string,
  rules: TokenRules,
  resolveKey: ResolveKey,
  now: Date,
): Promise<TokenVerdict> {
  const read = readTokenHeader(token);
  if (!read.ok) return read;
  const { header } = read;
  for (const check of rules.checks.header) {
    const denial = check.denial(header);
    if (denial !== undefined) return { ok: false, denial };
  }
  // The checks above made sure that they are strings.
  const { kid, alg } = header as { kid: string; alg: string };
  const lookup = await resolveKey(kid, alg, rules);
  if (!lookup.ok) return { ok: false, denial: lookup.denial };
  let payload: Uint8Array;
  try {
    ({ payload } = await compactVerify(token, lookup.key, { algorithms: [alg] }));
  } catch (cause) {
    return { ok: false, denial: signatureFault(cause) };
  }
  const claims = readClaims(payload);
  return claims.ok ? verifyClaims(claims.value, rules, now, header) : claims;
}

/**
 * Checks the claims of a verified token.
 *
 * @param claims a verified payload, or an active introspection response (RFC 7662 section 2.2)
 * @param header the verified token's header; an introspected token has none
 */
export function verifyClaims(
  claims: Claims,
  rules: TokenRules,
  now: Date,
  header: TokenHeader = {},
): TokenVerdict {
  const subject = { claims, header, now: secondsOf(now) };
  for (const check of rules.checks.claims) {
    const denial = check.denial(subject);
    if (denial !== undefined) return { ok: false, denial, claims };
  }
  return { ok: true, claims };
}

/** Runs all checks of a verified token's claims, in order, for `explain`. @param header the token's header */
export function claimChecks(
  claims: Claims,
  rules: TokenRules,
  now: Date,
  header: TokenHeader = {},
): ClaimCheck[] {
  const subject: CheckedClaims = { claims, header, now: secondsOf(now) };
  return rules.checks.claims.map((check) => {
    const denial = check.denial(subject);
    const remark = denial === undefined ? check.remark?.(subject) : undefined;
    const { name, expected } = check;
    return { name, expected, ...(denial && { denial }), ...(remark !== undefined && { remark }) };
  });
}

/**
 * When a caller's claims expire, in seconds since the epoch: their `exp`, or for an introspection response without one, when it may no
 * longer be cached.
 *
 * @param claims verified claims
 */
export function callerExpiresAt(claims: Claims, { keySource }: TokenRules, now: Date): number {
  const exp = approximateNumber(claims["exp"]);
  if (exp !== undefined) return exp;
  const keptSeconds = keySource.type === "introspection" ? keySource.cacheMaxAgeSeconds : 0;
  return secondsOf(now) + Math.max(keptSeconds, INTROSPECTED_CALLER_MIN_SECONDS);
}

/** A token's header before anything is verified, or why it cannot be read. */
export type HeaderReading = { ok: true; header: TokenHeader } | { ok: false; denial: TokenDenial };

/** Reads a token's header without verifying anything. Every part of the token must be strict base64url. */
export function readTokenHeader(token: string): HeaderReading {
  const parts = token.split(".").map(decodeBase64url);
  const [headerBytes] = parts;
  if (parts.length !== 3 || headerBytes === undefined || parts.includes(undefined)) {
    return malformed("three parts of canonical base64url", "non-canonical base64url");
  }
  const text = decodeUtf8(headerBytes);
  if (text === undefined) return malformed("a JSON header", "bytes that are not UTF-8");
  const value = objectOf(text);
  if (!value.ok) return malformed("a JSON header", value.actual);
  // jose parses the header by itself: V8 may misread an escaped key and keys that it reads later (nodejs/node#63785).
  if (hasEscapedKey(text)) return malformed("a JSON header without escapes in its names", "an escaped name");
  return { ok: true, header: value.value };
}

/**
 * Reads a token's claims without verifying anything, to explain a token that is denied.
 *
 * @returns undefined if they cannot be read
 */
export function readUnverifiedClaims(token: string): Claims | undefined {
  const bytes = decodeBase64url(token.split(".")[1] ?? "");
  const claims = bytes && readClaims(bytes);
  return claims?.ok ? claims.value : undefined;
}

type ClaimsReading = { ok: true; value: Claims } | { ok: false; denial: TokenDenial };

function readClaims(payload: Uint8Array): ClaimsReading {
  const text = decodeUtf8(payload);
  const read =
    text === undefined ? { ok: false as const, actual: "bytes that are not UTF-8" } : objectOf(text);
  if (read.ok) return read;
  const { actual } = read;
  return malformed("claims as one JSON object", actual, new errors.JWTInvalid(actual));
}

const FAULT_WORDS = {
  syntax: "invalid JSON",
  duplicate_key: "a name twice in one object",
  too_deep: "too many levels",
  too_many_objects: "too many objects",
} as const;

type ObjectReading = { ok: true; value: Readonly<Record<string, unknown>> } | { ok: false; actual: string };

function objectOf(text: string): ObjectReading {
  const read = readJson(text);
  if (!read.ok) return { ok: false, actual: FAULT_WORDS[read.fault] };
  const { value } = read;
  return isJsonObject(value) ? { ok: true, value } : { ok: false, actual: FAULT_WORDS.syntax };
}

// In JSON, only strings contain quotes and backslashes: each match is one string, which is a key if a colon follows.
const STRING_AND_COLON = /"((?:[^"\\]|\\.)*)"(\s*:)?/gs;

function hasEscapedKey(json: string): boolean {
  if (!json.includes("\\")) return false;
  return [...json.matchAll(STRING_AND_COLON)].some(
    ([, text, colon]) => colon !== undefined && text?.includes("\\"),
  );
}

function signatureFault(cause: unknown): TokenDenial {
  const { code } = cause as { code?: string };
  return code === "ERR_JWS_SIGNATURE_VERIFICATION_FAILED"
    ? { reason: "signature_invalid", expected: "a valid signature", actual: "an invalid signature", cause }
    : { reason: "token_malformed", expected: "a signed JWT", actual: "an invalid JWT", cause };
}

function malformed(expected: string, actual: string, cause?: unknown): { ok: false; denial: TokenDenial } {
  return {
    ok: false,
    denial: { reason: "token_malformed", expected, actual, ...(cause !== undefined && { cause }) },
  };
}

function secondsOf(now: Date): number {
  return Math.floor(now.getTime() / 1000);
}
