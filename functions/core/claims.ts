// Reads claims and matches them against rules. Claims are only ever read as own properties: a claim named `__proto__` is data.
import type { ClaimRule } from "./config/token-rules.ts";

/** The payload of a verified token. */
export type Claims = Readonly<Record<string, unknown>>;

/**
 * The value of a claim: the top-level claim of exactly that name, else the name read as a path (`tenants.T2abc.roles`).
 * Absent, null, "" and [] are all `undefined`: Descope and its templates use them alike.
 *
 * @param claims the token's payload
 * @param name a claim name (may hold dots, as in `https://example.com/role`) or a path
 */
export function readClaim(claims: Claims, name: string): unknown {
  const direct = ownValue(claims, name);
  const value = direct === undefined && name.includes(".") ? readPath(claims, name.split(".")) : direct;
  return isEmpty(value) ? undefined : value;
}

/**
 * Whether a claim satisfies a rule. Values are compared as strings; an object never matches.
 *
 * @param claims the token's payload
 * @param rule one entry of `claimValues`
 */
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
 * The scopes that a token grants: `scope` or `scp`, space-separated or an array, or Descope's `scopes` array.
 * Descope's RBAC `permissions` are not scopes and are never merged in.
 *
 * @see RFC 8693 §4.2
 */
export function readScopes(claims: Claims): string[] {
  for (const name of ["scope", "scp", "scopes"]) {
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

// An element that is no scalar keeps its place as undefined: it counts for `exact` and equals nothing.
function claimElements(name: string, value: unknown): (string | undefined)[] {
  if (Array.isArray(value)) return value.map(scalarText);
  if (typeof value === "string" && (name === "scope" || name === "scp")) {
    return value.split(" ").filter((scope) => scope !== "");
  }
  const text = scalarText(value);
  return text === undefined ? [] : [text];
}

function scalarText(value: unknown): string | undefined {
  const scalar = typeof value === "string" || typeof value === "number" || typeof value === "boolean";
  return scalar ? String(value) : undefined;
}

function readPath(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const key of path) {
    if (value === null || typeof value !== "object" || Array.isArray(value)) return undefined;
    value = ownValue(value as Claims, key);
  }
  return value;
}

function ownValue(claims: Claims, key: string): unknown {
  return Object.hasOwn(claims, key) ? claims[key] : undefined;
}

function isEmpty(value: unknown): boolean {
  return value === null || value === "" || (Array.isArray(value) && value.length === 0);
}
