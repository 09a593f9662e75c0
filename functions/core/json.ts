// The one reader for JSON from outside: tokens, key sets, metadata, MCP messages, server responses, the authorizer's context.
// Numbers keep their digits, repeated keys and deep nesting are rejected, and V8's misread of escaped keys (nodejs/node#63785) is avoided.
// RFC 8259; RFC 7493 §2.3 on repeated keys.
import { createHash } from "node:crypto";

declare global {
  // Part of ECMAScript and of Node 22 and later, but not of TypeScript's library yet.
  interface JSON {
    rawJSON(text: string): RawJson;
    isRawJSON(value: unknown): value is RawJson;
    parse(
      text: string,
      reviver: (this: unknown, key: string, value: unknown, context: { source?: string }) => unknown,
    ): unknown;
  }
}

/**
 * A number that a double would print differently (`9007199254740993`, `1.0`, `1e400`). `JSON.stringify` writes it as it was read.
 *
 * @see https://tc39.es/proposal-json-parse-with-source/
 */
export type RawJson = { readonly rawJSON: string };

export type JsonFault = "syntax" | "duplicate_key" | "too_deep" | "too_many_objects";

/** The parsed value, or the error. With `duplicate_key`, `value` is the result of `JSON.parse`. */
export type JsonReading = { ok: true; value: unknown } | { ok: false; fault: JsonFault; value?: unknown };

export type JsonOptions = {
  /** deepest accepted nesting of objects and arrays; default 64 */
  maxDepth?: number;
  /** reads `NaN`, `Infinity` and `-Infinity`, which some serialisers write, as null; default false */
  allowNonFinite?: boolean;
};

const DEFAULT_MAX_DEPTH = 64;

/**
 * Most objects and arrays in a text that is read: the values of 16 MiB of `{},` take more than 1 GB of memory. A text with this many useful
 * ones is larger.
 */
const OBJECTS_MAX = 1_000_000;

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
 * Reads a JSON text.
 *
 * @param text the text, without a byte order mark
 * @returns numbers as `number` if that keeps every digit, otherwise as {@link RawJson}
 */
export function readJson(
  text: string,
  { maxDepth = DEFAULT_MAX_DEPTH, allowNonFinite = false }: JsonOptions = {},
): JsonReading {
  if (hasTooManyObjects(text)) return { ok: false, fault: "too_many_objects" };
  const scan = scanJson(text, maxDepth, allowNonFinite);
  if (scan.fault === "too_deep") return { ok: false, fault: "too_deep" };
  try {
    const value = scan.needsReviver ? JSON.parse(scan.text, revive) : JSON.parse(scan.text);
    return scan.fault === undefined ? { ok: true, value } : { ok: false, fault: scan.fault, value };
  } catch {
    return { ok: false, fault: "syntax" };
  }
}

/** Why a text is not read, or undefined. Numbers of a large text take ten times less memory than when they are read with their digits. */
export function jsonFault(
  text: string,
  { maxDepth = DEFAULT_MAX_DEPTH, allowNonFinite = false }: JsonOptions = {},
): JsonFault | undefined {
  const scan = scanJson(text, maxDepth, allowNonFinite);
  if (scan.fault === "too_deep") return "too_deep";
  try {
    JSON.parse(scan.text);
    return scan.fault;
  } catch {
    return "syntax";
  }
}

/** The digits of a number as they were written; undefined for what is not a number. */
export function numberText(value: unknown): string | undefined {
  if (typeof value === "number") return String(value);
  return JSON.isRawJSON(value) ? value.rawJSON : undefined;
}

/** Whether a value is an object: neither null, nor an array, nor a number with its digits. */
export function isJsonObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === "object" && !Array.isArray(value) && !JSON.isRawJSON(value);
}

/** A value that should be an object; an empty object for any other value. */
export function objectOrEmpty(value: unknown): Record<string, unknown> {
  return isJsonObject(value) ? value : {};
}

/** What the scan found: the text to parse, and what parsing it takes. */
type Scan = { text: string; needsReviver: boolean; fault?: "duplicate_key" | "too_deep" };

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const COLON = 0x3a;
const MINUS = 0x2d;
const DIGIT_0 = 0x30;
const DIGIT_9 = 0x39;
const UPPER_I = 0x49;
const UPPER_N = 0x4e;

const NUMBER = /-?\d[\d.eE+-]*/y;
const NON_FINITE = /NaN|-?Infinity/y;

/** Marks a key that is written in hexadecimal while V8 parses the text. */
const CODED_KEY = "\u{f0001}";

