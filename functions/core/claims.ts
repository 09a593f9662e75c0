// Reads claims and compares them with rules. Claims are read as own properties only: a claim named `__proto__` is data.
import type { ClaimRule } from "./config/claim-rules.ts";
import { exactNumberText } from "./exact-number.ts";
import { isJsonObject } from "./json.ts";

/** The payload of a verified token. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * The value of a claim, by its name or by a path (`tenants.T2abc.roles`). A step of a path may contain dots: at each step, the
 * member with the longest matching name is used. So a claim of exactly that name (`https://example.com/role`) takes precedence over a
 * path, and `tenants.acme.com.roles` reaches the tenant `acme.com`. There is no backtracking.
 * Absent, null, "" and [] are all `undefined`: Descope and its templates use them alike.
 *
 * @param name a claim name or a path
 */
export function readClaim(claims: Claims, name: string): unknown {
  let value: unknown = claims;
  let rest: string | undefined = name;
  while (rest !== undefined) {
    if (!isJsonObject(value)) return undefined;
    const step = longestMember(value, rest);
    if (step === undefined) return undefined;
    value = value[step];
    rest = step.length === rest.length ? undefined : rest.slice(step.length + 1);
  }
  return isEmpty(value) ? undefined : value;
}

/** Whether a claim satisfies a rule. Values are compared as strings; an object never matches. @param rule one entry of `claimValues` */
export function claimMatches(claims: Claims, rule: ClaimRule): boolean {
  const elements = claimElements(rule.claim, readClaim(claims, rule.claim));
  switch (rule.matchType) {
    case "exact":
      return elements.length === 1 && rule.values.length === 1 && elements[0] === rule.values[0];
    case "contains":
      return rule.values.some((value) => elements.includes(value));
    case "containsAll":
      return rule.values.length > 0 && rule.values.every((value) => elements.includes(value));
    case "regex":
      return elements.some((element) => element !== undefined && rule.matches?.(element) === true);
  }
}

/**
 * The scopes that a token grants: the first of `scope`, `scp` and `scopes` that is not empty, as text separated by white space or as an
 * array. They are not merged: issuers that send two of them repeat the same scopes. Descope's RBAC `permissions` are not scopes.
 *
 * @see RFC 8693 §4.2
 */
export function readScopes(claims: Claims): string[] {
  for (const name of SCOPE_CLAIMS) {
    const elements = claimElements(name, readClaim(claims, name));
    if (elements.length > 0) return elements.filter((element) => element !== undefined);
  }
  return [];
}

/** The names of the three largest claims by their JSON, largest first: what to shorten when a size limit is hit. */
export function largestClaims(claims: Claims): string[] {
  const sized = Object.entries(claims).map(([name, value]) => ({ name, size: JSON.stringify(value).length }));
  sized.sort((a, b) => b.size - a.size);
  return sized.slice(0, 3).map(({ name }) => name);
}

const SCOPE_CLAIMS: readonly string[] = ["scope", "scp", "scopes"];

// An element that is not a scalar keeps its place as undefined: it counts for `exact` and equals nothing.
function claimElements(name: string, value: unknown): (string | undefined)[] {
  if (Array.isArray(value)) return value.map(scalarText);
  if (typeof value === "string" && SCOPE_CLAIMS.includes(name)) {
    return value.split(/\s+/).filter((scope) => scope !== "");
  }
  const text = scalarText(value);
  return text === undefined ? [] : [text];
}

function scalarText(value: unknown): string | undefined {
  return typeof value === "string" || typeof value === "boolean" ? String(value) : exactNumberText(value);
}

function longestMember(members: Claims, rest: string): string | undefined {
  for (let end = rest.length; end >= 0; end = rest.lastIndexOf(".", end - 1)) {
    const name = rest.slice(0, end);
    if (Object.hasOwn(members, name)) return name;
    if (end === 0) return undefined;
  }
  return undefined;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
