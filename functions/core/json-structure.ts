// What JSON.parse lets pass and a gateway must not: one key twice in an object (two readers may pick different ones, so that what was
// authorised is not what is done) and nesting without bound; and what it misreads. Made for text that JSON.parse has accepted.

/** What is wrong with the structure of a JSON text. */
export type JsonStructureFault = "duplicate_key" | "too_deep";

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;

/**
 * Finds the first structural fault.
 *
 * @param text valid JSON
 * @param maxDepth deepest accepted nesting of objects and arrays
 * @see RFC 8259 §4 on names within an object; RFC 7493 §2.3
 */
export function jsonStructureFault(text: string, maxDepth: number): JsonStructureFault | undefined {
  // The keys of each open object so far; an open array never has any.
  const open: (Set<string> | undefined)[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text.charCodeAt(at)) {
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        if (open.length === maxDepth) return "too_deep";
        open.push(undefined);
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        open.pop();
        break;
      case QUOTE: {
        const end = endOfString(text, at);
        if (isKey(text, end)) {
          const raw = text.slice(at, end + 1);
          // `"\u006eame"` is the key `name` to every reader.
          const key: string = raw.includes("\\") ? JSON.parse(raw) : raw.slice(1, -1);
          const keys = open.at(-1) ?? new Set();
          if (keys.has(key)) return "duplicate_key";
          open[open.length - 1] = keys.add(key);
        }
        at = end;
      }
    }
  }
  return undefined;
}

/**
 * The same JSON with its keys written as plainly as they can be. V8 reads an escaped key as another one where it has met that at
 * the same place before (nodejs/node#63785, in Node 24 and 26): a caller could teach it to overlook `"\u006dethod"`.
 *
 * @param text valid JSON
 */
export function plainKeys(text: string): string {
  const parts: string[] = [];
  let copied = 0;
  for (let at = text.indexOf('"'); at !== -1; at = text.indexOf('"', at + 1)) {
    const start = at;
    at = endOfString(text, start);
    const raw = text.slice(start, at + 1);
    if (!raw.includes("\\") || !isKey(text, at)) continue;
    parts.push(text.slice(copied, start), JSON.stringify(JSON.parse(raw)));
    copied = at + 1;
  }
  return parts.join("") + text.slice(copied);
}

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end;
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (quote - before) % 2 === 1;
}

function isKey(text: string, endOfName: number): boolean {
  let at = endOfName + 1;
  while (text.charCodeAt(at) <= 0x20) at++;
  return text.charCodeAt(at) === COLON;
}
