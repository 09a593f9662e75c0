// The checks of a token's header and claims, times included, in one table that the authorizer, `explain` and the log use. `expected` and
// `actual` contain no values of a user's claims.
import { type Claims, claimMatches, readClaim } from "./claims.ts";
import type { ClaimRule } from "./config/claim-rules.ts";
import { type DescopeIssuers, issuerBranch } from "./config/issuer-rules.ts";
import { approximateNumber } from "./exact-number.ts";
import type { TokenDenial, TokenDenialReason } from "./token-denial.ts";
import { headerTypeDenial, KIND_CLAIM_CHECKS } from "./token-kinds.ts";

/** A token's protected header, as read before anything is verified. */
export type TokenHeader = Readonly<Record<string, unknown>>;

export type CheckedRules = {
  algorithms: readonly string[];
  clockToleranceSeconds: number;
  maxTokenAgeSeconds: number | undefined;
  requiredClaims: readonly string[];
  /** names whose values must be equal in the header and in the payload */
  headerPayloadMatch: readonly string[];
  claimRules: readonly ClaimRule[];
  /** the issuers of a `descope` block that takes all forms of its project; `claimRules` then has neither `iss` nor `aud` */
  descopeIssuers: DescopeIssuers | undefined;
  /** true if an introspection endpoint verifies tokens: `exp` is optional in its response (RFC 7662 section 2.2) */
  introspected: boolean;
};

/** One check, compiled for one set of rules. */
export type TokenCheck<Subject> = {
  /** the claim or header parameter */
  name: string;
  expected: string;
  /** Why the check fails, or undefined if it passes. */
  denial(subject: Subject): TokenDenial | undefined;
  /** What `explain` adds to a value that passes. */
  remark?(subject: Subject): string | undefined;
};

export type CheckedClaims = {
  claims: Claims;
  /** empty for an introspected token */
  header: TokenHeader;
  /** seconds since the epoch */
  now: number;
};

/** The compiled checks of a set of rules, each list in order. */
export type TokenChecks = {
  header: readonly TokenCheck<TokenHeader>[];
  claims: readonly TokenCheck<CheckedClaims>[];
};

// A wrong issuer or audience means that the token is not for this gateway: 401. Other claim rules are about a known user: 403.
const REASON_BY_MISMATCH: ReadonlyMap<string, TokenDenialReason> = new Map([
  ["iss", "issuer_mismatch"],
  ["aud", "audience_mismatch"],
]);

// Without one of these it is not an access token of a user: 401.
const REASON_BY_ABSENCE: ReadonlyMap<string, TokenDenialReason> = new Map([
  ...REASON_BY_MISMATCH,
  ["sub", "sub_missing"],
  ["exp", "exp_missing"],
  ["iat", "iat_missing"],
]);

/** Compiles the checks of a token, in the order in which they run. */
export function tokenChecks(rules: CheckedRules): TokenChecks {
  return { header: headerChecks(rules), claims: claimChecksOf(rules) };
}

function headerChecks({ algorithms }: CheckedRules): TokenCheck<TokenHeader>[] {
  const allowed = algorithms.join(" or ");
  return [
    check("alg", allowed, ({ alg }) =>
      algorithms.some((algorithm) => algorithm === alg)
        ? undefined
        : { reason: "algorithm_not_allowed", actual: "an unsupported alg" },
    ),
    // RFC 7515 section 4.1.11: an extension that is not understood must fail. None is understood here, `b64` included.
    check("crit", "no crit header", (header) =>
      Object.hasOwn(header, "crit") ? { reason: "crit_not_supported", actual: "a crit header" } : undefined,
    ),
    check("kid", "a kid header", ({ kid }) =>
      typeof kid === "string" && kid !== "" ? undefined : { reason: "kid_missing", actual: "missing" },
    ),
    check("header typ", "absent, JWT or at+jwt", ({ typ }) => headerTypeDenial(typ)),
  ];
}

