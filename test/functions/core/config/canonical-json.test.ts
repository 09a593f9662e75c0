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

  it("hashes with SHA-256", () => {
    expect(canonicalHash({})).toBe("44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
  });
});
