// Walks over a JSON text without building its values, so that parts can be cut out and the rest stays as it was written.
// For text that a JSON parser has accepted; for any other text the functions still return, in linear time.

const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Receives the key of a property and the index of its value; returns the index after the value. */
export type VisitProperty = (key: string, valueStart: number) => number;

/** Receives the index of an element; returns the index after it. */
export type VisitElement = (start: number) => number;

/**
 * Visits the properties of an object in order.
 *
 * @param start index of `{`
 * @returns the index after `}`
 */
export function eachProperty(text: string, start: number, visit: VisitProperty): number {
  let at = skipSpace(text, start + 1);
  while (text.charCodeAt(at) === QUOTE) {
    const keyEnd = endOfString(text, at);
    const key = stringAt(text, at, keyEnd);
    at = skipSpace(text, keyEnd);
    if (text.charCodeAt(at) === COLON) at = skipSpace(text, at + 1);
    at = skipSpace(text, visit(key, at));
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  return at + 1;
}

/**
 * Visits the elements of an array in order.
 *
 * @param start index of `[`
 * @returns the index after `]`
 */
export function eachElement(text: string, start: number, visit: VisitElement): number {
  let at = skipSpace(text, start + 1);
  while (at < text.length && text.charCodeAt(at) !== CLOSE_ARRAY) {
    at = skipSpace(text, visit(at));
    if (text.charCodeAt(at) === COMMA) at = skipSpace(text, at + 1);
  }
  return at + 1;
}

/**
 * Finds the end of a value.
 *
 * @param start index of the value's first character
 * @returns the index after its last character; always beyond `start`
 */
export function endOfValue(text: string, start: number): number {
  let at = start;
  let depth = 0;
  do {
    switch (text.charCodeAt(at)) {
      case QUOTE:
        at = endOfString(text, at);
        break;
      case OPEN_OBJECT:
      case OPEN_ARRAY:
        depth += 1;
        at += 1;
        break;
      case CLOSE_OBJECT:
      case CLOSE_ARRAY:
        depth -= 1;
        at += 1;
        break;
      default:
        at = depth === 0 ? endOfScalar(text, at) : at + 1;
    }
  } while (depth > 0 && at < text.length);
  return at;
}

/**
 * The string between two indexes of a text.
 *
 * @param start index of the opening quote
 * @param end the index after the closing quote
 * @returns the string; unchanged if it contains an invalid escape
 */
export function stringAt(text: string, start: number, end: number): string {
  const raw = text.slice(start + 1, end - 1);
  if (!raw.includes("\\")) return raw;
  try {
    return JSON.parse(text.slice(start, end)) as string;
  } catch {
    return raw;
  }
}

/** Whether the character at an index opens a string, an object or an array. */
export const isString = (text: string, at: number): boolean => text.charCodeAt(at) === QUOTE;
export const isObject = (text: string, at: number): boolean => text.charCodeAt(at) === OPEN_OBJECT;
export const isArray = (text: string, at: number): boolean => text.charCodeAt(at) === OPEN_ARRAY;

function endOfString(text: string, start: number): number {
  let end = text.indexOf('"', start + 1);
  while (text.charCodeAt(end - 1) === BACKSLASH && isEscaped(text, end)) end = text.indexOf('"', end + 1);
  return end === -1 ? text.length : end + 1;
}

function isEscaped(text: string, quote: number): boolean {
  let before = quote;
  while (text.charCodeAt(before - 1) === BACKSLASH) before--;
  return (quote - before) % 2 === 1;
}

function endOfScalar(text: string, start: number): number {
  let at = start + 1;
  while (at < text.length && !endsScalar(text.charCodeAt(at))) at++;
  return at;
}

function skipSpace(text: string, start: number): number {
  let at = start;
  while (text.charCodeAt(at) <= 0x20) at++;
  return at;
}

function endsScalar(code: number): boolean {
  return code <= 0x20 || code === COMMA || code === CLOSE_ARRAY || code === CLOSE_OBJECT;
}
