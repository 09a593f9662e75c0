// Access rules (`tool_authorization`, `prompt_authorization`, `resource_authorization`): which claims and scopes a name requires.

import * as v from "valibot";
import { nameFault } from "../canonical-name.ts";
import { plainPunctuation, uriFault } from "../canonical-uri.ts";
import { type ClaimRule, claimRulesSchema, compileClaimRules } from "./claim-rules.ts";
import { quoteText } from "./faults.ts";
import { closedObject, list, namedEntries, optionalKey, scopeField, textField } from "./fields.ts";

const ruleSchema = closedObject({
  required_claims: optionalKey(claimRulesSchema, {
    description: "Claim rules as in `claimValues`. The token must match all of them.",
    examples: [{ subscription: { values: ["pro"], matchType: "contains" } }],
    default: {},
  }),
  required_scopes: optionalKey(list(scopeField(), "scope names"), {
    description: "Scopes that the token must have. All of them are required.",
    examples: [["mail:send"]],
    default: [],
  }),
});

/** Rules by exact name of a tool or prompt, or glob. */
export const nameRulesSchema = namedEntries(namePattern(), ruleSchema);

/** Rules by exact URI of a resource, or glob. */
export const uriRulesSchema = namedEntries(uriPattern(), ruleSchema);

/** A name of a tool or prompt, or a glob over names. */
export function namePattern() {
  return pattern('a name or a glob such as "admin_*"', namePatternFault);
}

/** A URI of a resource, or a glob over URIs. */
export function uriPattern() {
  return pattern('a URI or a glob such as "docs://private/*"', uriPatternFault);
}

function pattern(what: string, faultOf: (text: string) => string | undefined) {
  return v.pipe(
    textField(what),
    v.rawCheck(({ dataset, addIssue }) => {
      const message = dataset.typed && dataset.issues === undefined ? faultOf(dataset.value) : undefined;
      if (message !== undefined) addIssue({ message });
    }),
  );
}

/** Checked rules, not yet compiled. */
type AccessRules = v.InferOutput<typeof nameRulesSchema>;

/** A compiled rule. An empty rule allows. */
export type AccessRule = {
  /** Exact name or glob, as written. */
  pattern: string;
  /** Whether the rule applies to this name (case-sensitive). Takes at most (name length × glob length) steps. */
  appliesTo: (name: string) => boolean;
  claimRules: readonly ClaimRule[];
  requiredScopes: readonly string[];
};

/** Compiles rules in order of precedence: exact names, then globs, longest first. The first rule that applies decides. */
export function compileAccessRules(rules: AccessRules): AccessRule[] {
  return Object.entries(rules)
    .sort(([a], [b]) => byPrecedence(a, b))
    .map(([pattern, rule]) => ({
      pattern,
      appliesTo: compileGlob(pattern),
      claimRules: compileClaimRules(rule.required_claims),
      requiredScopes: rule.required_scopes,
    }));
}

function byPrecedence(a: string, b: string): number {
  const globs = Number(a.includes("*")) - Number(b.includes("*"));
  if (globs !== 0) return globs;
  // Two globs of equal length may both apply: sorting them makes the decision independent of their order in the file.
  return b.length - a.length || (a < b ? -1 : 1);
}

// A pattern must match some name or URI in canonical form. A rule that never applies would give an operator false confidence.

/** The error of a pattern for tool or prompt names; undefined if valid. */
export function namePatternFault(pattern: string): string | undefined {
  const fault = nameFault(pattern);
  if (fault === undefined) return undefined;
  const spelling = pattern.normalize("NFC").trim();
  return `expected a name or a glob ${fault}, got ${quoteText(pattern)}: requests with names in another form are denied.${advice(spelling, nameFault)}`;
}

/** The error of a pattern for resource URIs; undefined if valid. */
export function uriPatternFault(pattern: string): string | undefined {
  // `%2*` would match unrelated characters.
  if (/%(?:[0-9A-Fa-f]?\*|[0-9A-Fa-f]?$)/.test(pattern)) {
    return `expected whole escapes (%20), got ${quoteText(pattern)}: "*" cannot replace part of an escape.`;
  }
  const plain = plainPunctuation(pattern);
  if (plain !== pattern && nearestFault(plain) === undefined) {
    return `expected unescaped punctuation, got ${quoteText(pattern)}: rules are compared with URIs in which punctuation is unescaped. Write ${quoteText(plain)}.`;
  }
  const fault = nearestFault(pattern);
  if (fault === undefined) return undefined;
  const spelling = normalSpelling(pattern);
  return `expected a URI or a glob ${fault}, got ${quoteText(pattern)}: requests with URIs in another form are denied.${advice(spelling, nearestFault)}`;
}

