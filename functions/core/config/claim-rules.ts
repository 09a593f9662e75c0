// Claim rules `{claim: {values, matchType}}`: schema and compiled form.

import { createRequire } from "node:module";
import type * as Re2 from "re2js";
import * as v from "valibot";
import { describeValue, quoteText } from "./faults.ts";
import {
  checked,
  checkedText,
  choice,
  closedObject,
  namedEntries,
  optionalKey,
  requiredKey,
  type ValueFault,
} from "./fields.ts";

const MATCH_TYPES = ["exact", "contains", "containsAll", "regex"] as const;

/** A placeholder copied from a guide: `<Issuer URL>`, `https://host/{project-id}`. */
const PLACEHOLDER = /^<.*>$|^https?:.*\{[\w-]+\}/;

/** How a claim is compared with the configured values. */
export type MatchType = (typeof MATCH_TYPES)[number];

/** A compiled rule for one claim. */
export type ClaimRule = {
  claim: string;
  matchType: MatchType;
  /** Compared as strings. */
  values: readonly string[];
  /** `regex` only: whether any pattern matches. Linear in the length of the value. */
  matches?: PatternTest;
};

/** A value that a claim is compared with. */
export const scalarValue = v.union([v.string(), v.number(), v.boolean()], (issue) =>
  valueMessage(issue.input),
);

const ruleSchema = v.pipe(
  closedObject({
    values: requiredKey(
      v.union([v.string(), v.number(), v.boolean(), v.array(scalarValue)], (issue) =>
        valueMessage(issue.input),
      ),
      {
        description: "Value or list of values that the claim is compared with, as strings.",
        examples: ["free", ["https://gateway.example.com/mcp"]],
        source: "Portkey",
      },
    ),
    matchType: optionalKey(choice(MATCH_TYPES), {
      description:
        "`exact`: the claim equals the value. `contains`: the claim contains at least one of the values. `containsAll`: the claim contains all of them. `regex`: an RE2 pattern matches an element of the claim; use `^` and `$` to match the whole element.",
      examples: ["exact"],
      source: "Portkey",
      default: "exact",
    }),
  }),
  checked(({ values, matchType }) => valueFaults(values, matchType)),
);

/** Rules by claim: `claimValues` and `required_claims`. */
export const claimRulesSchema = namedEntries(claimName(), ruleSchema);

/** Checked rules by claim, not yet compiled. */
export type ClaimRules = v.InferOutput<typeof claimRulesSchema>;

type RuleValues = string | number | boolean | (string | number | boolean)[];

/** The configured values of a rule, as strings. */
export function ruleValues(values: RuleValues): string[] {
  return (Array.isArray(values) ? values : [values]).map(String);
}

/** Compiles rules that the schema has accepted. */
export function compileClaimRules(rules: ClaimRules): ClaimRule[] {
  return Object.entries(rules).map(([claim, rule]) => {
    const values = ruleValues(rule.values);
    if (rule.matchType !== "regex") return { claim, matchType: rule.matchType, values };
    const tests = values.map(patternTest);
    return { claim, matchType: "regex", values, matches: (text) => tests.some((test) => test(text)) };
  });
}

function patternTest(pattern: string): PatternTest {
  const compiled = compilePattern(pattern);
  // Unreachable for checked rules; fails closed.
  return compiled.ok ? compiled.test : () => false;
}

/** The errors of a rule's `values`. */
export function valueFaults(values: RuleValues, matchType: MatchType): ValueFault[] {
  if (!Array.isArray(values))
    return valueFault(values, matchType).map((message) => ({ path: ["values"], message }));
  if (values.length === 0)
    return [
      {
        path: ["values"],
        message: `expected at least one value, got an empty array. List the values, or remove the entry.`,
      },
    ];
  return values.flatMap((value, index) =>
    valueFault(value, matchType).map((message): ValueFault => ({ path: ["values", index], message })),
  );
}

function valueFault(value: string | number | boolean, matchType: MatchType): string[] {
  if (value === "")
    return ["expected a value, got an empty string: an empty claim is treated as absent and never matches."];
  if (typeof value === "number" && !isExactNumber(value)) {
    return [`the number ${value} loses digits when it is parsed. Write it in quotes.`];
  }
  if (matchType !== "regex" && PLACEHOLDER.test(String(value))) {
    return [`${quoteText(String(value))} still contains a placeholder. Replace it with the real id or host.`];
  }
  if (matchType !== "regex") return [];
  const compiled = compilePattern(String(value));
  return compiled.ok ? [] : [compiled.message];
}

function isExactNumber(value: number): boolean {
  return Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value));
}

function valueMessage(input: unknown): string {
  return `expected a string, a number, a boolean, or a list of them, got ${describeValue(input)}.`;
}

// A claim is named by its top-level name or by a path such as `tenants.T2abc.roles`.

/** Rejects `nsec`: clients choose its values, so a rule or identity based on it could be forged. */
function claimNameFault(name: string): string | undefined {
  if (name === "")
    return `expected the name of a claim, such as "sub" or "tenants.T2abc.roles", got an empty string.`;
  if (name === "nsec" || name.startsWith("nsec.")) {
    return `${quoteText(name)}: clients choose the values in "nsec", so it must not be used for access rules or identity. Use a claim that Descope sets, such as a custom claim or one from a JWT template.`;
  }
  return undefined;
}

/** A claim name or path. Rejects `nsec` and everything below it. */
export function claimName() {
  return checkedText(`the name of a claim, such as "sub"`, claimNameFault);
}

// Regular expressions of claim rules run in RE2, in linear time: in a backtracking engine, a crafted claim could block the function.

// Loaded with the first pattern. Most configurations have none, and the engine takes 7 ms of CPU time in a cold start. In a deployed
// function, it is a file beside the bundle (`build/function-bundles.ts`).
const load = createRequire(import.meta.filename);

const MAX_PATTERN_LENGTH = 512;

/** Whether a compiled pattern matches anywhere in the text. */
export type PatternTest = (text: string) => boolean;

/** Compiles a pattern, or returns its error. */
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
    const { RE2JS }: typeof Re2 = load("re2js");
    const compiled = RE2JS.compile(pattern);
    return { ok: true, test: (text) => compiled.matcher(text).find() };
  } catch (error) {
    const advice = /\(\?[=!<]|\\[1-9]/.test(pattern)
      ? "Lookaround and backreferences can backtrack without bound and are not supported. Rewrite it without them"
      : "Fix it, or use another matchType";
    return {
      ok: false,
      message: `${quoteText(pattern)} is not a valid RE2 pattern: ${(error as Error).message}. ${advice}.`,
    };
  }
}
