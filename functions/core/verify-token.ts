// Decides whether a token is genuine, current and meant for this server. Key material comes in as a parameter: no network, no clock.
// The token's own header never names where keys come from: `jku`, `x5u`, `jwk` and `x5c` are not read (RFC 8725 §3.10).
import {
  decodeProtectedHeader,
  type JWTHeaderParameters,
  type JWTVerifyOptions,
  jwtVerify,
  type ProtectedHeaderParameters,
} from "jose";
import { type Claims, claimMatches, readClaim } from "./claims.ts";
import type { ClaimRule, TokenRules } from "./config/token-rules.ts";
import type { VerificationKey } from "./jwk-set.ts";
import type { TokenFault, TokenFaultReason } from "./token-fault.ts";

/** What a key source says about a `kid`. */
export type KeyLookup = { ok: true; key: VerificationKey } | { ok: false; fault: TokenFault };

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
  let header: HeaderVerdict | undefined;
  let isLookingUp = false;
  // jose reads the header and hands it over before it touches the signature.
  const findKey = async (unverifiedHeader: JWTHeaderParameters) => {
    header = checkHeader(unverifiedHeader, rules);
    if (!header.ok) throw new Refused(header.fault);
    isLookingUp = true;
    const lookup = await resolveKey(header.kid, header.algorithm, rules);
    isLookingUp = false;
    if (!lookup.ok) throw new Refused(lookup.fault);
    return lookup.key;
  };
  try {
    const { payload } = await jwtVerify(token, findKey, joseOptions(rules, now));
    return judgeClaims(payload, rules, now);
  } catch (cause) {
    // A source of keys that failed says nothing about the token.
    if (isLookingUp) throw cause;
    if (cause instanceof Refused) return { ok: false, fault: cause.fault };
    // What jose says of a header is coarser than what is said here.
    header ??= readHeader(token, rules);
    return header.ok ? { ok: false, ...faultOfJoseError(cause) } : header;
  }
}

/** Brings a fault out of jose. */
class Refused extends Error {
  readonly fault: TokenFault;

  constructor(fault: TokenFault) {
    super(fault.reason);
    this.fault = fault;
  }
}

/**
 * Judges the claims of a genuine token by the rules.
 *
 * @param claims a verified payload, or an active introspection answer (RFC 7662 §2.2)
 * @param rules the effective rules
 * @param now the current time
 */
export function judgeClaims(claims: Claims, rules: TokenRules, now: Date): TokenVerdict {
  const nowSeconds = secondsOf(now);
  const failed = checksOf(rules).find(({ holds }) => !holds(claims, nowSeconds));
  return failed === undefined ? { ok: true, claims } : { ok: false, fault: failed.fault, claims };
}

type HeaderVerdict = { ok: true; kid: string; algorithm: string } | { ok: false; fault: TokenFault };

function readHeader(token: string, rules: TokenRules): HeaderVerdict {
  let unverifiedHeader: ReturnType<typeof decodeProtectedHeader>;
  try {
    unverifiedHeader = decodeProtectedHeader(token);
  } catch (cause) {
    return refuse("token_malformed", "a JSON header", "something else", { cause });
  }
  return checkHeader(unverifiedHeader, rules);
}

