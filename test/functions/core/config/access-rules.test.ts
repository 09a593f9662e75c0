import fc from "fast-check";
import * as v from "valibot";
import { describe, expect, it } from "vitest";
import {
  compileAccessRules,
  compileGlob,
  namePatternFault,
  nameRulesSchema,
  uriPatternFault,
} from "../../../../functions/core/config/access-rules.ts";

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
  ])("applies the exact name before the longest glob, and that before *: %s by %s", (name, pattern) => {
    expect(deciding(rules, name)).toBe(pattern);
  });

  it("finds no rule for a name that no rule matches", () => {
    expect(deciding({ "a*": rule() }, "b")).toBeUndefined();
  });

  it("decides in the same way between globs of equal length, in any order in the file", () => {
    expect(deciding({ "a*b": rule(), "ab*": rule() }, "abb")).toBe("a*b");
    expect(deciding({ "ab*": rule(), "a*b": rule() }, "abb")).toBe("a*b");
  });

  it("applies an exact name before a longer glob, in any order in the file", () => {
    expect(deciding({ "a*b": rule(), ab: rule() }, "ab")).toBe("ab");
    expect(deciding({ ab: rule(), "a*b": rule() }, "ab")).toBe("ab");
  });

  it("requires no claims and no scopes for an empty rule", () => {
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

describe("patterns of access rules", () => {
  describe("namePatternFault", () => {
    it.each(["*", "admin_*", "*_list", "a b*", "été"])("accepts %s", (pattern) =>
      expect(namePatternFault(pattern)).toBeUndefined(),
    );

    it.each([
      [" admin_*", ' Write "admin_*".'],
      ["admin ", ' Write "admin".'],
      ["e\u0301*", ' Write "\u00e9*".'],
      ["ad\u200bmin", " Write it as the server lists it."],
      ["admin\n", ' Write "admin".'],
      ["x".repeat(257), " Write it as the server lists it."],
      ["", " Write it as the server lists it."],
    ])("rejects %j, which matches no name", (pattern, advice) => {
      const fault = namePatternFault(pattern) as string;
      expect(fault).toMatch(/^expected a name or a glob (?:in|with|that)/);
      expect(fault.endsWith(`: requests with names in another form are denied.${advice}`)).toBe(true);
    });
  });

  describe("uriPatternFault", () => {
    it.each([
      "*",
      "**",
      "file:///private/*",
      "docs://private/*",
      "docs://private*",
      "docs*",
      "docs:*",
      "*://private/*",
      "*//private/*",
      "*/private/*",
      "*private*",
      "*.txt",
      "*?secret*",
      "docs://*:8080/*",
      "docs://h:*/x",
      "docs://[*]/x",
      "docs://a/..*",
      "docs://a/*/b/*/c/*/d/*",
      "docs://a/b%20c*",
      "*%20*",
      "https://example.com/*",
      "https://example.com*",
    ])("accepts %s", (pattern) => expect(uriPatternFault(pattern)).toBeUndefined());

    it.each([
      ["DOCS://Private/A*", "docs://private/A*"],
      ["docs://a/./b*", "docs://a/b*"],
      ["docs://a/x/../b/*", "docs://a/b/*"],
      ["docs://a/../../b", "docs://a/b"],
      ["docs://a//b", "docs://a/b"],
      ["docs://a/%41*", "docs://a/A*"],
      ["docs://a/caf%c3%a9", "docs://a/caf%C3%A9"],
      ["docs://a/caf\u00e9/*", "docs://a/caf%C3%A9/*"],
      ["docs://a/cafe\u0301", "docs://a/caf%C3%A9"],
      ["docs://a/b c?d=e", "docs://a/b%20c?d=e"],
      ["docs://a/b#*", "docs://a/b"],
      ["https://Example.com:443/a", "https://example.com/a"],
      ["http://example.com:80/a", "http://example.com/a"],
      ["docs://a:/b", "docs://a/b"],
      ["docs://user@a/b", "docs://a/b"],
      ["file:/x", "file:///x"],
      ["file://localhost/x", "file:///x"],
    ])("rejects %s and lists %s", (pattern, spelling) => {
      const fault = uriPatternFault(pattern) as string;
      expect(fault).toMatch(/^expected a URI or a glob (?:in|of|with|that)/);
      expect(fault.endsWith(`: requests with URIs in another form are denied. Write "${spelling}".`)).toBe(
        true,
      );
    });

    it.each([
      "",
      "private/*",
      "docs:private/*",
      "urn:isbn:*",
      "docs:///private/*",
      "docs://./private/*",
      "docs://a/%2F*",
      "docs://a/b%25*",
      "docs://a/b;*",
      "docs://{name}/*",
      "docs://a//*//b/*/c",
      "docs://a\ud800/*",
      "https://user:password@example.com:8443/*/*/..",
    ])("rejects %j, which matches no URI", (pattern) => {
      expect(uriPatternFault(pattern)).toMatch(/: requests with URIs in another form are denied\. Write /);
    });

    it("rejects percent-encoded punctuation, to which no rule applies", () => {
      expect(uriPatternFault("docs://a/b%281%29*")).toBe(
        'expected unescaped punctuation, got "docs://a/b%281%29*": rules are compared with URIs in which punctuation is unescaped. Write "docs://a/b(1)*".',
      );
    });

    it.each(["docs://a/%2*", "docs://a/%*", "docs://a/%", "docs://a/%2"])(
      "rejects %s, which splits a percent-encoded character",
      (pattern) =>
        expect(uriPatternFault(pattern)).toBe(
          `expected whole escapes (%20), got "${pattern}": "*" cannot replace part of an escape.`,
        ),
    );
  });
});

describe("globs", () => {
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
    ])("matches %s against %j: %s", (glob, name, expected) => {
      expect(compileGlob(glob)(name)).toBe(expected);
    });

    it("matches the same names as the equivalent regular expression", () => {
      const text = fc.stringMatching(/^[ab*]{0,8}$/);
      fc.assert(
        fc.property(text, fc.stringMatching(/^[ab]{0,10}$/), (glob, name) => {
          expect(compileGlob(glob)(name)).toBe(new RegExp(`^${glob.replaceAll("*", ".*")}$`).test(name));
        }),
        { numRuns: 1000 },
      );
    });

    it("runs in linear time for globs that make backtracking matchers hang", () => {
      expect(compileGlob(`${"*a".repeat(200)}*b`)("a".repeat(8000))).toBe(false);
    });
  });
});
