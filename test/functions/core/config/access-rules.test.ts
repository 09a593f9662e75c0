import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { compileAccessRules, nameRulesSchema } from "../../../../functions/core/config/access-rules.ts";

type AccessRules = Parameters<typeof compileAccessRules>[0];

const rule = (...required_scopes: string[]): AccessRules[string] => ({
  required_claims: {},
  required_scopes,
});
const deciding = (rules: AccessRules, name: string) =>
  compileAccessRules(rules).find((entry) => entry.appliesTo(name))?.pattern;

describe("compileAccessRules", () => {
  const rules = {
    "*": rule("a"),
    "admin_*": rule("b"),
    "admin_users_*": rule("c"),
    admin_users_list: rule("d"),
    "*_list": rule("e"),
  };

  it.each([
    ["admin_users_list", "admin_users_list"],
    ["admin_users_drop", "admin_users_*"],
    ["admin_reboot", "admin_*"],
    ["files_list", "*_list"],
    ["ping", "*"],
    ["Admin_reboot", "*"],
  ])("lets the exact name decide before the longest glob before *: %s by %s", (name, pattern) => {
    expect(deciding(rules, name)).toBe(pattern);
  });

  it("knows no rule for a name that none covers", () => {
    expect(deciding({ "a*": rule() }, "b")).toBeUndefined();
  });

  it("decides the same between globs of one length, wherever they stand in the file", () => {
    expect(deciding({ "a*b": rule(), "ab*": rule() }, "abb")).toBe("a*b");
    expect(deciding({ "ab*": rule(), "a*b": rule() }, "abb")).toBe("a*b");
  });

  it("lets an exact name decide before a longer glob, wherever they stand in the file", () => {
    expect(deciding({ "a*b": rule(), ab: rule() }, "ab")).toBe("ab");
    expect(deciding({ ab: rule(), "a*b": rule() }, "ab")).toBe("ab");
  });

  it("asks for no claims and no scopes by an empty rule", () => {
    expect(compileAccessRules(v.parse(nameRulesSchema, { ping: {} }))).toEqual([
      { pattern: "ping", appliesTo: expect.any(Function), claimRules: [], requiredScopes: [] },
    ]);
  });

  it("compiles claims and scopes of each rule", () => {
    const compiled = compileAccessRules({
      a: { required_claims: { tier: { values: "pro", matchType: "exact" } }, required_scopes: ["x", "y"] },
    });
    expect(compiled).toEqual([
      {
        pattern: "a",
        appliesTo: expect.any(Function),
        claimRules: [{ claim: "tier", matchType: "exact", values: ["pro"] }],
        requiredScopes: ["x", "y"],
      },
    ]);
  });
});
