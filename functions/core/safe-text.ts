// Bounds and escapes untrusted text (names, claims, headers, messages) for access logs, headers, terminals and JSON, so that line breaks,
// escape sequences, bidirectional and invisible characters cannot forge a field or a line (CWE-117, CWE-150).

/** Longest value of an access log field, a header or a log field. */
const FIELD_MAX_CHARS = 256;
/** Longest single value on a terminal. */
const TERMINAL_MAX_CHARS = 1_000;

// Control, format, unassigned and private-use characters, lone surrogates, line and paragraph separators, and others without a glyph
// (Hangul fillers, variation selectors, the combining grapheme joiner).
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
// Line breaks and colours (SGR), which programs use for layout.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the escape sequences of colours
const LAYOUT_OR_UNSAFE = /\n|\x1b\[[0-9;]*m|[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;

/**
 * A value for API Gateway's access log, which puts variables between double quotes as they are: printable ASCII without `"` and `\`,
 * everything else as `?`.
 *
 * @param maxChars longest result
 */
export function accessLogText(text: string, maxChars: number = FIELD_MAX_CHARS): string {
  return shortened(text, maxChars, "...").replace(/[^\x20-\x7e]|["\\]/g, "?");
}

/**
 * A value for one line of a terminal: every unsafe character as `\u{…}`.
 *
 * @param maxChars longest value before it is escaped
 */
export function terminalText(text: string, maxChars: number = TERMINAL_MAX_CHARS): string {
  return shortened(text, maxChars, "…").replace(UNSAFE, escaped);
}

/**
 * Removes all control characters but line breaks and colours from a program's output. Values in it must have been escaped by
 * {@link terminalText} before: here a value's line break cannot be told from the layout's.
 */
export function terminalOutput(text: string): string {
  return text.replace(LAYOUT_OR_UNSAFE, (found) =>
    found === "\n" || found.length > 2 ? found : escaped(found),
  );
}

/** A text in double quotes, or a number, with JSON's escapes and every other unsafe character as `\u{…}`. */
export function quote(text: string | number): string {
  return JSON.stringify(text).replace(UNSAFE, escaped);
}

/** Any JSON value, of any depth, as one line for a terminal. */
export function valueText(value: unknown): string {
  try {
    return terminalText(jsonText(value));
  } catch {
    return "a value that is nested too deeply to be shown";
  }
}

/**
 * JSON that is safe to show: unsafe characters are written as `\uXXXX`, so that it parses to the same value.
 *
 * @param indent spaces of each level; left out: one line
 */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent) ?? "null";
  // The common case. The character classes of UNSAFE cost ten times as much.
  if (PRINTABLE_ASCII.test(text)) return text;
  // Line breaks outside strings are layout; JSON.stringify leaves none in strings.
  return text.replace(UNSAFE, (character) => (character === "\n" ? character : jsonEscaped(character)));
}

/** A text for a field of a log line, which JSON escapes. Bounded, so that the line stays below CloudWatch's limit. */
export function logText(text: string, maxChars: number = FIELD_MAX_CHARS): string {
  return shortened(text, maxChars, "…");
}

function shortened(text: string, maxChars: number, mark: string): string {
  return text.length <= maxChars ? text : `${text.slice(0, maxChars)}${mark}`;
}

function escaped(character: string): string {
  return `\\u{${(character.codePointAt(0) as number).toString(16)}}`;
}

// By UTF-16 units, as JSON does.
function jsonEscaped(character: string): string {
  return character
    .split("")
    .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, "0")}`)
    .join("");
}
