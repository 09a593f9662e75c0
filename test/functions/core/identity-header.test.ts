import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { asciiJson, claimsHeaderValue } from "../../../functions/core/identity-header.ts";
import { readJson } from "../../../functions/core/json.ts";
import { anyClaims } from "../../support/json-values.ts";

describe("claimsHeaderValue", () => {
  it("writes the claims as one line of JSON", () => {
    expect(claimsHeaderValue({ sub: "U2", roles: ["a", "b"], n: 1, ok: true, o: { x: null } }, 8192)).toEqual(
      {
        ok: true,
        value: '{"sub":"U2","roles":["a","b"],"n":1,"ok":true,"o":{"x":null}}',
      },
    );
  });

  it.each([
    ["a name in Chinese", "李", '{"name":"\\u674e"}'],
    ["an emoji as two escapes", "😀", '{"name":"\\ud83d\\ude00"}'],
    ["an accent", "é", '{"name":"\\u00e9"}'],
    ["CR and LF", "a\r\nX-User-Claims: {}", '{"name":"a\\r\\nX-User-Claims: {}"}'],
    ["NUL", "\0", '{"name":"\\u0000"}'],
    ["DEL", "\x7f", '{"name":"\\u007f"}'],
    ["a tilde, the last character that stays", "~", '{"name":"~"}'],
    ["a quote", '"', '{"name":"\\""}'],
    ["the line separator", "\u2028", '{"name":"\\u2028"}'],
    ["half a surrogate pair", "\ud800", '{"name":"\\ud800"}'],
  ])("escapes %s, so that the value is ASCII (defect 12 of the reference gateway)", (_, name, value) => {
    expect(claimsHeaderValue({ name }, 8192)).toEqual({ ok: true, value });
  });

  it("escapes claim names, too", () => {
    expect(claimsHeaderValue({ "ключ\n": 1 }, 8192)).toEqual({
      ok: true,
      value: '{"\\u043a\\u043b\\u044e\\u0447\\n":1}',
    });
  });

  it("keeps the digits of a number that a double would change", () => {
    const claims = { user_id: JSON.rawJSON("1162345678901234567"), nested: [JSON.rawJSON("1.0")] };
    expect(claimsHeaderValue(claims, 8192)).toEqual({
      ok: true,
      value: '{"user_id":1162345678901234567,"nested":[1.0]}',
    });
  });

  it("accepts a value of exactly the maximum size", () => {
    const result = claimsHeaderValue({ a: "x".repeat(100 - 8) }, 100);
    expect(result).toMatchObject({ ok: true });
    expect((result as { value: string }).value).toHaveLength(100);
  });

  it("denies a value that is one byte too large, with its size and the largest claims", () => {
    expect(claimsHeaderValue({ bio: "x".repeat(40), note: "y".repeat(38), a: 1, b: 2 }, 100)).toEqual({
      ok: false,
      size: 110,
      largestClaims: ["bio", "note", "a"],
    });
    expect(claimsHeaderValue({ a: "x".repeat(100 - 7) }, 100)).toEqual({
      ok: false,
      size: 101,
      largestClaims: ["a"],
    });
  });

  it("measures the bytes that are sent, not those in the token", () => {
    expect(claimsHeaderValue({ a: "李".repeat(20) }, 100)).toEqual({
      ok: false,
      size: 128,
      largestClaims: ["a"],
    });
  });
});

describe("asciiJson", () => {
  it("returns printable ASCII that parses to the same value, whatever the claims contain", () => {
    fc.assert(
      fc.property(anyClaims, (claims) => {
        const text = asciiJson(claims);
        expect(text).toMatch(/^[\x20-\x7e]*$/);
        // Compared as text: equality of objects does not see a member named __proto__.
        expect(JSON.stringify(readJson(text).value)).toBe(JSON.stringify(claims));
      }),
    );
  });
});
