import fc from "fast-check";
import { describe, expect, it } from "vitest";
import {
  type Claims,
  claimMatches,
  largestClaims,
  readClaim,
  readScopes,
} from "../../../functions/core/claims.ts";
import { anyClaimName } from "../../support/json-values.ts";
import { claimRule } from "../../support/rules.ts";

/** Claims as they come out of a token: `__proto__` is then an own member. */
function parsed(json: string): Claims {
  return JSON.parse(json);
}

describe("readClaim", () => {
  const claims = {
    role: "pro",
    "https://example.com/role": "admin",
    "tenants.T1": "flat",
    tenants: { T1: "nested", T2: { roles: ["editor"], permissions: [] } },
    list: [{ name: "x" }],
    zero: 0,
    no: false,
  };

  it.each([
    ["a top-level claim", "role", "pro"],
    ["a claim named by a URL", "https://example.com/role", "admin"],
    ["a dotted claim before the path of the same name", "tenants.T1", "flat"],
    ["a path", "tenants.T2.roles", ["editor"]],
    ["an object", "tenants", claims.tenants],
    ["zero", "zero", 0],
    ["false", "no", false],
    ["nothing for an absent claim", "email", undefined],
    ["nothing for a path that ends early", "role.x", undefined],
    ["nothing for a path below an absent claim", "a.b.c", undefined],
    ["nothing for an array index", "list.0", undefined],
    ["nothing for a member of an array's elements", "list.0.name", undefined],
    ["nothing for the length of an array", "list.length", undefined],
    ["nothing for the length of a string", "role.length", undefined],
    ["nothing for an empty path segment", "tenants..T2", undefined],
    ["nothing for the empty name", "", undefined],
  ])("reads %s", (_, name, expected) => {
    expect(readClaim(claims, name)).toEqual(expected);
  });

  it.each([
    ["null", null],
    ["an empty string", ""],
    ["an empty array", []],
  ])("treats %s as absent, as a top-level claim and below a path", (_, value) => {
    expect(readClaim({ claim: value, outer: { inner: value } }, "claim")).toBeUndefined();
    expect(readClaim({ outer: { inner: value } }, "outer.inner")).toBeUndefined();
  });

  it("does not follow a path through null", () => {
    expect(readClaim({ tenants: null }, "tenants.T1")).toBeUndefined();
  });

  it("does not fall back to the path if a claim with the full name is empty", () => {
    expect(readClaim({ "a.b": "", a: { b: "deep" } }, "a.b")).toBeUndefined();
  });

  it.each(["toString", "constructor", "__proto__", "hasOwnProperty", "a.constructor", "__proto__.toString"])(
    "does not read %s, which objects inherit",
    (name) => {
      expect(readClaim({ a: {} }, name)).toBeUndefined();
    },
  );

  it("reads a claim that has the name of an inherited member", () => {
    const claims = parsed('{"__proto__":"x","constructor":{"__proto__":["y"]}}');
    expect(readClaim(claims, "__proto__")).toBe("x");
    expect(readClaim(claims, "constructor.__proto__")).toEqual(["y"]);
  });
});

describe("readClaim with dots in claim names", () => {
  const claims = {
    tenants: {
      "acme.com": { roles: ["admin"], "roles.old": ["viewer"] },
      acme: { "com.roles": "no", com: { roles: "no" } },
      "a.b": { c: 1 },
      a: { b: { c: 2, d: 3 } },
    },
    resource_access: { "mcp.example.com": { roles: ["user"] } },
    "tenants.acme": { "com.roles": "longer" },
    "b.c": { d: 1 },
    b: { "c.d": 2 },
  };

  it.each([
    ["a dotted step in the middle", "resource_access.mcp.example.com.roles", ["user"]],
    ["the longest name first, at the top level too", "tenants.acme.com.roles", "longer"],
    ["the longest name at a step, without a way back", "tenants.a.b.c", 1],
    ["nothing below the longest name, though a shorter one had it", "tenants.a.b.d", undefined],
    ["the longer of two names at the top level", "b.c.d", 1],
  ])("reads %s", (_, name, expected) => {
    expect(readClaim(claims, name)).toEqual(expected);
  });

  it("reads dots at the start and end of a claim name as part of it", () => {
    expect(readClaim({ "a.": { b: 1 }, ".c": 2 }, "a..b")).toBe(1);
    expect(readClaim({ ".c": 2 }, ".c")).toBe(2);
    expect(readClaim({ a: { "": 1 } }, "a.")).toBe(1);
  });
});

