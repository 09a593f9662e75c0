import { describe, expect, it } from "vitest";
import { nameFault, textFault } from "../../../functions/core/canonical-name.ts";

const INVISIBLE = "without control, format and other invisible characters";

describe("nameFault", () => {
  it.each(["add", "Admin_Delete", "a b", "files/read.v2", "plan-été", "検索（高度）", "x".repeat(256), "😀"])(
    "accepts %s",
    (name) => expect(nameFault(name)).toBeUndefined(),
  );

  it.each([
    ["no characters", "", "that is not empty"],
    ["257 characters", "x".repeat(257), "with at most 256 characters"],
    ["a space at its start", " add", "without space at its start and end"],
    ["a space at its end", "add ", "without space at its start and end"],
    ["an accent apart from its letter", "e\u0301", "in Unicode normalization form C"],
    ["a Kelvin sign, which is a K", "\u212a", "in Unicode normalization form C"],
  ])("rejects a name with %s", (_, name, fault) => expect(nameFault(name)).toBe(fault));

  it.each([
    ["NUL", "\0"],
    ["a tab", "\t"],
    ["a line break", "\n"],
    ["DEL", "\x7f"],
    ["NEL", "\u0085"],
    ["a no-break space", "\u00a0"],
    ["a soft hyphen", "\u00ad"],
    ["a combining grapheme joiner", "\u034f"],
    ["a Hangul filler", "\u115f"],
    ["an Ogham space", "\u1680"],
    ["an en quad", "\u2000"],
    ["a zero-width space", "\u200b"],
    ["a zero-width joiner", "\u200d"],
    ["a right-to-left mark", "\u200f"],
    ["a line separator", "\u2028"],
    ["a paragraph separator", "\u2029"],
    ["a right-to-left override", "\u202e"],
    ["a word joiner", "\u2060"],
    ["a blank Braille pattern", "\u2800"],
    ["an ideographic space", "\u3000"],
    ["a Hangul filler of the second kind", "\u3164"],
    ["a private-use character", "\ue000"],
    ["a variation selector", "\ufe0f"],
    ["a byte order mark", "\ufeff"],
    ["a half-width Hangul filler", "\uffa0"],
    ["a replacement character", "\ufffd"],
    ["a noncharacter", "\uffff"],
    ["a lone surrogate", "\ud800"],
    ["an unassigned character", "\u0378"],
    ["a tag character", "\u{e0061}"],
    ["a variation selector of plane 14", "\u{e0100}"],
    ["an invisible musical sign", "\u{1d173}"],
  ])("rejects a name with %s at its start, in its middle or at its end", (_, character) => {
    for (const name of [`${character}add`, `a${character}dd`, `add${character}`])
      expect(nameFault(name)).toBe(INVISIBLE);
  });
});

describe("textFault", () => {
  it("has no length limit", () => expect(textFault("x".repeat(1_000))).toBeUndefined());
});
