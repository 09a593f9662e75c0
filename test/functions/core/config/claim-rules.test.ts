import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { compileClaimRules, compilePattern } from "../../../../functions/core/config/claim-rules.ts";
import { parseServerConfig } from "../../../../functions/core/config/server-config.ts";
import { AGENTIC_ISSUER, blockFaults, faultLines } from "../../../support/config-blocks.ts";

const ISS = { iss: { values: AGENTIC_ISSUER } };
const ruleFaults = (rule: unknown) =>
  blockFaults({ claimValues: { ...ISS, tier: rule } }).map((fault) => fault.replace("claimValues.tier", ""));

describe("a claim rule", () => {
  it.each<[string, unknown, string]>([
    [
      "an unknown matchType",
      { values: "a", matchType: "contain" },
      '.matchType: expected "exact", "contains", "containsAll" or "regex", got "contain". Did you mean "contains"?',
    ],
    [
      "a matchType far from any",
      { values: "a", matchType: "startsWithIgnoreCase" },
      '.matchType: expected "exact", "contains", "containsAll" or "regex", got "startsWithIgnoreCase".',
    ],
    [
      "a matchType that is not a string",
      { values: "a", matchType: 1 },
      '.matchType: expected "exact", "contains", "containsAll" or "regex", got the number 1.',
    ],
    [
      "no values for contains",
      { values: [], matchType: "contains" },
      ".values: expected at least one value, got an empty array. List the values, or remove the entry.",
    ],
    [
      "no values for containsAll",
      { values: [], matchType: "containsAll" },
      ".values: expected at least one value, got an empty array. List the values, or remove the entry.",
    ],
    [
      "no values for regex",
      { values: [], matchType: "regex" },
      ".values: expected at least one value, got an empty array. List the values, or remove the entry.",
    ],
    [
      "no values for exact",
      { values: [] },
      ".values: expected at least one value, got an empty array. List the values, or remove the entry.",
    ],
    [
      "an empty string",
      { values: "" },
      ".values: expected a value, got an empty string: an empty claim is treated as absent and never matches.",
    ],
    [
      "an empty string in a list",
      { values: ["a", ""] },
      ".values[1]: expected a value, got an empty string: an empty claim is treated as absent and never matches.",
    ],
    [
      "null",
      { values: null },
      ".values: expected a string, a number, a boolean, or a list of them, got null.",
    ],
    [
      "an object",
      { values: {} },
      ".values: expected a string, a number, a boolean, or a list of them, got an object.",
    ],
    [
      "a list in a list",
      { values: [["a"]] },
      ".values[0]: expected a string, a number, a boolean, or a list of them, got an array.",
    ],
    [
      "a number that is not kept exactly",
      { values: 2 ** 60 },
      ".values: the number 1152921504606847000 loses digits when it is parsed. Write it in quotes.",
    ],
    ["an unknown key", { value: "a", values: "b" }, '.value: unknown key. Did you mean "values"?'],
    [
      "an invalid pattern",
      { values: "a(", matchType: "regex" },
      '.values: "a(" is not a valid RE2 pattern: ',
    ],
    [
      "an invalid pattern in a list",
      { values: ["a", "[z-a]"], matchType: "regex" },
      '.values[1]: "[z-a]" is not a valid RE2 pattern: ',
    ],
    [
      "a lookahead",
      { values: "(?=a)b", matchType: "regex" },
      "Lookaround and backreferences can backtrack without bound and are not supported.",
    ],
    ["a lookbehind", { values: "(?<!a)b", matchType: "regex" }, "Lookaround and backreferences"],
    ["a backreference", { values: "(a)\\1", matchType: "regex" }, "Lookaround and backreferences"],
    [
      "a pattern that is too long",
      { values: "a".repeat(513), matchType: "regex" },
      ".values: expected a pattern of at most 512 characters, got 513.",
    ],
    [
      "a repetition that is too large",
      { values: "(a{1000}){1000}", matchType: "regex" },
      "is not a valid RE2 pattern",
    ],
    ["a negative lookahead", { values: "(?!a)b", matchType: "regex" }, "Rewrite it without them."],
    ["no object", "pro", ': expected an object, got "pro". Write {"values": …}.'],
    ["null in its place", null, ': expected an object, got null. Write {"values": …}.'],
    ["a placeholder", { values: "<tier>" }, '.values: "<tier>" still contains a placeholder.'],
    ["an empty placeholder", { values: "<>" }, '.values: "<>" still contains a placeholder.'],
    [
      "a placeholder right after the scheme",
      { values: "https:{host}" },
      '.values: "https:{host}" still contains a placeholder.',
    ],
    [
      "a placeholder in a plain URL",
      { values: "http://a.example/x{y}/z" },
      '.values: "http://a.example/x{y}/z" still contains a placeholder.',
    ],
    [
      "a whole number that is not kept exactly in a list",
      { values: ["a", -(2 ** 53)] },
      ".values[1]: the number -9007199254740992 loses digits when it is parsed. Write it in quotes.",
    ],
  ])("with %s is rejected", (_name, rule, message) => {
    const faults = ruleFaults(rule);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it("with a number that is too large is rejected", () => {
    const rules = `{"iss": {"values": "${AGENTIC_ISSUER}"}, "tier": {"values": 1e999}}`;
    const file = `{"url": "https://a.example/mcp", "jwt_validation": {"jwksUri": "https://a.example/j", "claimValues": ${rules}}}`;
    expect(faultLines(parseServerConfig(file))).toEqual([
      "jwt_validation.claimValues.tier.values: the number Infinity loses digits when it is parsed. Write it in quotes.",
    ]);
  });

  it("with values of the wrong type is rejected with that error only", () => {
    expect(ruleFaults({ values: ["", null] })).toEqual([
      ".values[1]: expected a string, a number, a boolean, or a list of them, got null.",
    ]);
  });

  it("with an invalid pattern is rejected with the way to fix it", () => {
    expect(ruleFaults({ values: "a(", matchType: "regex" })[0]).toMatch(
      /\. Fix it, or use another matchType\.$/,
    );
  });

  it.each<[string, unknown]>([
    ["the largest number that is kept exactly", { values: 9_007_199_254_740_991 }],
    ["a fraction", { values: 0.5 }],
    ["a pattern at the length limit", { values: "a".repeat(512), matchType: "regex" }],
    ["a pattern with a repetition", { values: "^https://[a-z]{3}$", matchType: "regex" }],
    ["a pattern in angle brackets", { values: "<b>", matchType: "regex" }],
    ["text that would be no pattern", { values: "a(" }],
    ["a list of texts that would be no patterns", { values: ["a(", "[z-a]"], matchType: "contains" }],
    ["angle brackets after its start", { values: "a <b>" }],
    ["angle brackets before its end", { values: "<b> a" }],
    ["a URL with braces behind other text", { values: "see https://a.example/{id}" }],
    ["a URL with empty braces", { values: "https://a.example/{}" }],
    ["a URL with a space in its braces", { values: "https://a.example/{a b}" }],
  ])("with %s is accepted", (_name, rule) => {
    expect(ruleFaults(rule)).toEqual([]);
  });

  it("for a claim name that JSON objects treat specially is rejected, not dropped", () => {
    const claimValues = JSON.parse(
      `{"iss": {"values": "${AGENTIC_ISSUER}"}, "__proto__": {"values": "a"}, "constructor": {"values": "a"}, "prototype": {"values": "a"}}`,
    );
    expect(blockFaults({ claimValues })).toEqual([
      'claimValues.__proto__: the name "__proto__" cannot be used. Remove it.',
      'claimValues.constructor: the name "constructor" cannot be used. Remove it.',
      'claimValues.prototype: the name "prototype" cannot be used. Remove it.',
    ]);
  });
});

describe("compileClaimRules", () => {
  it("converts all values to strings, in the order of the file", () => {
    expect(
      compileClaimRules({
        b: { values: [1, "x", true], matchType: "contains" },
        a: { values: false, matchType: "exact" },
      }),
    ).toEqual([
      { claim: "b", matchType: "contains", values: ["1", "x", "true"] },
      { claim: "a", matchType: "exact", values: ["false"] },
    ]);
  });

  it("keeps the pattern texts with the compiled test", () => {
    expect(compileClaimRules({ c: { values: ["^a", 1], matchType: "regex" } })).toEqual([
      { claim: "c", matchType: "regex", values: ["^a", "1"], matches: expect.any(Function) },
    ]);
  });

  const matcher = (...values: string[]) =>
    compileClaimRules({ c: { values, matchType: "regex" } })[0]?.matches as (text: string) => boolean;

  it.each<[string, string, boolean]>([
    ["a", "bab", true],
    ["^a", "ba", false],
    ["^a$", "a", true],
    ["^a$", "a\n", false],
    ["^a$", "a\nb", false],
    ["a|b", "b", true],
    ["(?i)abc", "ABC", true],
    ["^\\d+$", "12", true],
    ["^\\p{Lu}", "Ä", true],
    [".", "", false],
  ])("matches the pattern %s against %j: %s", (pattern, text, expected) => {
    expect(matcher(pattern)(text)).toBe(expected);
  });

  it("matches if any of several patterns matches", () => {
    expect(matcher("^a$", "^b$")("b")).toBe(true);
    expect(matcher("^a$", "^b$")("c")).toBe(false);
  });

  it("keeps no state between matches", () => {
    const matches = matcher("a");
    expect([matches("a"), matches("a"), matches("b"), matches("a")]).toEqual([true, true, false, true]);
  });

  it("never matches a pattern that the schema would reject", () => {
    expect(matcher("(")("(")).toBe(false);
  });

  it("runs in linear time for patterns that make backtracking engines hang", () => {
    expect(matcher("^(a+)+$")(`${"a".repeat(8000)}!`)).toBe(false);
    expect(matcher("^(a|aa)+$")(`${"a".repeat(8000)}!`)).toBe(false);
  });

  it("finds the same as a substring search for escaped text", () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 5 }), fc.string(), (needle, hay) => {
        const pattern = needle.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
        expect(matcher(pattern)(hay)).toBe(hay.includes(needle));
      }),
    );
  });
});

