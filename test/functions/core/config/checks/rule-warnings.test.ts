import { describe, expect, it } from "vitest";
import {
  claimRuleWarnings,
  contradictedClaims,
  requiredClaimWarnings,
} from "../../../../../functions/core/config/checks/rule-warnings.ts";

type Rule = {
  values: string | number | boolean | (string | number | boolean)[];
  matchType: "exact" | "contains" | "containsAll" | "regex";
};
const rule = (matchType: Rule["matchType"], ...values: string[]): Rule => ({ values, matchType });
const warnings = (claim: string, ...given: Parameters<typeof rule>) =>
  claimRuleWarnings({ [claim]: rule(...given) }, ["rules"]).map(({ path, message }) => `${path}: ${message}`);
const messages = (claim: string, ...given: Parameters<typeof rule>) =>
  claimRuleWarnings({ [claim]: rule(...given) }, []).map(({ message }) => message);

describe("claimRuleWarnings", () => {
  it.each([
    ["plan", rule("exact", "pro")],
    ["roles", rule("contains", "admin", "editor")],
    ["scope", rule("containsAll", "read", "write")],
    ["email", rule("regex", "^[^@]+@acme\\.com$")],
    ["email", rule("regex", "(?i)^x$")],
    ["iss", rule("contains", "https://a.example", "https://b.example")],
    ["iss", rule("containsAll", "https://a.example")],
    ["token_type", rule("contains", "access_token", "id_token")],
    ["name", rule("exact", "Doe, Jane")],
    ["tenants.T2.roles", rule("contains", "admin")],
    ["Department", rule("exact", "a")],
  ])("returns no warning for %s %j", (claim, given) =>
    expect(claimRuleWarnings({ [claim]: given }, [])).toEqual([]),
  );

  it.each([
    "amr",
    "aud",
    "roles",
    "permissions",
    "groups",
    "scope",
    "scp",
    "tenants.T2.roles",
    "realm_access.roles",
    "resource_access.mcp.roles",
  ])("recommends contains for the list %s", (claim) => {
    const message = `"exact" matches only if the claim has exactly this one value, but "${claim}" can contain several: callers with further values are denied. Use "contains".`;
    expect(messages(claim, "exact", "x")).toEqual([message]);
  });

  it.each([
    ["email", "contains", "@acme.com"],
    ["email", "exact", "acme.com"],
    ["user.email", "containsAll", "acme.com"],
  ] as const)("recommends a pattern for a domain in %s with %s", (claim, matchType, value) => {
    expect(messages(claim, matchType, value)).toEqual([
      `never matches: "${value}" is compared with the whole claim, not with a part of it. To allow a domain, use "regex" with "^[^@]+@acme\\\\.com$".`,
    ]);
  });

  it("recommends contains for several values", () => {
    expect(warnings("plan", "exact", "free", "pro")).toEqual([
      'rules.plan.values: "exact" compares one value with one value, so a list of 2 never matches and every caller is denied. Use "contains" to accept any of them.',
    ]);
  });

  it.each<[string, Parameters<typeof rule>, string]>([
    [
      "iss",
      ["containsAll", "a", "b"],
      'never matches: "iss" has one value, and "containsAll" requires 2. Use "contains" to accept any of them.',
    ],
    [
      "token_type",
      ["exact", "id_token"],
      "never matches: a token with this value is not an access token, and is always denied. Remove the rule.",
    ],
    [
      "drn",
      ["contains", "DSR"],
      "never matches: a token with this value is not an access token, and is always denied. Remove the rule.",
    ],
    [
      "plan",
      ["regex", "^$"],
      "never matches: an empty claim is treated as absent. Remove the rule, or write the claim's value.",
    ],
    [
      "scope",
      ["contains", "read write"],
      'never matches: the claim is split at spaces, so "read write" is never an element. List the scopes with "containsAll".',
    ],
    [
      "plan",
      ["exact", " pro"],
      '" pro" begins or ends with a space, which is part of the comparison. Remove the space.',
    ],
    [
      "email",
      ["exact", "*@acme.com"],
      '"*@acme.com" is compared literally: "*" is not a wildcard here. Use "regex" for a pattern.',
    ],
    [
      "plan",
      ["contains", "free,pro"],
      '"free,pro" is a single value that contains a comma. To accept any of several values, write a list: ["free", "pro"] with "contains".',
    ],
    [
      "email",
      ["regex", "@acme.com$"],
      '"@acme.com$" matches anywhere in the claim, also as part of a longer value. To match the whole value, begin it with "^" and end it with "$".',
    ],
    [
      "email",
      ["regex", "^a"],
      '"^a" matches anywhere in the claim, also as part of a longer value. To match the whole value, begin it with "^" and end it with "$".',
    ],
  ])("warns about %s %j", (claim, given, message) => expect(messages(claim, ...given)).toEqual([message]));

  it.each([
    ["Roles", 'claim names are case-sensitive. Did you mean "roles"?'],
    ["cnf", 'never matches: a token with the claim "cnf" is always denied. Remove the rule.'],
    [
      "tenants.T2.role",
      'Descope\'s tenants contain "roles" and "permissions". Did you mean "tenants.T2.roles"?',
    ],
    [
      "tenants.T2.permission",
      'Descope\'s tenants contain "roles" and "permissions". Did you mean "tenants.T2.permissions"?',
    ],
  ])("warns about the name of the claim %s", (claim, message) =>
    expect(warnings(claim, "contains", "x")).toEqual([
      `rules.${claim.includes(".") ? `["${claim}"]` : claim}: ${message}`.replace(".[", "["),
    ]),
  );

  it("warns about a rule below a claim that another rule expects to be a plain value", () => {
    const rules = {
      plan: rule("exact", "pro"),
      "plan.name": rule("exact", "a"),
      "planet.name": rule("exact", "a"),
    };
    expect(claimRuleWarnings(rules, [])).toEqual([
      {
        path: '["plan.name"]',
        message:
          'only matches a claim with exactly this name: another rule requires "plan" to be a plain value, which has no members. Keep one of the two.',
      },
    ]);
  });

  it("reports the same warning for several values only once", () => {
    expect(messages("drn", "contains", "DSR", "DSR")).toHaveLength(1);
  });
});

