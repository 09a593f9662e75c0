// Builds the header that tells the MCP server who is calling. Its value is one line of ASCII, whatever the claims contain.
import { type Claims, largestClaims } from "./claims.ts";

/** The value for `claims_header`, or its size if it is too large. */
export type IdentityHeaderValue =
  | { ok: true; value: string }
  | { ok: false; size: number; largestClaims: string[] };

/**
 * Serialises claims for the `claims_header` method.
 * Everything outside U+0020 to U+007E is written as `\uXXXX`: no name or emoji breaks the header, no CR or LF ends it.
 *
 * @param claims the picked claims, by their configured names
 * @param maxBytes largest value, `limits.max_identity_bytes` of the configuration
 * @returns the value, or if it is too large, its size and the names of the largest claims
 * @see RFC 9110 §5.5, RFC 8259 §7
 */
export function claimsHeaderValue(claims: Claims, maxBytes: number): IdentityHeaderValue {
  const value = asciiJson(claims);
  if (value.length <= maxBytes) return { ok: true, value };
  return { ok: false, size: value.length, largestClaims: largestClaims(claims) };
}

/** JSON with every character outside U+0020 to U+007E escaped; a surrogate pair becomes two escapes. */
export function asciiJson(value: unknown): string {
  return JSON.stringify(value).replace(
    /[^\x20-\x7e]/g,
    (char) => `\\u${char.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
}
