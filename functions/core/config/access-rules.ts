// tool_authorization and its siblings for prompts and resources: who may use which name, by claims and scopes.

import * as v from "valibot";
import { nameFault } from "../canonical-name.ts";
import { plainPunctuation, uriFault } from "../canonical-uri.ts";
import { type ClaimRule, claimRulesSchema, compileClaimRules } from "./claim-rules.ts";
import { quoteText } from "./faults.ts";
import { closedObject, list, namedEntries, notes, scopeField, textField } from "./fields.ts";

const ruleSchema = closedObject({
  required_claims: v.optional(
    v.pipe(
      claimRulesSchema,
      notes({
        description: "Claim rules as in `claimValues`; each must hold.",
        examples: [{ subscription: { values: ["pro"], matchType: "contains" } }],
        source: "gateway",
      }),
    ),
    {},
  ),
  required_scopes: v.optional(
    v.pipe(
      list(scopeField(), "scope names"),
      notes({
        description: "Scopes that the token must hold, all of them.",
        examples: [["mail:send"]],
        source: "gateway",
      }),
    ),
    [],
  ),
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

/** Rules as written. */
type AccessRules = v.InferOutput<typeof nameRulesSchema>;

/** One rule, ready to run. An empty one allows. */
export type AccessRule = {
  /** Exact name or glob, as written. */
  pattern: string;
  /** True when the rule speaks about this name; case counts. Linear in the name's length times the glob's. */
  appliesTo: (name: string) => boolean;
  claimRules: readonly ClaimRule[];
  requiredScopes: readonly string[];
};

/** Compiles rules in order of precedence: exact names, then globs from long to short. The first that applies decides. */
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
  // Globs of one length may both apply: a fixed order keeps the answer the same wherever the file was written.
  return b.length - a.length || (a < b ? -1 : 1);
}

// Which patterns access rules may have: only those that some name or URI in its one form can match. A rule that never applies would
// let an operator believe in a protection that is not there.

/** What is wrong with a pattern over tool or prompt names, or undefined. `*` counts as any other character. */
export function namePatternFault(pattern: string): string | undefined {
  const fault = nameFault(pattern);
  if (fault === undefined) return undefined;
  const spelling = pattern.normalize("NFC").trim();
  return `expected a name or a glob ${fault}, got ${quoteText(pattern)}: names in another form reach no server.${advice(spelling, nameFault)}`;
}

/** What is wrong with a pattern over resource URIs, or undefined. */
export function uriPatternFault(pattern: string): string | undefined {
  // `%2*` would stand for many characters, each by accident.
  if (/%(?:[0-9A-Fa-f]?\*|[0-9A-Fa-f]?$)/.test(pattern)) {
    return `expected whole escapes (%20), got ${quoteText(pattern)}: a "*" cannot stand for a part of one.`;
  }
  const plain = plainPunctuation(pattern);
  if (plain !== pattern && nearestFault(plain) === undefined) {
    return `expected punctuation as it is, got ${quoteText(pattern)}: rules apply to URIs without escapes of it. Write ${quoteText(plain)}.`;
  }
  const fault = nearestFault(pattern);
  if (fault === undefined) return undefined;
  const spelling = normalSpelling(pattern);
  return `expected a URI or a glob ${fault}, got ${quoteText(pattern)}: URIs in another form reach no server.${advice(spelling, nearestFault)}`;
}

function advice(spelling: string, faultOf: (text: string) => string | undefined): string {
  return faultOf(spelling) === undefined
    ? ` Write ${quoteText(spelling)}.`
    : " Write it as the server lists it.";
}

/** What a `*` may have to stand for so that the whole is a URI: a scheme, a host, a port, a segment, or nothing. */
const FILLINGS = [
  ...["x", "", "/x", "x/", "/", "x?", "x:", ":", "8", "::1"],
  ...["//x/", "x://x/", "x://x", "://x/", "x://", "://"],
];
/** Each further `*` multiplies the work by the number of fillings. */
const MAX_VARIED_STARS = 3;

/** The fault of the pattern where no filling makes it a URI in its one form: the one of the first filling that is plainest. */
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

/** The pattern as RFC 3986 §6.2.2 and §6.2.3 normalise it, as far as that can be done for a glob. */
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

// Globs over names and URIs: `*` stands for any run of characters, everything else for itself. No regular expression
// is built from them, so no pattern can take more than (glob length × name length) steps.

/** True for a name that the glob covers as a whole. */
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