function checkHeader(unverifiedHeader: ProtectedHeaderParameters, rules: TokenRules): HeaderVerdict {
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

function joseOptions(rules: TokenRules, now: Date): JWTVerifyOptions {
  return {
    algorithms: rules.algorithms as string[],
    clockTolerance: rules.clockToleranceSeconds,
    currentDate: now,
    requiredClaims: ["exp"],
    // A limit makes jose require `iat` as well; it takes undefined for none.
    maxTokenAge: rules.maxTokenAgeSeconds as number,
  };
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
export function claimChecks(claims: Claims, rules: TokenRules, now: Date): ClaimCheck[] {
  const nowSeconds = secondsOf(now);
  return checksOf(rules).map(({ name, expected, holds, fault }) =>
    holds(claims, nowSeconds) ? { name, expected } : { name, expected, fault },
  );
}

/** A check as the rules make it, whatever the token. */
type RuleCheck = {
  name: string;
  expected: string;
  holds(claims: Claims, nowSeconds: number): boolean;
  /** what is said where it does not hold */
  fault: TokenFault;
};

function checksOf(rules: TokenRules): readonly RuleCheck[] {
  const isIdentifying = (rule: ClaimRule) => rule.claim === "iss" || rule.claim === "aud";
  return [
    ...rules.claimRules.filter(isIdentifying).map(ruleCheck),
    ...timeChecks(rules),
    {
      name: "sub",
      expected: "a non-empty string",
      holds: ({ sub }) => typeof sub === "string" && sub.trim() !== "",
      fault: fault("sub_missing", "a sub", "none"),
    },
    // RFC 7800: a token bound to a key is no bearer token, and the gateway does not verify the proof.
    {
      name: "cnf",
      expected: "absent",
      holds: (claims) => !Object.hasOwn(claims, "cnf"),
      fault: fault("proof_of_possession", "a bearer token", "a token with cnf"),
    },
    // Descope signs refresh tokens with the same keys; `drn` tells them apart.
    {
      name: "drn",
      expected: "not a refresh token",
      holds: ({ drn }) => drn !== "DSR",
      fault: fault("refresh_token", "an access token", "a Descope refresh token"),
    },
    ...rules.requiredClaims.map((name) => ({
      name: `requiredClaims ${name}`,
      expected: "present and not empty",
      holds: (claims: Claims) => readClaim(claims, name) !== undefined,
      fault: {
        ...fault(REASON_BY_ABSENCE.get(name) ?? "claim_missing", `the claim ${name}`, "none"),
        claim: name,
      },
    })),
    ...rules.claimRules.filter((rule) => !isIdentifying(rule)).map(ruleCheck),
  ];
}

// jose has made most of these for a JWT; an introspection answer has only these.
function timeChecks({
  clockToleranceSeconds: tolerance,
  maxTokenAgeSeconds: maxAge,
}: TokenRules): RuleCheck[] {
  const always: RuleCheck[] = [
    {
      name: "exp",
      expected: "a finite number",
      holds: ({ exp }) => Number.isFinite(exp),
      fault: fault("exp_missing", "a finite exp", "none"),
    },
    {
      name: "exp",
      expected: "in the future",
      holds: ({ exp }, now) => (exp as number) > now - tolerance,
      fault: fault("token_expired", "exp in the future", "exp in the past"),
    },
    {
      name: "nbf",
      expected: "absent or in the past",
      holds: ({ nbf }, now) => nbf === undefined || (typeof nbf === "number" && nbf <= now + tolerance),
      fault: fault("token_not_yet_valid", "nbf in the past", "nbf in the future"),
    },
    {
      name: "iat",
      expected: "absent or not in the future",
      holds: ({ iat }, now) => iat === undefined || (typeof iat === "number" && iat <= now + tolerance),
      fault: fault("token_issued_in_future", "iat not in the future", "iat in the future"),
    },
  ];
  if (maxAge === undefined) return always;
  return [
    ...always,
    {
      name: "iat",
      expected: "present, as maxTokenAge is set",
      holds: ({ iat }) => typeof iat === "number",
      fault: fault("iat_missing", "a numeric iat", "none"),
    },
    {
      name: "maxTokenAge",
      expected: `iat at most ${maxAge} s ago`,
      holds: ({ iat }, now) => (iat as number) >= now - tolerance - maxAge,
      fault: fault("token_too_old", `issued at most ${maxAge} s ago`, "older"),
    },
  ];
}

function ruleCheck(rule: ClaimRule): RuleCheck {
  const expected = `${rule.matchType} ${rule.values.join(", ")}`;
  return {
    name: `claimValues ${rule.claim}`,
    expected,
    holds: (claims) => claimMatches(claims, rule),
    fault: {
      ...fault(REASON_BY_MISMATCH.get(rule.claim) ?? "claim_mismatch", expected, "no match"),
      claim: rule.claim,
    },
  };
}

function secondsOf(now: Date): number {
  return Math.floor(now.getTime() / 1000);
}

function fault(reason: TokenFaultReason, expected: string, got: string): TokenFault {
  return { reason, expected, got };
}

function refuse(reason: TokenFaultReason, expected: string, got: string, more?: { cause: unknown }) {
  return { ok: false as const, fault: { reason, expected, got, ...more } };
}
