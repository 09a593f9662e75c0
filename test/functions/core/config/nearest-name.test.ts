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

  it("prefers the nearer of two", () => {
    expect(nearestName("abcd", ["abxy", "abcx"])).toBe("abcx");
  });
});