function advice(spelling: string, faultOf: (text: string) => string | undefined): string {
  return faultOf(spelling) === undefined
    ? ` Write ${quoteText(spelling)}.`
    : " Write it as the server lists it.";
}

/** Samples that a `*` is replaced with to find a valid URI: a scheme, a host, a port, a segment, or nothing. */
const FILLINGS = [
  ...["x", "", "/x", "x/", "/", "x?", "x:", ":", "8", "::1"],
  ...["//x/", "x://x/", "x://x", "://x/", "x://", "://"],
];
/** Each further `*` multiplies the work by the number of samples. */
const MAX_VARIED_STARS = 3;

/** The error with the first sample if no combination of samples makes the pattern a canonical URI; undefined otherwise. */
function nearestFault(pattern: string): string | undefined {
  const parts = pattern.replace(/\*+/g, "*").split("*");
  const varied = Math.min(parts.length - 1, MAX_VARIED_STARS);
  const combinations = FILLINGS.length ** varied;
  let first: string | undefined;
  for (let combination = 0; combination < combinations; combination++) {
    const filled = parts.reduce((text, part, index) => {
      const choice =
        index > varied ? 0 : Math.floor(combination / FILLINGS.length ** (index - 1)) % FILLINGS.length;
      return text + FILLINGS[choice] + part;
    });
    const fault = uriFault(filled);
    if (fault === undefined) return undefined;
    first ??= fault;
  }
  return first;
}

/** The pattern normalised by RFC 3986 §6.2.2 and §6.2.3, as far as a glob allows. */
function normalSpelling(pattern: string): string {
  const parts = /^([^:/*]+:)?(\/\/[^/?#]*)?([^?#]*)(\?[^#]*)?/.exec(pattern) as RegExpExecArray;
  const [, scheme = "", authority = "", path = "", query = ""] = parts.map((part) => part?.toLowerCase());
  const [, , , writtenPath = path, writtenQuery = query] = parts;
  const port = scheme === "https:" ? /:(?:443)?$/ : /:(?:80)?$/;
  const host = scheme === "file:" ? "//" : authority.replace(/^\/\/[^/]*@/, "//").replace(port, "");
  return scheme + host + withoutDotSegments(plainEscapes(writtenPath)) + writtenQuery;
}

function plainEscapes(path: string): string {
  return encodeURI(path.toWellFormed().normalize("NFC"))
    .replace(/%25/g, "%")
    .replace(/%[0-9a-f]{2}/gi, (triplet) => {
      const character = String.fromCharCode(Number.parseInt(triplet.slice(1), 16));
      return /[A-Za-z0-9._~-]/.test(character) ? character : triplet.toUpperCase();
    });
}

function withoutDotSegments(path: string): string {
  const kept: string[] = [];
  for (const segment of path.replace(/\/{2,}/g, "/").split("/")) {
    if (segment === "..") kept.length = Math.max(1, kept.length - 1);
    else if (segment !== ".") kept.push(segment);
  }
  return kept.join("/");
}

// In a glob, `*` matches any run of characters. Globs are not turned into regular expressions, so matching takes at most
// (glob length × name length) steps.

/** Compiles a glob to a function that is true if the glob matches the whole name. */
export function compileGlob(glob: string): (name: string) => boolean {
  const parts = glob.split("*");
  const first = parts[0] as string;
  if (parts.length === 1) return (name) => name === first;
  const last = parts.at(-1) as string;
  const middle = parts.slice(1, -1);
  return (name) => {
    if (name.length < first.length + last.length || !name.startsWith(first) || !name.endsWith(last))
      return false;
    const end = name.length - last.length;
    let from = first.length;
    for (const part of middle) {
      const found = name.indexOf(part, from);
      if (found < 0 || found + part.length > end) return false;
      from = found + part.length;
    }
    return true;
  };
}
