// Finds changes of a server's token rules that would deny every current token.
import type { ClaimRule } from "../functions/core/config/claim-rules.ts";
import { type DescopeIssuers, issuerBranch } from "../functions/core/config/issuer-rules.ts";
import type { KeySource, TokenRules } from "../functions/core/config/token-rules.ts";

/** Claims that every Descope access token contains by default. */
const ALWAYS_ISSUED = ["iss", "sub", "aud", "exp", "iat"];

/** Reasons why tokens that the old rules allow would fail the new rules. */
export function ruleLockouts(before: TokenRules, after: TokenRules): string[] {
  return [
    ...keyLockouts(before, after),
    ...after.claimRules.flatMap((rule) => claimLockouts(rule, before)),
    ...(after.descopeIssuers === undefined ? [] : issuerLockouts(after.descopeIssuers, before)),
    ...requiredLockouts(before, after),
    ...headerLockouts(before, after),
  ];
}

/** Rules that no token can pass. */
export function unsatisfiable({ claimRules }: TokenRules): string[] {
  return claimRules
    .filter(({ matchType, values }) => matchType === "exact" && values.length > 1)
    .map(
      ({ claim, values }) =>
        `the rule for "${claim}" is "exact" with ${values.length} values, which never matches. Use "contains".`,
    );
}

function keyLockouts(before: TokenRules, after: TokenRules): string[] {
  const [was, is] = [keyNames(before.keySource), keyNames(after.keySource)];
  const reasons: string[] = [];
  if (!was.some((name) => is.includes(name))) {
    reasons.push(
      `keys would come from ${is.join(", ")} instead of ${was.join(", ")}: current tokens pass only if it has the same keys.`,
    );
  }
  if (!before.algorithms.some((algorithm) => after.algorithms.includes(algorithm))) {
    reasons.push(
      `only ${after.algorithms.join(", ")} would be allowed, but current tokens are signed with ${before.algorithms.join(" or ")}.`,
    );
  }
  return reasons;
}

// Descope serves a project's keys at two URLs.
function keyNames(source: KeySource): string[] {
  switch (source.type) {
    case "jwks_uri":
      return source.urls.map((url) => url.replace(/\/v2\/keys\/([^/]+)$/, "/$1/.well-known/jwks.json"));
    case "jwks":
      return source.keys.map(({ kid }) => `the inline key ${kid}`);
    case "introspection":
      return [source.endpoint];
  }
}

function claimLockouts(rule: ClaimRule, before: TokenRules): string[] {
  const previous = before.claimRules.find(({ claim }) => claim === rule.claim);
  const wanted = rule.values.join(", ");
  if (before.descopeIssuers !== undefined && (rule.claim === "iss" || rule.claim === "aud")) {
    return fromDescopeIssuers(rule, before.descopeIssuers);
  }
  if (previous !== undefined) {
    if (mayOverlap(previous, rule)) return [];
    return [
      `"${rule.claim}" would have to be ${wanted}, but current tokens have ${previous.values.join(", ")}. All callers would have to sign in again, and are allowed only if Descope issues that value.`,
    ];
  }
  if (rule.claim === "aud") return [newAudience(rule)];
  return ALWAYS_ISSUED.includes(rule.claim) || before.requiredClaims.includes(rule.claim)
    ? []
    : [notIssued(rule.claim)];
}

/** A rule for `iss` or `aud` that replaces a `descope` block with all forms of issuer. */
function fromDescopeIssuers(rule: ClaimRule, before: DescopeIssuers): string[] {
  if (rule.claim === "aud")
    return before.audiences.some((value) => passes(rule, value)) ? [] : [newAudience(rule)];
  const mayPass =
    passes(rule, before.own) || rule.values.some((value) => issuerBranch(before, value) !== undefined);
  return mayPass ? [] : [otherIssuer(rule.values.join(", "), [before.own])];
}

/** A `descope` block with all forms of issuer that replaces a rule for `iss`. */
function issuerLockouts(after: DescopeIssuers, before: TokenRules): string[] {
  const rule = before.claimRules.find(({ claim }) => claim === "iss");
  const audiences = before.claimRules.find(({ claim }) => claim === "aud");
  const issuers = before.descopeIssuers === undefined ? (rule?.values ?? []) : [before.descopeIssuers.own];
  const namesGateway = audiences !== undefined && after.audiences.some((value) => passes(audiences, value));
  const mayPass = issuers.some((issuer) => {
    const branch = issuerBranch(after, issuer);
    return branch === "own" || (branch === "project" && namesGateway);
  });
  if (mayPass || rule?.matches !== undefined || issuers.length === 0) return [];
  return [otherIssuer(after.own, issuers)];
}

function otherIssuer(wanted: string, issuers: readonly string[]): string {
  return `"iss" would have to be ${wanted}, but current tokens have ${issuers.join(", ")}. All callers would have to sign in again, and are allowed only if Descope issues that value.`;
}

function newAudience({ values }: ClaimRule): string {
  return `"aud" would have to be ${values.join(", ")}, which was not required before: tokens contain it only if it is the MCP Server URL in the Descope console.`;
}

function passes({ values, matches }: ClaimRule, value: string): boolean {
  return matches === undefined ? values.includes(value) : matches(value);
}

function requiredLockouts(before: TokenRules, after: TokenRules): string[] {
  const ruled = [...before.claimRules, ...after.claimRules].map(({ claim }) => claim);
  return after.requiredClaims
    .filter((claim) => !ALWAYS_ISSUED.includes(claim))
    .filter((claim) => !before.requiredClaims.includes(claim) && !ruled.includes(claim))
    .map(notIssued);
}

function notIssued(claim: string): string {
  const what =
    claim === "email" ? `Descope puts no "email" into tokens by default` : `tokens may lack "${claim}"`;
  return `"${claim}" would be required, but ${what}: without a custom claim or a JWT template for it, all callers are denied.`;
}

function headerLockouts(before: TokenRules, after: TokenRules): string[] {
  if (before.headerKey.toLowerCase() === after.headerKey.toLowerCase()) return [];
  return [
    `the token would be read from ${after.headerKey} instead of ${before.headerKey}, but API Gateway forwards the header that the stack was deployed with. Deploy the stack with this configuration instead.`,
  ];
}

/** Whether a value can pass both rules. Two patterns are assumed to overlap. */
function mayOverlap(before: ClaimRule, after: ClaimRule): boolean {
  const { matches: patternBefore } = before;
  const { matches: patternAfter } = after;
  if (patternBefore && patternAfter) return true;
  if (patternAfter) return before.values.some(patternAfter);
  if (patternBefore) return after.values.some(patternBefore);
  return before.values.some((value) => after.values.includes(value));
}
