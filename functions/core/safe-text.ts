// The one place where text from outside (names, claims, headers, messages of others) is bounded and escaped for where it is shown:
// access logs and headers, a terminal, JSON. A line break, an escape sequence, a bidirectional or an invisible character in it can
// then forge no field and no line (CWE-117, CWE-150).

/** Longest value of an access log field, a header or a log field. */
const FIELD_MAX_CHARS = 256;
/** Longest single value on a terminal. */
const TERMINAL_MAX_CHARS = 1_000;

// Control, format, unassigned and private-use characters, lone surrogates, line and paragraph separators, and whatever else has no
// glyph of its own (Hangul fillers, variation selectors, the combining grapheme joiner).
const UNSAFE = /[\p{C}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/gu;
const PRINTABLE_ASCII = /^[\x20-\x7e]*$/;
// What programs write to lay text out: line breaks, and colours (SGR), which change nothing but how text looks.
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

/** A part of a response header's value, which may stand between double quotes (RFC 9110 §5.6.4): as in an access log. */
export function headerText(text: string): string {
  return accessLogText(text);
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
 * Whole output for a terminal: only its own line breaks and colours are control characters. The last guard, after every value in it
 * went through {@link terminalText}: alone it could not tell a line break of a value from one of the layout.
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

/**
 * Any value of JSON in one line of a terminal, whatever it holds and however deep it is.
 *
 * @param value what a JSON parser gave
 */
export function valueText(value: unknown): string {
  try {
    return terminalText(jsonText(value));
  } catch {
    return "a value that is nested too deeply to be shown";
  }
}

/**
 * JSON that a terminal or a log viewer shows as what it is: unsafe characters in it are written as `\uXXXX`, so it reads back as the
 * same value.
 *
 * @param indent spaces of each level; left out: one line
 */
export function jsonText(value: unknown, indent?: number): string {
  const text = JSON.stringify(value, undefined, indent) ?? "null";
  // Nearly every log line. The classes of UNSAFE cost ten times as much.
  if (PRINTABLE_ASCII.test(text)) return text;
  // Line breaks of the layout stand outside strings, where JSON.stringify leaves none.
  return text.replace(UNSAFE, (character) => (character === "\n" ? character : jsonEscaped(character)));
}

/** A text for a field of a log line, which JSON escapes: bounded, or one field could push the line over what CloudWatch takes. */
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
