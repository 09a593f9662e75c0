// Warnings about valid claim rules that never match or match more than intended.
import { claimMatches } from "../../claims.ts";
import { KIND_CLAIM_CHECKS } from "../../token-kinds.ts";
import { type ClaimRules, compileClaimRules, type MatchType, ruleValues } from "../claim-rules.ts";
import { type ConfigFault, formatPath, quoteText } from "../faults.ts";
import type { JwtValidation } from "../jwt-validation.ts";

/** Claims that are or may be lists: in Descope, OpenID Connect (`amr`), RFC 7519 (`aud`) and common identity providers. */
const LIST_CLAIM =
  /^(?:amr|aud|groups|permissions|roles|(?:tenants|resource_access)\..+\.(?:permissions|roles)|realm_access\.roles)$/;
const EMAIL_CLAIM = /(?:^|\.)email$/;
const SCOPE_CLAIM = /^(?:scope|scp|scopes)$/;
/** Claims with a single value by specification. */
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
/** Tokens with these claims are always denied. */
const DENIED_CLAIMS = ["cnf", "events", "at_hash", "c_hash", "s_hash"];

const EMPTY_PATTERN = /^\^(?:\\s\*)?\$$/;

type Path = readonly string[];
type Rule = ClaimRules[string];

/**
 * Warnings about one set of rules.
 *
 * @param path of the rules
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

/** Warnings about `requiredClaims`, alone and together with `claimValues`. */
export function requiredClaimWarnings({ requiredClaims, claimValues }: JwtValidation): ConfigFault[] {
  return requiredClaims.flatMap((claim, index) => {
    const message = nameDoubt(claim) ?? shadowDoubt(claim, claimValues);
    return message === undefined
      ? []
      : [{ path: formatPath(["jwt_validation", "requiredClaims", index]), message }];
  });
}

/**
 * The claim of a rule that contradicts another rule: no value satisfies both.
 *
 * @param inner rules of a tool, prompt or resource
 * @param outer rules that every token of the server satisfies
 */
export function contradictedClaims(inner: ClaimRules, outer: ClaimRules): string[] {
  return Object.entries(inner)
    .filter(([claim, rule]) => {
      const other = Object.hasOwn(outer, claim) ? outer[claim] : undefined;
      return other !== undefined && (excludes(claim, rule, other) || excludes(claim, other, rule));
    })
    .map(([claim]) => claim);
}

/** `exact` allows one value: the other rule must match it. */
function excludes(claim: string, exact: Rule, other: Rule): boolean {
  const [value, ...more] = ruleValues(exact.values);
  if (exact.matchType !== "exact" || more.length > 0) return false;
  return !compileClaimRules({ [claim]: other }).every((rule) => claimMatches({ [claim]: value }, rule));
}

function listDoubt(claim: string, matchType: MatchType, values: readonly string[]): string | undefined {
  if (matchType !== "exact") return undefined;
  if (values.length > 1)
    return `"exact" compares one value with one value, so a list of ${values.length} never matches and every caller is denied. Use "contains" to accept any of them.`;
  if (!LIST_CLAIM.test(claim) && !SCOPE_CLAIM.test(claim)) return undefined;
  return `"exact" matches only if the claim has exactly this one value, but "${claim}" can contain several: callers with further values are denied. Use "contains".`;
}

function neverDoubt(claim: string, matchType: MatchType, values: readonly string[]): string | undefined {
  if (matchType === "containsAll" && SINGLE_CLAIMS.includes(claim) && new Set(values).size > 1)
    return `never matches: "${claim}" has one value, and "containsAll" requires ${values.length}. Use "contains" to accept any of them.`;
  const kind = KIND_CLAIM_CHECKS.find(({ name }) => name === claim);
  const isDenied = (value: string) => kind?.denial({ [claim]: value }) !== undefined;
  return matchType !== "regex" && values.every(isDenied)
    ? `never matches: a token with this value is not an access token, and is always denied. Remove the rule.`
    : undefined;
}

function valueDoubt(value: string, claim: string, matchType: MatchType): string | undefined {
  if (matchType === "regex") {
    if (EMPTY_PATTERN.test(value))
      return "never matches: an empty claim is treated as absent. Remove the rule, or write the claim's value.";
    const isAnchored = /^(?:\(\?[a-z]+\))?(?:\^|\\A)/.test(value) && /(?:\$|\\z)$/.test(value);
    return isAnchored
      ? undefined
      : `${quoteText(value)} matches anywhere in the claim, also as part of a longer value. To match the whole value, begin it with "^" and end it with "$".`;
  }
  if (value !== value.trim())
    return `${quoteText(value)} begins or ends with a space, which is part of the comparison. Remove the space.`;
  if (SCOPE_CLAIM.test(claim) && value.includes(" "))
    return `never matches: the claim is split at spaces, so ${quoteText(value)} is never an element. List the scopes with "containsAll".`;
  if (/\*/.test(value))
    return `${quoteText(value)} is compared literally: "*" is not a wildcard here. Use "regex" for a pattern.`;
  if (value.startsWith("@") || (EMAIL_CLAIM.test(claim) && !value.includes("@"))) {
    const domain = value.replace(/^@/, "").replaceAll(".", "\\.");
    return `never matches: ${quoteText(value)} is compared with the whole claim, not with a part of it. To allow a domain, use "regex" with ${quoteText(`^[^@]+@${domain}$`)}.`;
  }
  if (/\S,\S/.test(value))
    return `${quoteText(value)} is a single value that contains a comma. To accept any of several values, write a list: [${value.split(",").map(quoteText).join(", ")}] with "contains".`;
  return undefined;
}

function nameDoubt(claim: string): string | undefined {
  if (DENIED_CLAIMS.includes(claim))
    return `never matches: a token with the claim "${claim}" is always denied. Remove the rule.`;
  const known = KNOWN_CLAIMS.find((name) => name === claim.toLowerCase());
  if (known !== undefined && known !== claim)
    return `claim names are case-sensitive. Did you mean ${quoteText(known)}?`;
  const singular = /^(tenants\..+\.)(role|permission)$/.exec(claim);
  return singular === null
    ? undefined
    : `Descope's tenants contain "roles" and "permissions". Did you mean ${quoteText(`${singular[1]}${singular[2]}s`)}?`;
}

/** A rule for a path below a claim that another rule requires to be a plain value. */
function shadowDoubt(claim: string, rules: ClaimRules): string | undefined {
  const parent = Object.keys(rules).find((name) => claim.startsWith(`${name}.`));
  return parent === undefined
    ? undefined
    : `only matches a claim with exactly this name: another rule requires "${parent}" to be a plain value, which has no members. Keep one of the two.`;
}