describe("requiredClaimWarnings", () => {
  it("warns about claims that cannot be in the token", () => {
    const block = {
      requiredClaims: ["sub", "cnf", "Email", "plan.name"],
      claimValues: { plan: rule("exact", "pro") },
    };
    expect(requiredClaimWarnings(block as never).map(({ path }) => path)).toEqual([
      "jwt_validation.requiredClaims[1]",
      "jwt_validation.requiredClaims[2]",
      "jwt_validation.requiredClaims[3]",
    ]);
  });
});

describe("contradictedClaims", () => {
  it.each<[Rule, Rule, boolean]>([
    [rule("exact", "free"), rule("exact", "pro"), true],
    [rule("exact", "pro"), rule("exact", "pro"), false],
    [rule("exact", "free"), rule("contains", "pro", "team"), true],
    [rule("exact", "team"), rule("contains", "pro", "team"), false],
    [rule("contains", "free"), rule("exact", "pro"), true],
    [rule("containsAll", "pro", "team"), rule("exact", "pro"), true],
    [rule("regex", "^fr"), rule("exact", "pro"), true],
    [rule("regex", "^pr"), rule("exact", "pro"), false],
    [rule("contains", "free"), rule("contains", "pro"), false],
    [rule("exact", "a", "b"), rule("contains", "c"), false],
  ])("compares %j with %j: %s", (inner, outer, expected) => {
    expect(contradictedClaims({ plan: inner }, { plan: outer })).toEqual(expected ? ["plan"] : []);
  });

  it("compares only rules on the same claim", () => {
    expect(contradictedClaims({ a: rule("exact", "x") }, { b: rule("exact", "y") })).toEqual([]);
    expect(contradictedClaims({ constructor: rule("exact", "x") }, {})).toEqual([]);
  });
});
