// Errors of a configuration file. A message says what was expected, the actual value and what to do. It never contains a secret.

import { quote } from "../safe-text.ts";
import { hasSecretShape, withoutUrlCredentials } from "./checks/secret-shapes.ts";

/** One error in a configuration file. */
export type ConfigFault = {
  /** For example `jwt_validation.claimValues.aud.values[0]`; empty for the whole file. */
  path: string;
  message: string;
  /** Line in the file, counted from 1, if it is more exact than `path` (syntax errors, repeated keys). */
  line?: number;
};

/** A parsed configuration, or all of its errors. */
export type Parsed<Config> = { ok: true; config: Config } | { ok: false; faults: ConfigFault[] };

const PLAIN_KEY = /^[A-Za-z_$][\w$-]*$/;

/** Formats a path: `a.b[0]["https://x/y"]`. */
export function formatPath(keys: readonly (string | number)[]): string {
  return keys.map(formatKey).join("").replace(/^\./, "");
}

function formatKey(key: string | number): string {
  return PLAIN_KEY.test(String(key)) ? `.${key}` : `[${quote(key)}]`;
}

// Descriptions of actual values. They end up in terminals and logs, so a value that looks like a credential is not shown.

const SHOWN_CHARACTERS = 80;
const LOOKS_SECRET = /^eyJ|-----BEGIN|\bBearer |\bBasic /;

/** The type of a JSON value without the value: for keys that may contain a secret. */
export function describeKind(value: unknown): string {
  if (value === undefined) return "nothing";
  if (value === null) return "null";
  if (Array.isArray(value)) return value.length === 0 ? "an empty array" : "an array";
  if (typeof value === "object") return "an object";
  if (value === "") return "an empty string";
  return `a ${typeof value}`;
}

/** Describes a JSON value: strings and numbers with their value, others by type. */
export function describeValue(value: unknown): string {
  if (typeof value === "number" || typeof value === "boolean") return `the ${typeof value} ${value}`;
  if (typeof value !== "string" || value === "") return describeKind(value);
  return quoteText(value);
}

/** A string in quotes, truncated, escaped and without credentials. */
export function quoteText(text: string): string {
  if (LOOKS_SECRET.test(text) || hasSecretShape(text))
    return "a string that looks like a credential (not shown)";
  const safe = withoutUrlCredentials(text);
  return quote(safe.length > SHOWN_CHARACTERS ? `${safe.slice(0, SHOWN_CHARACTERS)}…` : safe);
}

/** `"a", "b" or "c"`. */
export function listChoices(choices: readonly string[]): string {
  const quoted = choices.map(quote);
  return `${quoted.slice(0, -1).join(", ")} or ${quoted.at(-1)}`;
}

// Suggestions for misspelled names: case-insensitive edit distance with transpositions (optimal string alignment).

/** Longer than any known name; limits the work on hostile input. */
const LONGEST_NAME = 64;

/** The most similar known name; undefined if none is similar enough. */
export function nearestName(name: string, known: readonly string[]): string | undefined {
  if (name.length > LONGEST_NAME) return undefined;
  const meant = plain(name);
  let best: string | undefined;
  // At a distance of its full length, a name has nothing in common.
  let bestDistance = Math.min(Math.max(2, Math.floor(name.length / 3)) + 1, Math.max(2, meant.length));
  for (const candidate of known) {
    const distance = editDistance(meant, plain(candidate));
    if (distance < bestDistance) [best, bestDistance] = [candidate, distance];
  }
  if (bestDistance <= 1) return best;
  // A shared half is a better match than several changed letters: `header` is not similar to `bearer`.
  const whole = known.filter((candidate) => meant.length > 2 && plain(candidate).includes(meant));
  return whole.length === 0 ? best : whole.length === 1 ? whole[0] : undefined;
}

/** Ignores case and separators, which are confused most often: `jwks_uri` for `jwksUri`. */
function plain(name: string): string {
  return name.toLowerCase().replaceAll(/[_-]/g, "");
}

function editDistance(a: string, b: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, column) => column);
  for (let row = 1; row <= a.length; row++) {
    const current = [row];
    for (let column = 1; column <= b.length; column++) {
      const cost = a[row - 1] === b[column - 1] ? 0 : 1;
      const swapped = a[row - 1] === b[column - 2] && a[row - 2] === b[column - 1];
      current[column] = Math.min(
        at(previous, column) + 1,
        at(current, column - 1) + 1,
        at(previous, column - 1) + cost,
        swapped ? at(beforePrevious, column - 2) + 1 : Number.POSITIVE_INFINITY,
      );
    }
    [beforePrevious, previous] = [previous, current];
  }
  return at(previous, b.length);
}

function at(row: readonly number[], column: number): number {
  return row[column] as number;
}