describe("claimMatches with exact", () => {
  it.each([
    ["equal strings", "pro", "pro"],
    ["a one-element array and a value", ["a"], "a"],
    ["a value and a one-element array", "a", ["a"]],
    ["a number and its text", 5, "5"],
    ["a text and its number", "5", 5],
    ["a boolean and its text", true, "true"],
    ["a text and its boolean", "false", false],
    ["a one-element array of a number", [5], "5"],
  ])("matches %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values))).toBe(true);
  });

  it.each([
    ["another value", "free", "pro"],
    ["another case", "Pro", "pro"],
    ["a substring", "pro-plus", "pro"],
    ["trailing space", "pro ", "pro"],
    ["a two-element array that holds the value", ["a", "b"], "a"],
    ["a two-element array of the same value", ["a", "a"], "a"],
    ["two configured values", "a", ["a", "b"]],
    ["two equal arrays of two", ["a", "b"], ["a", "b"]],
    ["an object", { a: 1 }, "[object Object]"],
    ["an object in an array", [{ a: 1 }], "[object Object]"],
    ["an array in an array", [["a"]], "a"],
    ["null", null, "null"],
    ["an absent claim", undefined, "undefined"],
    ["null in an array", [null], "null"],
    ["an array that has an object beside the value", ["a", {}], "a"],
  ])("does not match %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values))).toBe(false);
  });

  it.each([
    ["no value at all", "a", []],
    ["no value and no claim", undefined, []],
  ])("does not match if the rule has %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values))).toBe(false);
  });
});

describe("claimMatches with contains", () => {
  it.each([
    ["one of several elements", ["a", "b"], "b"],
    ["one of several configured values", "b", ["a", "b"]],
    ["a number among the elements", [1, 2], "2"],
    ["a boolean", true, ["true"]],
    ["one element beside an object", [{}, "a"], "a"],
  ])("matches %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values, "contains"))).toBe(true);
  });

  it.each([
    ["a substring of the claim", "administrator", "admin"],
    ["a substring of an element", ["administrator"], "admin"],
    ["a word of a claim that is no scope", "read write", "read"],
    ["no common element", ["a"], ["b", "c"]],
    ["an empty claim", [], "a"],
    ["an absent claim", undefined, "a"],
    ["an object that has the value as a key", { a: 1 }, "a"],
    ["no configured value", ["a"], []],
  ])("does not match %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values, "contains"))).toBe(false);
  });
});

describe("claimMatches with containsAll", () => {
  it.each([
    ["all values among more elements", ["a", "b", "c"], ["c", "a"]],
    ["one value equal to the claim", "a", "a"],
    ["mixed types", [1, true], ["1", "true"]],
  ])("matches %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values, "containsAll"))).toBe(true);
  });

  it.each([
    ["one value missing", ["a", "b"], ["a", "b", "c"]],
    ["a substring", ["administrator"], "admin"],
    ["an absent claim", undefined, "a"],
    ["no configured value (defect 8 of the reference gateway)", ["a"], []],
    ["no configured value and no claim (defect 8)", undefined, []],
  ])("does not match %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values, "containsAll"))).toBe(false);
  });
});

describe("claimMatches with regex", () => {
  it.each([
    ["a pattern anywhere in the claim", "user-admin-1", "admin"],
    ["an anchored pattern", "admin", "^admin$"],
    ["one of several patterns", "b1", ["^a\\d$", "^b\\d$"]],
    ["one of several elements", ["x", "team-7"], "^team-\\d+$"],
    ["a number", 42, "^4"],
  ])("matches %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values, "regex"))).toBe(true);
  });

  it.each([
    ["an anchored pattern with more around it", "xadmin", "^admin$"],
    ["a line break before the end", "admin\nx", "^admin$"],
    ["another case", "Admin", "admin"],
    ["an object", { a: "admin" }, ".*"],
    ["an object in an array", [{ a: "admin" }], ".*"],
    ["an absent claim", undefined, ".*"],
    ["null", null, "null"],
  ])("does not match %s", (_, claim, values) => {
    expect(claimMatches({ claim }, claimRule("claim", values, "regex"))).toBe(false);
  });

  it("does not match if no pattern was compiled", () => {
    expect(claimMatches({ claim: "a" }, { claim: "claim", matchType: "regex", values: ["a"] })).toBe(false);
  });

  it("runs in linear time for a pattern that makes backtracking engines hang", () => {
    const claim = `${"a".repeat(100_000)}!`;
    expect(claimMatches({ claim }, claimRule("claim", "^(a+)+$", "regex"))).toBe(false);
  });
});

