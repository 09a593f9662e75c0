// tool_authorization and its siblings for prompts and resources: who may use which name, by claims and scopes.
import * as v from "valibot";
import { namePatternFault, uriPatternFault } from "./access-patterns.ts";
import { type ClaimRule, claimRulesSchema, compileClaimRules } from "./claim-rules.ts";
import { closedObject, namedEntries } from "./closed-object.ts";
import { list, notes, scopeField, textField } from "./fields.ts";
import { compileGlob } from "./globs.ts";

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
export const nameRulesSchema = namedEntries(
  pattern('a name or a glob such as "admin_*"', namePatternFault),
  ruleSchema,
);

/** Rules by exact URI of a resource, or glob. */
export const uriRulesSchema = namedEntries(
  pattern('a URI or a glob such as "docs://private/*"', uriPatternFault),
  ruleSchema,
);

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
