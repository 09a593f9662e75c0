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
  it("is one URL, a list, or a list with commas", () => {
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

  it("is the inline key set where both are given", () => {
    expect(rules({ jwks: { keys: [EC_KEY] } }).keySource).toMatchObject({
      type: "jwks",
      keys: [EC_KEY],
      keySet: { kids: [EC_KEY.kid] },
    });
  });

  it("is introspection where all three are given", () => {
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

describe("times", () => {
  it("caps the age of keys at ten minutes, and keeps a shorter one", () => {
    expect(rules().cacheMaxAgeSeconds).toBe(600);
    expect(rules({ cacheMaxAge: 60 }).cacheMaxAgeSeconds).toBe(60);
  });

  it("knows no age of tokens where none is given", () => {
    expect(rules().maxTokenAgeSeconds).toBeUndefined();
  });

  it("keeps keys for ten minutes where just that is given", () => {
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
  ])("reads %s as %i seconds", (maxTokenAge, seconds) => {
    expect(rules({ maxTokenAge }).maxTokenAgeSeconds).toBe(seconds);
  });
});

describe("the hash", () => {
  const base = rules().hash;

  it("is the same for the same rules, whatever the order of keys", () => {
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
  ])("differs by %s", (_name, changes) => {
    expect(rules(changes).hash).not.toBe(base);
  });

  it("differs by header", () => {
    expect(rules({}, "X-Token").hash).not.toBe(base);
  });
});