describe("claimMatches with scope, scp and scopes", () => {
  it.each(["scope", "scp", "scopes"])("splits %s on white space", (name) => {
    const claims = { [name]: "read  write\t\r\nadmin" };
    expect(claimMatches(claims, claimRule(name, "write", "contains"))).toBe(true);
    expect(claimMatches(claims, claimRule(name, ["read", "admin"], "containsAll"))).toBe(true);
    expect(claimMatches(claims, claimRule(name, "read  write admin"))).toBe(false);
    expect(claimMatches({ [name]: " read " }, claimRule(name, "read"))).toBe(true);
  });

  it.each(["scope", "scp", "scopes"])("reads %s as it is if it is an array", (name) => {
    expect(claimMatches({ [name]: ["read write"] }, claimRule(name, "read", "contains"))).toBe(false);
    expect(claimMatches({ [name]: ["read write"] }, claimRule(name, "read write"))).toBe(true);
  });

  it("finds no scope in a blank string", () => {
    expect(claimMatches({ scope: "  " }, claimRule("scope", ".*", "regex"))).toBe(false);
  });
});

describe("claimMatches with paths", () => {
  it("matches a claim below a path", () => {
    const claims = { tenants: { T2abc: { roles: ["viewer", "editor"] } } };
    expect(claimMatches(claims, claimRule("tenants.T2abc.roles", "editor", "contains"))).toBe(true);
    expect(claimMatches(claims, claimRule("tenants.T2xyz.roles", "editor", "contains"))).toBe(false);
  });
});

describe("claimMatches with arbitrary claim names", () => {
  it("matches if the token has exactly that claim, and not otherwise", () => {
    const text = fc.string({ minLength: 1 }).filter((value) => !value.includes(" "));
    fc.assert(
      fc.property(anyClaimName, anyClaimName, text, (name, other, value) => {
        const claims = parsed(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);
        expect(readClaim(claims, name)).toBe(value);
        expect(claimMatches(claims, claimRule(name, value))).toBe(true);
        if (other !== name) expect(readClaim(claims, other)).toBeUndefined();
      }),
    );
  });

  it("never matches and never throws for values that are not scalars", () => {
    const objects = fc.oneof(fc.constant(null), fc.dictionary(fc.string(), fc.jsonValue()));
    fc.assert(
      fc.property(anyClaimName, objects, fc.string({ minLength: 1 }), (name, value, wanted) => {
        const claims = parsed(`{${JSON.stringify(name)}:${JSON.stringify(value)}}`);
        for (const matchType of ["exact", "contains", "containsAll"] as const) {
          expect(claimMatches(claims, claimRule(name, wanted, matchType))).toBe(false);
        }
      }),
    );
  });
});

describe("readScopes", () => {
  it.each([
    ["scope as text", { scope: "read  write" }, ["read", "write"]],
    ["scope as an array", { scope: ["read", "write"] }, ["read", "write"]],
    ["scp", { scp: "read" }, ["read"]],
    ["Descope's scopes array", { scopes: ["read", "write"] }, ["read", "write"]],
    [
      "scopes as text, with any white space",
      { scopes: "read\twrite\u00a0admin\n" },
      ["read", "write", "admin"],
    ],
    ["scope before scp", { scp: "b", scope: "a", scopes: ["c"] }, ["a"]],
    ["scp where scope is empty", { scope: "", scp: "b" }, ["b"]],
    ["only the scalars of an array", { scope: ["a", { b: 1 }, null] }, ["a"]],
    ["nothing", {}, []],
  ])("reads %s", (_, claims, expected) => {
    expect(readScopes(claims)).toEqual(expected);
  });

  it("does not read permissions or roles as scopes", () => {
    expect(readScopes({ permissions: ["admin"], roles: ["admin"] })).toEqual([]);
  });
});

describe("largestClaims", () => {
  it("returns the three claims with the longest JSON, largest first", () => {
    const claims = { a: "x", b: "x".repeat(30), c: ["x".repeat(50)], d: { e: "x".repeat(40) } };
    expect(largestClaims(claims)).toEqual(["c", "d", "b"]);
  });

  it("returns fewer claims if the token has fewer", () => {
    expect(largestClaims({ a: 1 })).toEqual(["a"]);
  });
});
