// JSON as MCP servers send it: with `NaN` and infinite numbers, deeply nested, and with invisible characters around it.
import { endOfString, type JsonOptions, jsonFault } from "./json.ts";

/** How a server's JSON is read. */
export const LENIENT: JsonOptions = { maxDepth: 512, allowNonFinite: true };

/**
 * Most objects and arrays in a text that is read: the values of 16 MiB of `{},` take more than 1 GB of memory. A text with this many useful
 * ones is larger.
 */
const OBJECTS_MAX = 1_000_000;

const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/** Whether the values of a JSON text would take too much memory. */
export function hasTooManyObjects(text: string): boolean {
  // Each takes two characters.
  if (text.length < 2 * OBJECTS_MAX) return false;
  let objects = 0;
  for (let at = 0; at < text.length && objects <= OBJECTS_MAX; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (end === -1) break;
      at = end;
    } else if (code === OPEN_ARRAY || code === OPEN_OBJECT) objects += 1;
  }
  return objects > OBJECTS_MAX;
}

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
