import { describe, expect, it } from "vitest";
import type { JwtValidation } from "../../../../functions/core/config/jwt-validation.ts";
import { parseServerConfig } from "../../../../functions/core/config/server-config.ts";
import { compileTokenRules } from "../../../../functions/core/config/token-rules.ts";
import { AGENTIC_ISSUER, jwtBlock, serverFile } from "../../../support/config-blocks.ts";

const EC_KEY = { kty: "EC", crv: "P-256", kid: "e1", x: "abc", y: "def" };

function rules(changes: Record<string, unknown> = {}, headerKey = "Authorization") {
  const parsed = parseServerConfig(JSON.stringify(serverFile({ jwt_validation: jwtBlock(changes) })));
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return compileTokenRules(parsed.config.jwt_validation as JwtValidation, headerKey);
}

describe("the key source", () => {
  it("can be one URL, a list, or a string with commas", () => {
    expect(rules({ jwksUri: "https://a.example/j" }).keySource).toEqual({
      type: "jwks_uri",
      urls: ["https://a.example/j"],
    });
    expect(rules({ jwksUri: ["https://a.example/j", "https://b.example/j"] }).keySource).toEqual({
      type: "jwks_uri",
      urls: ["https://a.example/j", "https://b.example/j"],
    });
    expect(rules({ jwksUri: "https://a.example/j , https://b.example/j" }).keySource).toEqual({
      type: "jwks_uri",
      urls: ["https://a.example/j", "https://b.example/j"],
    });
  });

  it("is the inline key set if both are configured", () => {
    expect(rules({ jwks: { keys: [EC_KEY] } }).keySource).toMatchObject({
      type: "jwks",
      keys: [EC_KEY],
      keySet: { kids: [EC_KEY.kid] },
    });
  });

  it("is introspection if all three are configured", () => {
    const changes = {
      jwks: { keys: [EC_KEY] },
      introspectEndpoint: "https://idp.example/i",
      introspectClientId: "gw",
      introspectClientSecret: "{{ssm:/s}}",
      introspectCacheMaxAge: 30,
    };
    expect(rules(changes).keySource).toEqual({
      type: "introspection",
      endpoint: "https://idp.example/i",
      contentType: "application/x-www-form-urlencoded",
      clientId: "gw",
      clientSecret: "{{ssm:/s}}",
      cacheMaxAgeSeconds: 30,
    });
  });
});

describe("the times of the token rules", () => {
  it("limit the age of keys to ten minutes, and keep a shorter limit", () => {
    expect(rules().cacheMaxAgeSeconds).toBe(600);
    expect(rules({ cacheMaxAge: 60 }).cacheMaxAgeSeconds).toBe(60);
  });

  it("do not limit the age of tokens by default", () => {
    expect(rules().maxTokenAgeSeconds).toBeUndefined();
  });

  it("keep keys for ten minutes if exactly that is configured", () => {
    expect(rules({ cacheMaxAge: 599 }).cacheMaxAgeSeconds).toBe(599);
    expect(rules({ cacheMaxAge: 601 }).cacheMaxAgeSeconds).toBe(600);
  });

  it.each<[string | number, number]>([
    ["30s", 30],
    ["5m", 300],
    ["12h", 43_200],
    ["1d", 86_400],
    ["90", 90],
    [90, 90],
  ])("read %s as %i seconds", (maxTokenAge, seconds) => {
    expect(rules({ maxTokenAge }).maxTokenAgeSeconds).toBe(seconds);
  });
});

describe("the hash of the token rules", () => {
  const base = rules().hash;

  it("is the same for the same rules, in any order of keys", () => {
    const { claimValues, jwksUri } = jwtBlock();
    const parsed = parseServerConfig(
      JSON.stringify({ jwt_validation: { claimValues, jwksUri }, url: "https://other.example/mcp" }),
    );
    expect(
      parsed.ok && compileTokenRules(parsed.config.jwt_validation as JwtValidation, "Authorization").hash,
    ).toBe(base);
  });

  it.each<[string, Record<string, unknown>]>([
    ["key URL", { jwksUri: "https://b.example/j" }],
    ["key source", { jwks: { keys: [EC_KEY] } }],
    ["algorithms", { algorithms: ["ES256"] }],
    ["tolerance", { clockTolerance: 6 }],
    ["key age", { cacheMaxAge: 60 }],
    ["token age", { maxTokenAge: 60 }],
    ["required claims", { requiredClaims: ["email"] }],
    ["claim values", { claimValues: { iss: { values: `${AGENTIC_ISSUER}2` } } }],
    ["match type", { claimValues: { iss: { values: AGENTIC_ISSUER, matchType: "contains" } } }],
    ["claim name", { claimValues: { iss: { values: AGENTIC_ISSUER }, aud: { values: "x" } } }],
    [
      "pattern",
      { claimValues: { iss: { values: AGENTIC_ISSUER }, aud: { values: "x", matchType: "regex" } } },
    ],
  ])("differs if the rules differ by %s", (_name, changes) => {
    expect(rules(changes).hash).not.toBe(base);
  });

  it("differs if the header differs", () => {
    expect(rules({}, "X-Token").hash).not.toBe(base);
  });
});
