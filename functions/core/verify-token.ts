// Decides whether a token is genuine, current and meant for this server. Key material comes in as a parameter: no network, no clock.
// The token's own header never names where keys come from: `jku`, `x5u`, `jwk` and `x5c` are not read (RFC 8725 §3.10).
import { type CryptoKey, decodeProtectedHeader, type JWTVerifyOptions, jwtVerify } from "jose";
import { type Claims, claimMatches, readClaim } from "./claims.ts";
import type { TokenRules } from "./config/token-rules.ts";
import type { TokenFault, TokenFaultReason } from "./token-fault.ts";

/** What a key source says about a `kid`. */
export type KeyLookup = { ok: true; key: CryptoKey | Uint8Array } | { ok: false; fault: TokenFault };

/** Finds the key of a token. It must draw on the key source of `rules` alone. */
export type ResolveKey = (kid: string, algorithm: string, rules: TokenRules) => Promise<KeyLookup>;

/** A verified token's claims, or the first failed check. `claims` beside a fault are those of a genuine token. */
export type TokenVerdict = { ok: true; claims: Claims } | { ok: false; fault: TokenFault; claims?: Claims };

/** One check of the claims, in the order in which they are made. */
export type ClaimCheck = { name: string; expected: string; fault?: TokenFault };

/**
 * Verifies a token against a server's rules: header, signature, time, and every claim rule.
 *
 * @param token a compact JWS as read by `readBearerToken`
 * @param rules the effective rules of the server that the token is used at
 * @param resolveKey looks up the verification key
 * @param now the current time
 * @see RFC 7519 §7.2, RFC 8725 §3
 */
export async function verifyToken(
  token: string,
  rules: TokenRules,
  resolveKey: ResolveKey,
  now: Date,
): Promise<TokenVerdict> {
  const header = readHeader(token, rules);
  if (!header.ok) return header;
  const lookup = await resolveKey(header.kid, header.algorithm, rules);
  if (!lookup.ok) return lookup;
  const signed = await verifySignatureAndTime(token, lookup.key, rules, now);
  return signed.ok ? judgeClaims(signed.claims, rules, now) : signed;
}

/**
 * Judges the claims of a genuine token by the rules.
 *
 * @param claims a verified payload, or an active introspection answer (RFC 7662 §2.2)
 * @param rules the effective rules
 * @param now the current time
 */
export function judgeClaims(claims: Claims, rules: TokenRules, now: Date): TokenVerdict {
  for (const { fault } of claimChecks(claims, rules, now)) {
    if (fault !== undefined) return { ok: false, fault, claims };
  }
  return { ok: true, claims };
}

/**
 * The end of a verdict, in seconds since the epoch: until then the same token under the same rules and keys stays good.
 *
 * @param claims claims that were judged good
 * @param rules the rules by which they were
 */
export function verdictExpiresAt(claims: Claims, rules: TokenRules): number {
  const { exp, iat } = claims as { exp: number; iat?: number };
  const oldest =
    rules.maxTokenAgeSeconds === undefined ? Number.POSITIVE_INFINITY : (iat ?? 0) + rules.maxTokenAgeSeconds;
  return Math.min(exp, oldest) + rules.clockToleranceSeconds;
}

type HeaderVerdict = { ok: true; kid: string; algorithm: string } | { ok: false; fault: TokenFault };

function readHeader(token: string, rules: TokenRules): HeaderVerdict {
  let unverifiedHeader: ReturnType<typeof decodeProtectedHeader>;
  try {
    unverifiedHeader = decodeProtectedHeader(token);
  } catch (cause) {
    return refuse("token_malformed", "a JSON header", "something else", { cause });
  }
  const { alg, kid } = unverifiedHeader;
  const algorithm = rules.algorithms.find((allowed) => allowed === alg);
  if (algorithm === undefined)
    return refuse("algorithm_not_allowed", rules.algorithms.join(" or "), "another alg");
  // RFC 7515 §4.1.11: an extension that is not understood must fail. None is understood here, `b64` included.
  if (Object.hasOwn(unverifiedHeader, "crit"))
    return refuse("crit_not_supported", "no crit header", "a crit header");
  if (typeof kid !== "string" || kid === "") return refuse("kid_missing", "a kid header", "none");
  return { ok: true, kid, algorithm };
}

