import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { lineDiff } from "../../cli/line-diff.ts";

const shown = (before: string, after: string) =>
  lineDiff(before, after).map(({ sign, text }) => (sign === "gap" ? text : sign + text));

describe("lineDiff", () => {
  it("shows a new text as added and a deleted one as removed", () => {
    expect(shown("", "a\nb")).toEqual(["+a", "+b"]);
    expect(shown("a\nb", "")).toEqual(["-a", "-b"]);
  });

  it("lists removed lines before added lines", () => {
    expect(shown("a\nold\nb", "a\nnew\nb")).toEqual([" a", "-old", "+new", " b"]);
  });

  it("omits unchanged lines far from any change", () => {
    expect(shown("1\n2\n3\n4\n5\n6\n7\n8\n9", "1\n2\n3\n4\nfive\n6\n7\n8\n9")).toEqual([
      "…",
      " 3",
      " 4",
      "-5",
      "+five",
      " 6",
      " 7",
      "…",
    ]);
  });

  it("shows only a gap for equal texts", () => {
    expect(shown("a\nb", "a\nb")).toEqual(["…"]);
    expect(shown("", "")).toEqual([]);
  });

  it("contains every added and removed line of any texts", () => {
    const text = fc
      .array(fc.constantFrom("a", "b", "c", "d"), { maxLength: 12 })
      .map((lines) => lines.join("\n"));
    fc.assert(
      fc.property(text, text, (before, after) => {
        const lines = lineDiff(before, after);
        const count = (sign: string, wanted: string) =>
          lines.filter((line) => line.sign === sign && line.text === wanted).length;
        const of = (all: string, wanted: string) => all.split("\n").filter((line) => line === wanted).length;
        for (const line of ["a", "b", "c", "d"]) {
          expect(count("+", line) - count("-", line)).toBe(of(after, line) - of(before, line));
        }
      }),
    );
  });
});
