import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { canonicalHash, canonicalJson } from "../../../../functions/core/config/canonical-json.ts";

describe("canonicalJson", () => {
  it("sorts keys at every depth, keeps lists in order, leaves out undefined", () => {
    expect(canonicalJson({ b: [{ d: 1, c: null }, 2], a: undefined, A: "x" })).toBe(
      '{"A":"x","b":[{"c":null,"d":1},2]}',
    );
  });

  it("is the same for any order of keys, and means the same value", () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), (value) => {
        const turned = Object.fromEntries(Object.entries(value).reverse());
        expect(canonicalJson(turned)).toBe(canonicalJson(value));
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it("writes a number that was read with its digits as these digits", () => {
    expect(canonicalJson({ b: [JSON.rawJSON("1.0")], a: JSON.rawJSON("1162345678901234567") })).toBe(
      '{"a":1162345678901234567,"b":[1.0]}',
    );
  });

  it("hashes two numbers that differ in digits a double loses as two", () => {
    const hashOf = (digits: string) => canonicalHash({ user_id: JSON.rawJSON(digits) });
    expect(hashOf("1162345678901234567")).not.toBe(hashOf("1162345678901234568"));
    expect(hashOf("1162345678901234567")).not.toBe(
      canonicalHash({ user_id: { rawJSON: "1162345678901234567" } }),
    );
  });

  it("hashes with SHA-256", () => {
    expect(canonicalHash({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });
});