// One pass over the text. It accepts what is not JSON too: JSON.parse denies that afterwards.
function scanJson(text: string, maxDepth: number, allowNonFinite: boolean): Scan {
  const parts: string[] = [];
  let copied = 0;
  let needsReviver = false;
  let fault: Scan["fault"];
  // The keys of each open object so far; an open array never has any.
  const open: (Set<string> | undefined)[] = [];
  const replace = (start: number, end: number, replacement: string) => {
    parts.push(text.slice(copied, start), replacement);
    copied = end;
  };
  for (let at = 0; at < text.length; at++) {
    const code = text.charCodeAt(at);
    if (code === QUOTE) {
      const end = endOfString(text, at);
      if (end === -1) break;
      if (isKey(text, end)) {
        const raw = text.slice(at, end + 1);
        const key = readKey(raw);
        // Not a JSON string: JSON.parse says so too.
        if (key === undefined) break;
        const keys = open.at(-1) ?? new Set();
        if (keys.has(key)) fault = "duplicate_key";
        if (open.length > 0) open[open.length - 1] = keys.add(key);
        if (raw.includes("\\") || raw.includes(CODED_KEY)) {
          replace(at, end + 1, safeKey(key));
          needsReviver ||= needsCode(key);
        }
      }
      at = end;
    } else if (code === OPEN_OBJECT || code === OPEN_ARRAY) {
      if (open.length === maxDepth) return { text, needsReviver: false, fault: "too_deep" };
      open.push(undefined);
    } else if (code === CLOSE_OBJECT || code === CLOSE_ARRAY) {
      open.pop();
    } else if (code === MINUS || (code >= DIGIT_0 && code <= DIGIT_9)) {
      NUMBER.lastIndex = at;
      const number = NUMBER.exec(text)?.[0];
      if (number !== undefined) {
        needsReviver ||= !isKept(number);
        at += number.length - 1;
      } else if (allowNonFinite) {
        at = skipNonFinite(at);
      }
    } else if (allowNonFinite && (code === UPPER_N || code === UPPER_I)) {
      at = skipNonFinite(at);
    }
  }
  const parsed = parts.length === 0 ? text : parts.join("") + text.slice(copied);
  return { text: parsed, needsReviver, ...(fault && { fault }) };

  function skipNonFinite(at: number): number {
    NON_FINITE.lastIndex = at;
    const word = NON_FINITE.exec(text)?.[0];
    if (word === undefined) return at;
    replace(at, at + word.length, "null");
    return at + word.length - 1;
  }
}

function isKept(number: string): boolean {
  return String(Number(number)) === number;
}

function revive(_key: string, value: unknown, { source }: { source?: string }): unknown {
  if (typeof value === "number" && source !== undefined) return isKept(source) ? value : JSON.rawJSON(source);
  if (value === null || typeof value !== "object" || Array.isArray(value)) return value;
  const keys = Object.keys(value);
  if (!keys.some((key) => key.startsWith(CODED_KEY))) return value;
  return Object.fromEntries(keys.map((key) => [decodedKey(key), (value as Record<string, unknown>)[key]]));
}

function readKey(raw: string): string | undefined {
  if (!raw.includes("\\")) return raw.slice(1, -1);
  try {
    return JSON.parse(raw) as string;
  } catch {
    return undefined;
  }
}

// A key that needs no escape is written plainly; any other one as hexadecimal digits, which need none either.
function safeKey(key: string): string {
  return needsCode(key) ? `"${CODED_KEY}${Buffer.from(key, "utf16le").toString("hex")}"` : `"${key}"`;
}

function needsCode(key: string): boolean {
  return key.startsWith(CODED_KEY) || JSON.stringify(key) !== `"${key}"`;
}

function decodedKey(key: string): string {
  if (!key.startsWith(CODED_KEY)) return key;
  return Buffer.from(key.slice(CODED_KEY.length), "hex").toString("utf16le");
}

/** The index of the quote that ends the string beginning at `start`; -1 if missing. */
export function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (end !== -1 && isEscaped(text, end)) end = text.indexOf('"', end + 1);
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

// The input of hashes: one text for a value, whatever the order of its keys (after RFC 8785).

/** JSON with sorted keys and without undefined members. Numbers that were read with their digits are written with them. */
export function canonicalJson(value: unknown): string {
  return JSON.stringify(value, (_key, member) =>
    isJsonObject(member)
      ? Object.fromEntries(Object.entries(member).sort(([a], [b]) => (a < b ? -1 : 1)))
      : member,
  );
}

/** SHA-256 over the canonical JSON of a value, in hex. */
export function canonicalHash(value: unknown): string {
  return createHash("sha256").update(canonicalJson(value)).digest("hex");
}
