// What all merged responses of the combined endpoint have in common: the notice of members that are missing, and how long they may be cached.

const UNAVAILABLE = "descope-mcp-gateway/unavailable";

/**
 * Adds the notice of missing members to the `_meta` of a result. A member cannot give it.
 *
 * @param unavailable names of the members whose part is missing
 * @returns a member `_meta` for the result; no member without content
 */
export function metaWithNotice(
  meta: Record<string, unknown>,
  unavailable: readonly string[],
): { _meta?: Record<string, unknown> } {
  const { [UNAVAILABLE]: _, ...own } = meta;
  const all = { ...own, ...(unavailable.length > 0 && { [UNAVAILABLE]: unavailable }) };
  return Object.keys(all).length === 0 ? {} : { _meta: all };
}

/**
 * How long a merged result may be cached.
 *
 * @param ttls each member's `ttlMs`; undefined where it states none
 * @returns the smallest, in milliseconds; 0 if a member is missing, so that clients ask for it again
 */
export function mergedTtlMs(ttls: readonly (number | undefined)[], unavailable: readonly string[]): number {
  if (unavailable.length > 0 || ttls.length === 0) return 0;
  return Math.min(...ttls.map((ttlMs) => ttlMs ?? 0));
}

/** A `ttlMs` that a client accepts: a whole number of milliseconds, not negative; undefined for other values. */
export function ttlMsOf(value: unknown): number | undefined {
  return Number.isSafeInteger(value) && (value as number) >= 0 ? (value as number) : undefined;
}
