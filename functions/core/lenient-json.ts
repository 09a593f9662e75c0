// JSON as MCP servers send it: with `NaN` and infinite numbers, deeply nested, and with invisible characters around it.
import { hasTooManyObjects, type JsonOptions, jsonFault } from "./json.ts";

/** How a server's JSON is read. */
export const LENIENT: JsonOptions = { maxDepth: 512, allowNonFinite: true };

/**
 * Whether a text is JSON, `NaN` and infinite numbers included, without too many objects. Keys may be repeated: who reads an object checks its
 * own keys.
 */
export function isLenientJson(text: string): boolean {
  if (hasTooManyObjects(text)) return false;
  try {
    JSON.parse(text);
    return true;
  } catch {
    const fault = jsonFault(text, LENIENT);
    return fault === undefined || fault === "duplicate_key";
  }
}

// Servers put white space, byte order marks and NULs around their messages. No reader reads these as a value.
function isInvisible(code: number): boolean {
  return code <= 0x20 || code === 0xfeff;
}

/** The index of the first character that is part of a value. */
export function startOfVisible(text: string): number {
  let at = 0;
  while (isInvisible(text.charCodeAt(at))) at++;
  return at;
}

/** The index after the last character that is part of a value. */
export function endOfVisible(text: string): number {
  let at = text.length;
  while (isInvisible(text.charCodeAt(at - 1))) at--;
  return at;
}
