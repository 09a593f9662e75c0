// Says in words what a configuration holds instead of the expected. What looks like a credential is not repeated:
// these words end up in terminals and logs.

import { quote } from "../safe-text.ts";

const SHOWN_CHARACTERS = 80;
const LOOKS_SECRET = /^eyJ|-----BEGIN|\bBearer |\bBasic /;
const URL_CREDENTIALS = /\/\/[^/\s]*@/g;

/** The kind of a JSON value, without the value itself: for places that may hold a secret. */
export function describeKind(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (typeof value === "object") return "an object";
  if (value === "") return "an empty string";
  return `a ${typeof value}`;
}

/** A JSON value in words: strings and numbers with their value, the rest by kind. */
export function describeValue(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return `the ${typeof value} ${value}`;
  if (typeof value !== "string" || value === "") return describeKind(value);
  return quoteText(value);
}

/** A string in quotes, shortened, escaped, and without credentials. */
export function quoteText(text: string): string {
  if (LOOKS_SECRET.test(text)) return "a string that looks like a credential (not shown)";
  const safe = text.replaceAll(URL_CREDENTIALS, "//…@");
  return quote(safe.length > SHOWN_CHARACTERS ? `${safe.slice(0, SHOWN_CHARACTERS)}…` : safe);
}

/** `"a", "b" or "c"`. */
export function listChoices(choices: readonly string[]): string {
  const quoted = choices.map(quote);
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}
