// The hash of a tool's definition, by which a pin recognises a change. It covers the whole entry of the list as the server sent it.
import { createHash } from "node:crypto";
import { canonicalJson, readJson } from "./json.ts";
import { LENIENT } from "./lenient-json.ts";

/** Largest definition that is hashed: one of 16 MiB with many numbers takes 700 MB of memory. */
const DEFINITION_MAX_CHARS = 1024 * 1024;

/**
 * Hashes a definition.
 *
 * @param text the entry of the list, as JSON
 * @returns `sha256-` and base64url of SHA-256 over the canonical JSON: sorted keys, no white space, numbers with their digits as they are
 *   written (`NaN` and `Infinity` as null); undefined if readers may understand the text differently, or if it is larger than 1 MiB
 */
export function definitionHash(text: string): string | undefined {
  if (text.length > DEFINITION_MAX_CHARS) return undefined;
  const reading = readJson(text, LENIENT);
  if (!reading.ok) return undefined;
  return `sha256-${createHash("sha256").update(canonicalJson(reading.value)).digest("base64url")}`;
}
