// Regular expressions of claim rules, run by RE2: linear in the claim's length, whatever the pattern. Backtracking
// engines can be stopped for minutes by one crafted claim.
import { RE2JS } from "re2js";
import { quoteText } from "./describe-value.ts";

const MAX_PATTERN_LENGTH = 512;

/** A compiled pattern; true when it matches anywhere in the text (anchor it with ^ and $). */
export type PatternTest = (text: string) => boolean;

/** Compiles a pattern, or says what is wrong with it. */
export function compilePattern(
  pattern: string,
): { ok: true; test: PatternTest } | { ok: false; message: string } {
  if (pattern.length > MAX_PATTERN_LENGTH) {
    return {
      ok: false,
      message: `expected a pattern of at most ${MAX_PATTERN_LENGTH} characters, got ${pattern.length}.`,
    };
  }
  try {
    const compiled = RE2JS.compile(pattern);
    return { ok: true, test: (text) => compiled.matcher(text).find() };
  } catch (error) {
    const advice = /\(\?[=!<]|\\[1-9]/.test(pattern)
      ? "Lookaround and backreferences can backtrack without bound and are not supported. Rewrite it without them"
      : "Mend it, or use another matchType";
    return {
      ok: false,
      message: `${quoteText(pattern)} is not a valid RE2 pattern: ${(error as Error).message}. ${advice}.`,
    };
  }
}
