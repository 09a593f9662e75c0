import { describe, expect, it } from "vitest";
import { nearestName } from "../../../../functions/core/config/nearest-name.ts";

const KEYS = ["jwksUri", "jwks", "introspectEndpoint", "requiredClaims", "claimValues", "url"];

describe("nearestName", () => {
  it.each([
    ["jwksUrl", "jwksUri"],
    ["jwks_uri", "jwksUri"],
    ["JWKS", "jwks"],
    ["jkws", "jwks"],
    ["requireClaims", "requiredClaims"],
    ["required_claim", "requiredClaims"],
    ["claimsValues", "claimValues"],
    ["introspectionEndpoint", "introspectEndpoint"],
    ["uri", "url"],
    ["ulr", "url"],
  ])("takes %s for %s", (name, meant) => {
    expect(nearestName(name, KEYS)).toBe(meant);
  });

  it.each(["timeout", "x".repeat(5000), "completely_different"])("does not guess at %s", (name) => {
    expect(nearestName(name, KEYS)).toBeUndefined();
  });

  it.each([
    ["validation", ["jwt_validation", "public_url"], "jwt_validation"],
    ["header", ["claims_header", "bearer"], "claims_header"],
    ["header", ["claims_header", "jwt_header", "bearer"], undefined],
    ["heeder", ["claims_header", "jwt_header", "bearer"], undefined],
    ["eu", ["us", "aps2"], undefined],
    ["ur", ["url"], "url"],
  ])("takes %s among %j for %s", (name, known, meant) => {
    expect(nearestName(name, known)).toBe(meant);
  });

  it("prefers the nearer of two, and the first of two that are as near", () => {
    expect(nearestName("abcd", ["abxy", "abcx"])).toBe("abcx");
    expect(nearestName("abcd", ["abcx", "abcy"])).toBe("abcx");
  });

  it.each([
    ["at the start", "bacd", "baxy"],
    ["in the middle", "acbd", "acxy"],
    ["at the end", "abdc", "abxy"],
  ])("takes neighbours swapped %s for a single change: %s", (_where, name, otherwise) => {
    expect(nearestName(name, [otherwise, "abcd"])).toBe("abcd");
  });

  it("does not guess at names of more than 64 characters, which are not worth the work", () => {
    expect(nearestName("x".repeat(64), ["x".repeat(63)])).toBe("x".repeat(63));
    expect(nearestName("x".repeat(65), ["x".repeat(64)])).toBeUndefined();
  });

  it("counts a swap, a letter too many and a letter too few as one change each", () => {
    expect(nearestName("bacd", ["bacx", "abcd"])).toBe("bacx");
    expect(nearestName("abcde", ["abc", "abcdx"])).toBe("abcdx");
    expect(nearestName("abcde", ["abxye", "abcd"])).toBe("abcd");
    expect(nearestName("abcd", ["abxy", "abcde"])).toBe("abcde");
  });

  it.each([
    ["abcd", "abxy", true],
    ["abcd", "axyz", false],
    ["abcdefghi", "abcdefxyz", true],
    ["abcdefghi", "abcdewxyz", false],
    ["a-b-c-d-e", "abcde", true],
    ["a_b_c_d_e", "abcde", true],
    ["a.b.c.d.e", "abcde", false],
  ])(
    "allows two changes, or one in three letters, separators aside: %s for %s is %s",
    (name, known, near) => {
      expect(nearestName(name, [known])).toBe(near ? known : undefined);
    },
  );

  it.each([
    ["b", ["ab"], "ab"],
    ["u", ["url", "jwks"], undefined],
    ["ri", ["jwksUri"], undefined],
    ["uri", ["jwksUri"], "jwksUri"],
  ])("takes a name as short as %s among %j for %s", (name, known, meant) => {
    expect(nearestName(name, known)).toBe(meant);
  });
});
