import { describe, expect, it } from "vitest";
import { compilePattern } from "../../../../functions/core/config/claim-patterns.ts";

const UNSUPPORTED =
  "Lookaround and backreferences can backtrack without bound and are not supported. Rewrite it without them.";
const WRONG = "Mend it, or use another matchType.";

describe("compilePattern", () => {
  it("finds a match anywhere in the text", () => {
    const compiled = compilePattern("b+");
    expect(compiled).toEqual({ ok: true, test: expect.any(Function) });
    expect(compiled.ok && ["abc", "ac"].map(compiled.test)).toEqual([true, false]);
  });

  it("takes patterns of up to 512 characters", () => {
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
  ])("says what to do with %s", (pattern, advice) => {
    const compiled = compilePattern(pattern);
    expect(compiled).toEqual({
      ok: false,
      message: expect.stringContaining(" is not a valid RE2 pattern: "),
    });
    expect(!compiled.ok && compiled.message.startsWith(JSON.stringify(pattern))).toBe(true);
    expect(!compiled.ok && compiled.message.endsWith(`. ${advice}`)).toBe(true);
  });
});
