// Untrusted text in output: bounded and escaped, so that it cannot end a field or a line or move a cursor.
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  accessLogText,
  jsonText,
  logText,
  quote,
  terminalOutput,
  terminalText,
  valueText,
} from "../../../functions/core/safe-text.ts";

const UNSAFE: [name: string, text: string, escaped: string][] = [
  ["a line feed", "\n", "\\u{a}"],
  ["a carriage return", "\r", "\\u{d}"],
  ["NUL", "\0", "\\u{0}"],
  ["ESC", "\u001b", "\\u{1b}"],
  ["DEL", "\u007f", "\\u{7f}"],
  ["NEL, a line break of C1", "\u0085", "\\u{85}"],
  ["CSI of C1", "\u009b", "\\u{9b}"],
  ["a soft hyphen", "\u00ad", "\\u{ad}"],
  ["a combining grapheme joiner", "\u034f", "\\u{34f}"],
  ["a Hangul filler", "\u3164", "\\u{3164}"],
  ["a zero-width space", "\u200b", "\\u{200b}"],
  ["a right-to-left override", "\u202e", "\\u{202e}"],
  ["a line separator", "\u2028", "\\u{2028}"],
  ["a paragraph separator", "\u2029", "\\u{2029}"],
  ["a right-to-left isolate", "\u2067", "\\u{2067}"],
  ["a variation selector", "\ufe0f", "\\u{fe0f}"],
  ["a byte order mark", "\ufeff", "\\u{feff}"],
  ["a lone high surrogate", "\ud83d", "\\u{d83d}"],
  ["a lone low surrogate", "\ude00", "\\u{de00}"],
  ["a private-use character", "\ue000", "\\u{e000}"],
  ["a tag", "\u{e0041}", "\\u{e0041}"],
];

describe("terminalText", () => {
  it.each(UNSAFE)("escapes %s", (_name, text, escaped) => {
    expect(terminalText(`a${text}b`)).toBe(`a${escaped}b`);
  });

  it("keeps letters of all languages, emoji and quotes", () => {
    expect(terminalText('Ünï 李 😀 "x" \\')).toBe('Ünï 李 😀 "x" \\');
  });

  it("cuts a text at the limit before escaping", () => {
    expect(terminalText("x".repeat(1_001))).toBe(`${"x".repeat(1_000)}…`);
    expect(terminalText("x".repeat(1_000))).toBe("x".repeat(1_000));
    expect(terminalText("\n\n\n", 2)).toBe("\\u{a}\\u{a}…");
    expect(terminalText("😀😀", 3)).toBe("😀\\u{d83d}…");
  });
});

describe("terminalOutput", () => {
  it("keeps line breaks and colors, and escapes every other control character", () => {
    expect(terminalOutput("\u001b[1;31mred\u001b[0m\n\u001b[2J\u001b]0;title\u0007\r\u202e")).toBe(
      "\u001b[1;31mred\u001b[0m\n\\u{1b}[2J\\u{1b}]0;title\\u{7}\\u{d}\\u{202e}",
    );
  });
});

describe("accessLogText", () => {
  it.each([...UNSAFE, ["a quote", '"', ""], ["a backslash", "\\", ""], ["what is not ASCII", "é", ""]])(
    "replaces %s with question marks",
    (_name, text) => {
      expect(accessLogText(`a${text}b`)).toMatch(/^a\?{1,2}b$/);
    },
  );

  it("cuts a value after 256 characters", () => {
    expect(accessLogText("x".repeat(256))).toBe("x".repeat(256));
    expect(accessLogText("x".repeat(10_000))).toBe(`${"x".repeat(256)}...`);
  });

  it("keeps every valid server name unchanged", () => {
    const names = fc.stringMatching(/^[a-z0-9][a-z0-9-]{0,62}$/);
    fc.assert(fc.property(names, (name) => void expect(accessLogText(name)).toBe(name)));
  });

  it("never turns an invalid server name into a valid one", () => {
    const serverName = /^[a-z0-9][a-z0-9-]{0,62}$/;
    const names = fc.string({ unit: "binary", maxLength: 400 }).filter((name) => !serverName.test(name));
    fc.assert(fc.property(names, (name) => void expect(accessLogText(name)).not.toMatch(serverName)));
  });
});

describe("quote", () => {
  it("escapes quotes, backslashes and line breaks as JSON does, and the rest by code point", () => {
    expect(quote('a"b\\c\nd\u0085e\u202ef')).toBe('"a\\"b\\\\c\\nd\\u{85}e\\u{202e}f"');
    expect(quote(5)).toBe("5");
  });
});

describe("jsonText", () => {
  it.each(UNSAFE)("escapes %s and parses to the same value", (_name, text) => {
    const written = jsonText({ [text]: `a${text}b` });
    expect(written).toBe(terminalText(written));
    expect(JSON.parse(written)).toEqual({ [text]: `a${text}b` });
  });

  it("keeps only the line breaks of its indentation", () => {
    expect(jsonText({ a: "x\ny\u2028" }, 2)).toBe('{\n  "a": "x\\ny\\u2028"\n}');
  });

  it("keeps the digits of a number that a double would lose", () => {
    expect(jsonText({ id: JSON.rawJSON("1162345678901234567") })).toBe('{"id":1162345678901234567}');
  });

  it("writes null for a value that JSON cannot represent", () => {
    expect(jsonText(undefined)).toBe("null");
  });
});

describe("valueText", () => {
  it.each([
    ['{"toString":1}', '{"toString":1}'],
    ['{"toJSON":1,"valueOf":{}}', '{"toJSON":1,"valueOf":{}}'],
    ['{"__proto__":{"toJSON":"x"}}', '{"__proto__":{"toJSON":"x"}}'],
    ["null", "null"],
    ['"a\\u001bb"', '"a\\u001bb"'],
    ["[1,[2]]", "[1,[2]]"],
  ])("shows %s", (json, shown) => {
    expect(valueText(JSON.parse(json))).toBe(shown);
  });

  it("cuts a large value, and reports a value that is nested too deeply", () => {
    expect(valueText("x".repeat(100_000))).toHaveLength(1_001);
    expect(valueText(JSON.parse(`${"[".repeat(100_000)}${"]".repeat(100_000)}`))).toBe(
      "a value that is nested too deeply to be shown",
    );
  });

  it("never throws and returns one line for any JSON value", () => {
    fc.assert(fc.property(fc.jsonValue(), (value) => void expect(valueText(value)).not.toMatch(/[\r\n]/)));
  });
});

describe("logText", () => {
  it("cuts a text at the limit", () => {
    expect(logText("x".repeat(257))).toBe(`${"x".repeat(256)}…`);
    expect(logText("short\n")).toBe("short\n");
    expect(logText("abc", 2)).toBe("ab…");
  });
});