async function verifySignatureAndTime(
  token: string,
  key: CryptoKey | Uint8Array,
  rules: TokenRules,
  now: Date,
): Promise<TokenVerdict> {
  const options = {
    algorithms: [...rules.algorithms],
    clockTolerance: rules.clockToleranceSeconds,
    currentDate: now,
    requiredClaims: ["exp"],
    // A limit makes jose require `iat` as well; it takes undefined for none.
    maxTokenAge: rules.maxTokenAgeSeconds,
  } as JWTVerifyOptions;
  try {
    const { payload } = await jwtVerify(token, key, options);
    return { ok: true, claims: payload };
  } catch (cause) {
    return { ok: false, ...faultOfJoseError(cause) };
  }
}

// jose checks the signature before any claim, so an error that names a claim comes with the payload of a genuine token.
function faultOfJoseError(cause: unknown): { fault: TokenFault; claims?: Claims } {
  const { code, claim, reason, payload } = cause as {
    code?: string;
    claim?: string;
    reason?: string;
    // Where the error names a claim; nothing else is read where it does not.
    payload: Claims;
  };
  switch (code) {
    case "ERR_JWS_SIGNATURE_VERIFICATION_FAILED":
      return { fault: { reason: "signature_invalid", expected: "a valid signature", got: "another", cause } };
    case "ERR_JWT_EXPIRED":
      return claim === "iat"
        ? timeFault("token_too_old", "iat within maxTokenAge", "older", payload, cause)
        : timeFault("token_expired", "exp in the future", "exp in the past", payload, cause);
    case "ERR_JWT_CLAIM_VALIDATION_FAILED":
      if (claim === "exp") return timeFault("exp_missing", "a numeric exp", "none", payload, cause);
      if (claim === "nbf") return timeFault("token_not_yet_valid", "nbf in the past", "not", payload, cause);
      // Of the claims that jose is asked to check only iat is left.
      return reason === "check_failed"
        ? timeFault("token_issued_in_future", "iat in the past", "iat in the future", payload, cause)
        : timeFault("iat_missing", "a numeric iat, as maxTokenAge is set", "none", payload, cause);
  }
  return { fault: { reason: "token_malformed", expected: "a signed JWT", got: "something else", cause } };
}

function timeFault(
  reason: TokenFaultReason,
  expected: string,
  got: string,
  claims: Claims,
  cause: unknown,
): { fault: TokenFault; claims: Claims } {
  return { fault: { reason, expected, got, cause }, claims };
}

// Another issuer or audience means "not a token for here": 401. Every other claim rule is about a known user: 403.
const REASON_BY_MISMATCH: ReadonlyMap<string, TokenFaultReason> = new Map([
  ["iss", "issuer_mismatch"],
  ["aud", "audience_mismatch"],
]);

// Without one of these it is no access token of a user: 401.
const REASON_BY_ABSENCE: ReadonlyMap<string, TokenFaultReason> = new Map([
  ...REASON_BY_MISMATCH,
  ["sub", "sub_missing"],
  ["exp", "exp_missing"],
  ["iat", "iat_missing"],
]);

/**
 * The checks of a genuine token's claims, in order: who issued it and for whom, what it is, then the rules of the block.
 *
 * @param claims the payload of a token whose signature is verified
 * @param rules the effective rules
 * @param now the current time
 */
