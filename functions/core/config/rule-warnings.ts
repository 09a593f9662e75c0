// Claim rules that are allowed but cannot hold, or hold for others than was meant.
import { claimMatches } from "../claims.ts";
import { KIND_CLAIM_CHECKS } from "../token-kinds.ts";
import { type ClaimRules, compileClaimRules, type MatchType, ruleValues } from "./claim-rules.ts";
import { type ConfigFault, formatPath, quoteText } from "./faults.ts";
import type { JwtValidation } from "./jwt-validation.ts";

/** Claims that are lists, or may be: by Descope, OpenID Connect (`amr`), RFC 7519 (`aud`) and the usual identity providers. */
const LIST_CLAIM =
  /^(?:amr|aud|groups|permissions|roles|(?:tenants|resource_access)\..+\.(?:permissions|roles)|realm_access\.roles)$/;
const SCOPE_CLAIM = /^(?:scope|scp|scopes)$/;
/** Claims that hold one value by their specification. */
const SINGLE_CLAIMS = ["iss", "sub", "azp", "client_id", "jti", "dct", "drn"];
const KNOWN_CLAIMS = [
  ...SINGLE_CLAIMS,
  ...[
    "act",
    "amr",
    "aud",
    "email",
    "exp",
    "groups",
    "iat",
    "name",
    "nbf",
    "permissions",
    "roles",
    "scope",
    "tenants",
  ],
];
/** Claims with which every token is denied, whatever the rules say. */
const DENIED_CLAIMS = ["cnf", "events", "at_hash", "c_hash", "s_hash"];

const EMPTY_PATTERN = /^\^(?:\\s\*)?\$$/;

type Path = readonly string[];
type Rule = ClaimRules[string];

/**
 * Doubts about one set of rules, each of which must hold.
 *
 * @param path where they stand
 */
export function claimRuleWarnings(rules: ClaimRules, path: Path): ConfigFault[] {
  return Object.entries(rules).flatMap(([claim, rule]) => {
    const values = ruleValues(rule.values);
    const name = nameDoubt(claim) ?? shadowDoubt(claim, rules);
    const rules_ = [
      listDoubt(claim, rule.matchType, values),
      neverDoubt(claim, rule.matchType, values),
      ...values.map((value) => valueDoubt(value, claim, rule.matchType)),
    ];
    const found = [...new Set(rules_.flatMap((message) => message ?? []))];
    return [
      ...(name === undefined ? [] : [{ path: formatPath([...path, claim]), message: name }]),
      ...found.map((message) => ({ path: formatPath([...path, claim, "values"]), message })),
    ];
  });
}

/** Doubts about `requiredClaims`, by themselves and beside `claimValues`. */
export function requiredClaimWarnings({ requiredClaims, claimValues }: JwtValidation): ConfigFault[] {
  return requiredClaims.flatMap((claim, index) => {
    const message = nameDoubt(claim) ?? shadowDoubt(claim, claimValues);
    return message === undefined
      ? []
      : [{ path: formatPath(["jwt_validation", "requiredClaims", index]), message }];
  });
}

/**
 * The rule that contradicts another on the same claim, where no value passes both: its claim.
 *
 * @param inner rules of a tool, prompt or resource
 * @param outer rules that every token of the server has passed
 */
export function contradictedClaims(inner: ClaimRules, outer: ClaimRules): string[] {
  return Object.entries(inner)
    .filter(([claim, rule]) => {
      const other = Object.hasOwn(outer, claim) ? outer[claim] : undefined;
      return other !== undefined && (excludes(claim, rule, other) || excludes(claim, other, rule));
    })
    .map(([claim]) => claim);
}

/** `exact` leaves the claim one value: the other rule must accept that one. */
function excludes(claim: string, exact: Rule, other: Rule): boolean {
  const [value, ...more] = ruleValues(exact.values);
  if (exact.matchType !== "exact" || more.length > 0) return false;
  return !compileClaimRules({ [claim]: other }).every((rule) => claimMatches({ [claim]: value }, rule));
}

function listDoubt(claim: string, matchType: MatchType, values: readonly string[]): string | undefined {
  if (matchType !== "exact") return undefined;
  if (values.length > 1)
    return `"exact" compares one value with one value, so a list of ${values.length} never matches and nobody gets in. Use "contains" to accept any of them.`;
  if (!LIST_CLAIM.test(claim) && !SCOPE_CLAIM.test(claim)) return undefined;
  return `"exact" holds only where the claim has this one value, and "${claim}" can hold several: whoever has another beside it is denied. Use "contains".`;
}

function neverDoubt(claim: string, matchType: MatchType, values: readonly string[]): string | undefined {
  if (matchType === "containsAll" && SINGLE_CLAIMS.includes(claim) && new Set(values).size > 1)
    return `never holds: "${claim}" has one value, and "containsAll" wants ${values.length}. Use "contains" to accept any of them.`;
  const kind = KIND_CLAIM_CHECKS.find(({ name }) => name === claim);
  const isDenied = (value: string) => kind?.denial({ [claim]: value }) !== undefined;
  return matchType !== "regex" && values.every(isDenied)
    ? `never holds: a token with this value is not an access token, and is always denied. Remove the rule.`
    : undefined;
}

function valueDoubt(value: string, claim: string, matchType: MatchType): string | undefined {
  if (matchType === "regex") {
    if (EMPTY_PATTERN.test(value))
      return "never holds: an empty claim counts as absent. Remove the rule, or write what the claim holds.";
    const isAnchored = /^(?:\(\?[a-z]+\))?(?:\^|\\A)/.test(value) && /(?:\$|\\z)$/.test(value);
    return isAnchored
      ? undefined
      : `${quoteText(value)} matches anywhere in the claim, also as a part of a longer value. Begin it with "^" and end it with "$", unless that is meant.`;
  }
  if (value !== value.trim())
    return `${quoteText(value)} begins or ends with a space, and values are compared with it. Remove the space.`;
  if (SCOPE_CLAIM.test(claim) && value.includes(" "))
    return `never holds: the claim is split at its spaces, so ${quoteText(value)} is no element of it. List the scopes with "containsAll".`;
  if (/\*/.test(value))
    return `${quoteText(value)} is compared as it is: "*" is not a wildcard here. Use "regex" for a pattern.`;
  if (/\S,\S/.test(value))
    return `${quoteText(value)} is one value with a comma in it. For any of several, write a list: [${value.split(",").map(quoteText).join(", ")}] with "contains".`;
  return undefined;
}

function nameDoubt(claim: string): string | undefined {
  if (DENIED_CLAIMS.includes(claim))
    return `never holds: a token with the claim "${claim}" is always denied. Remove the rule.`;
  const known = KNOWN_CLAIMS.find((name) => name === claim.toLowerCase());
  if (known !== undefined && known !== claim)
    return `claims are compared with their case, and tokens have ${quoteText(known)}. Did you mean that?`;
  const singular = /^(tenants\..+\.)(role|permission)$/.exec(claim);
  return singular === null
    ? undefined
    : `Descope's tenants hold "roles" and "permissions". Did you mean ${quoteText(`${singular[1]}${singular[2]}s`)}?`;
}

/** A rule below a claim that another rule wants to be a plain value. */
function shadowDoubt(claim: string, rules: ClaimRules): string | undefined {
  const parent = Object.keys(rules).find((name) => claim.startsWith(`${name}.`));
  return parent === undefined
    ? undefined
    : `holds only for a claim of exactly this name: another rule wants "${parent}" to be a plain value, which has nothing below it. Keep one of the two.`;
}