function claimChecksOf(rules: CheckedRules): TokenCheck<CheckedClaims>[] {
  const identifying = ({ claim }: ClaimRule) => claim === "iss" || claim === "aud";
  return [
    ...timeChecks(rules),
    ...(rules.descopeIssuers === undefined ? [ISSUER_FORM] : descopeChecks(rules.descopeIssuers)),
    ...rules.claimRules.filter(identifying).map(ruleCheck),
    check("sub", "a non-empty string", ({ claims: { sub } }) =>
      typeof sub === "string" && sub.trim() !== ""
        ? undefined
        : { reason: "sub_missing", actual: sub === undefined ? "missing" : "empty or not a string" },
    ),
    // RFC 7800: a token bound to a key is not a bearer token, and the gateway does not verify the proof.
    check("cnf", "absent", ({ claims }) =>
      Object.hasOwn(claims, "cnf")
        ? { reason: "proof_of_possession", actual: "a token bound to a key" }
        : undefined,
    ),
    ...KIND_CLAIM_CHECKS.map(({ name, expected, denial }) =>
      check(name, expected, ({ claims }: CheckedClaims) => denial(claims)),
    ),
    ...rules.requiredClaims.map((name) =>
      check(`requiredClaims ${name}`, "present and not empty", ({ claims }: CheckedClaims) =>
        readClaim(claims, name) === undefined
          ? {
              reason: REASON_BY_ABSENCE.get(name) ?? "claim_missing",
              actual: "missing or empty",
              claim: name,
            }
          : undefined,
      ),
    ),
    ...rules.headerPayloadMatch.map(matchCheck),
    ...rules.claimRules.filter((rule) => !identifying(rule)).map(ruleCheck),
  ];
}

function timeChecks(rules: CheckedRules): TokenCheck<CheckedClaims>[] {
  const { clockToleranceSeconds: tolerance, maxTokenAgeSeconds: maxAge, introspected } = rules;
  const checks = [
    check("exp", introspected ? "absent or a number" : "a number", ({ claims }: CheckedClaims) => {
      if (introspected && (claims["exp"] === undefined || claims["exp"] === null)) return undefined;
      return Number.isFinite(approximateNumber(claims["exp"]))
        ? undefined
        : { reason: "exp_missing", actual: kindOfTime(claims["exp"]) };
    }),
    check("iat", "absent or a number", ({ claims }: CheckedClaims) =>
      claims["iat"] === undefined || timeOf(claims["iat"]) !== undefined
        ? undefined
        : { reason: "iat_missing", actual: kindOfTime(claims["iat"]) },
    ),
    check("nbf", `absent, or nbf <= now + ${tolerance} s`, ({ claims, now }: CheckedClaims) => {
      if (claims["nbf"] === undefined) return undefined;
      const nbf = timeOf(claims["nbf"]);
      return nbf !== undefined && nbf <= now + tolerance
        ? undefined
        : { reason: "token_not_yet_valid", actual: shownTime("nbf", claims["nbf"], now) };
    }),
    check("exp", `exp > now - ${tolerance} s`, ({ claims, now }: CheckedClaims) => {
      const exp = timeOf(claims["exp"]);
      return exp === undefined || exp > now - tolerance
        ? undefined
        : { reason: "token_expired", actual: shownTime("exp", claims["exp"], now) };
    }),
    check("iat", `iat <= now + ${tolerance} s`, ({ claims, now }: CheckedClaims) => {
      const iat = timeOf(claims["iat"]);
      return iat === undefined || iat <= now + tolerance
        ? undefined
        : { reason: "token_issued_in_future", actual: shownTime("iat", claims["iat"], now) };
    }),
  ];
  if (maxAge === undefined) return checks;
  const present = check("iat", "a number, as maxTokenAge is set", ({ claims }: CheckedClaims) =>
    claims["iat"] === undefined ? { reason: "iat_missing", actual: "missing" } : undefined,
  );
  const recent = check(
    "maxTokenAge",
    `iat >= now - ${maxAge + tolerance} s`,
    ({ claims, now }: CheckedClaims) => {
      const iat = timeOf(claims["iat"]);
      return iat !== undefined && iat >= now - tolerance - maxAge
        ? undefined
        : { reason: "token_too_old", actual: shownTime("iat", claims["iat"], now) };
    },
  );
  return [present, ...checks, recent];
}