export function* claimChecks(claims: Claims, rules: TokenRules, now: Date): Generator<ClaimCheck> {
  const identifying = rules.claimRules.filter((rule) => rule.claim === "iss" || rule.claim === "aud");
  for (const rule of identifying) yield checkRule(claims, rule);

  yield* timeChecks(claims, rules, Math.floor(now.getTime() / 1000));
  yield check(
    "sub",
    "a non-empty string",
    typeof claims["sub"] === "string" && claims["sub"].trim() !== "",
    fault("sub_missing", "a sub", "none"),
  );
  // RFC 7800: a token bound to a key is no bearer token, and the gateway does not verify the proof.
  yield check(
    "cnf",
    "absent",
    !Object.hasOwn(claims, "cnf"),
    fault("proof_of_possession", "a bearer token", "a token with cnf"),
  );
  // Descope signs refresh tokens with the same keys; `drn` tells them apart.
  yield check(
    "drn",
    "not a refresh token",
    claims["drn"] !== "DSR",
    fault("refresh_token", "an access token", "a Descope refresh token"),
  );

  for (const name of rules.requiredClaims) {
    const reason = REASON_BY_ABSENCE.get(name) ?? "claim_missing";
    yield check(`requiredClaims ${name}`, "present and not empty", readClaim(claims, name) !== undefined, {
      ...fault(reason, `the claim ${name}`, "none"),
      claim: name,
    });
  }
  for (const rule of rules.claimRules) {
    if (!identifying.includes(rule)) yield checkRule(claims, rule);
  }
}

// jose has made most of these for a JWT; an introspection answer has only these.
function* timeChecks(claims: Claims, rules: TokenRules, now: number): Generator<ClaimCheck> {
  const { exp, nbf, iat } = claims;
  const earliest = now - rules.clockToleranceSeconds;
  const latest = now + rules.clockToleranceSeconds;
  yield check("exp", "a finite number", Number.isFinite(exp), fault("exp_missing", "a finite exp", "none"));
  yield check(
    "exp",
    "in the future",
    (exp as number) > earliest,
    fault("token_expired", "exp in the future", "exp in the past"),
  );
  yield check(
    "nbf",
    "absent or in the past",
    nbf === undefined || (typeof nbf === "number" && nbf <= latest),
    fault("token_not_yet_valid", "nbf in the past", "nbf in the future"),
  );
  yield check(
    "iat",
    "absent or not in the future",
    iat === undefined || (typeof iat === "number" && iat <= latest),
    fault("token_issued_in_future", "iat not in the future", "iat in the future"),
  );
  if (rules.maxTokenAgeSeconds === undefined) return;
  yield check(
    "iat",
    "present, as maxTokenAge is set",
    typeof iat === "number",
    fault("iat_missing", "a numeric iat", "none"),
  );
  yield check(
    "maxTokenAge",
    `iat at most ${rules.maxTokenAgeSeconds} s ago`,
    (iat as number) >= earliest - rules.maxTokenAgeSeconds,
    fault("token_too_old", `issued at most ${rules.maxTokenAgeSeconds} s ago`, "older"),
  );
}

function checkRule(claims: Claims, rule: TokenRules["claimRules"][number]): ClaimCheck {
  const expected = `${rule.matchType} ${rule.values.join(", ")}`;
  return check(`claimValues ${rule.claim}`, expected, claimMatches(claims, rule), {
    ...fault(REASON_BY_MISMATCH.get(rule.claim) ?? "claim_mismatch", expected, "no match"),
    claim: rule.claim,
  });
}

function check(name: string, expected: string, holds: boolean, failed: TokenFault): ClaimCheck {
  return holds ? { name, expected } : { name, expected, fault: failed };
}

function fault(reason: TokenFaultReason, expected: string, got: string): TokenFault {
  return { reason, expected, got };
}

function refuse(reason: TokenFaultReason, expected: string, got: string, more?: { cause: unknown }) {
  return { ok: false as const, fault: { reason, expected, got, ...more } };
}
