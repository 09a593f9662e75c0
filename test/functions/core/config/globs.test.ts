import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileGlob } from "../../../../functions/core/config/globs.ts";

describe("compileGlob", () => {
  it.each<[string, string, boolean]>([
    ["a", "a", true],
    ["a", "A", false],
    ["a", "ab", false],
    ["a", " a", false],
    ["*", "", true],
    ["*", "anything", true],
    ["a*", "a", true],
    ["a*", "b", false],
    ["*a", "ba", true],
    ["*a", "ab", false],
    ["a*a", "a", false],
    ["a*a", "aa", true],
    ["a*b*c", "a-b-c", true],
    ["a*b*c", "a-c-b", false],
    ["a*bc*c", "abc", false],
    ["a**b", "ab", true],
    ["a.c", "abc", false],
    ["file:///private/*", "file:///private/../public", true],
    ["[ab]", "a", false],
    ["a?", "ab", false],
  ])("%s on %j: %s", (glob, name, expected) => {
    expect(compileGlob(glob)(name)).toBe(expected);
  });

  it("agrees with the regular expression of the same meaning", () => {
    const text = fc.stringMatching(/^[ab*]{0,8}$/);
    fc.assert(
      fc.property(text, fc.stringMatching(/^[ab]{0,10}$/), (glob, name) => {
        expect(compileGlob(glob)(name)).toBe(new RegExp(`^${glob.replaceAll("*", ".*")}$`).test(name));
      }),
      { numRuns: 1000 },
    );
  });

  it("answers globs that make backtracking matchers run for years", () => {
    expect(compileGlob(`${"*a".repeat(200)}*b`)("a".repeat(8000))).toBe(false);
  });
});