// RFC 7519 section 4.1.1. A list could satisfy a rule, but does not say which issuer the caller is from.
const ISSUER_FORM = check("iss", "absent or a string", ({ claims: { iss } }: CheckedClaims) =>
  iss === undefined || iss === null || typeof iss === "string"
    ? undefined
    : { reason: "issuer_mismatch", actual: "not a string", claim: "iss" },
);

function descopeChecks(issuers: DescopeIssuers): TokenCheck<CheckedClaims>[] {
  const { own, audiences, audienceAlways } = issuers;
  const wanted = audiences.join(" or ") || "this gateway's URL, which is not known here: set public_url";
  const remark = ({ claims }: CheckedClaims) =>
    issuerBranch(issuers, claims["iss"]) === "own"
      ? `the MCP Server's own issuer${audienceAlways ? "" : ": aud is not asked for"}`
      : "another issuer of the project: aud must name this gateway";
  return [
    {
      ...check("iss", `${own}, or another issuer of the Descope project`, ({ claims }: CheckedClaims) =>
        issuerBranch(issuers, claims["iss"]) === undefined
          ? { reason: "issuer_mismatch", actual: "no match", claim: "iss" }
          : undefined,
      ),
      remark,
    },
    check(
      "aud",
      audienceAlways ? `contains ${wanted}` : `contains ${wanted}, unless iss is ${own}`,
      ({ claims }: CheckedClaims) => {
        if (!audienceAlways && issuerBranch(issuers, claims["iss"]) === "own") return undefined;
        return claimMatches(claims, { claim: "aud", matchType: "contains", values: audiences })
          ? undefined
          : { reason: "audience_mismatch", actual: "no match", claim: "aud" };
      },
    ),
  ];
}

function ruleCheck(rule: ClaimRule): TokenCheck<CheckedClaims> {
  const expected = `${rule.matchType} ${rule.values.join(", ")}`;
  return check(`claimValues ${rule.claim}`, expected, ({ claims }) =>
    claimMatches(claims, rule)
      ? undefined
      : {
          reason: REASON_BY_MISMATCH.get(rule.claim) ?? "claim_mismatch",
          actual: "no match",
          claim: rule.claim,
        },
  );
}

// RFC 7519 section 5.3: claims that the header repeats.
function matchCheck(name: string): TokenCheck<CheckedClaims> {
  return check(`headerPayloadMatch ${name}`, "the same in header and payload", ({ claims, header }) =>
    exactJson(claims, name) === exactJson(header, name)
      ? undefined
      : { reason: REASON_BY_MISMATCH.get(name) ?? "claim_mismatch", actual: "different values", claim: name },
  );
}

function exactJson(from: Claims, name: string): string | undefined {
  return Object.hasOwn(from, name) ? JSON.stringify(from[name]) : undefined;
}

type Denial = Pick<TokenDenial, "reason" | "actual" | "claim">;

function check<Subject>(
  name: string,
  expected: string,
  denial: (subject: Subject) => Denial | undefined,
): TokenCheck<Subject> {
  return {
    name,
    expected,
    denial: (subject) => {
      const denied = denial(subject);
      if (denied === undefined) return undefined;
      // For a required claim, `expected` names the claim, since the log does not name the check.
      const what = name.startsWith("requiredClaims ") ? `the claim ${denied.claim}` : expected;
      return { ...denied, expected: what };
    },
  };
}

/** A time in seconds; undefined if it is not a number or is negative infinity. */
function timeOf(value: unknown): number | undefined {
  const seconds = approximateNumber(value);
  return seconds === Number.NEGATIVE_INFINITY ? undefined : seconds;
}

function kindOfTime(value: unknown): string {
  if (value === undefined) return "missing";
  return approximateNumber(value) === undefined ? "not a number" : "a number beyond all times";
}

function shownTime(name: string, value: unknown, now: number): string {
  const seconds = approximateNumber(value);
  if (seconds === undefined || !Number.isFinite(seconds)) return kindOfTime(value);
  const distance = seconds - now;
  return `${name} = now ${distance < 0 ? "-" : "+"} ${Math.abs(distance)} s`;
}