describe("patterns of claim rules", () => {
  const UNSUPPORTED =
    "Lookaround and backreferences can backtrack without bound and are not supported. Rewrite it without them.";
  const WRONG = "Fix it, or use another matchType.";

  describe("compilePattern", () => {
    it("finds a match anywhere in the text", () => {
      const compiled = compilePattern("b+");
      expect(compiled).toEqual({ ok: true, test: expect.any(Function) });
      expect(compiled.ok && ["abc", "ac"].map(compiled.test)).toEqual([true, false]);
    });

    it("accepts patterns of up to 512 characters", () => {
      expect(compilePattern("a".repeat(512)).ok).toBe(true);
      expect(compilePattern("a".repeat(513))).toEqual({
        ok: false,
        message: "expected a pattern of at most 512 characters, got 513.",
      });
    });

    it.each([
      ["(?=a)", UNSUPPORTED],
      ["(?!a)", UNSUPPORTED],
      ["(?<!a)", UNSUPPORTED],
      ["(a)\\1", UNSUPPORTED],
      ["(a)\\9", UNSUPPORTED],
      ["a(", WRONG],
      ["(?i)a(", WRONG],
      ["\\d(", WRONG],
    ])("says how to fix %s", (pattern, advice) => {
      const compiled = compilePattern(pattern);
      expect(compiled).toEqual({
        ok: false,
        message: expect.stringContaining(" is not a valid RE2 pattern: "),
      });
      expect(!compiled.ok && compiled.message.startsWith(JSON.stringify(pattern))).toBe(true);
      expect(!compiled.ok && compiled.message.endsWith(`. ${advice}`)).toBe(true);
    });
  });
});
