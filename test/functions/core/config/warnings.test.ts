import { describe, expect, it } from "vitest";
import type { ClaimRules } from "../../../../functions/core/config/claim-rules.ts";
import { parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../../../functions/core/config/server-config.ts";
import { configWarnings } from "../../../../functions/core/config/warnings.ts";
import { AGENTIC_ISSUER, faultLines, jwtBlock, serverFile } from "../../../support/config-blocks.ts";

function serverWarnings(changes: Record<string, unknown>): string[] {
  const parsed = parseServerConfig(JSON.stringify(serverFile(changes)));
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return faultLines({ ok: false, faults: configWarnings(parsed.config) });
}

const blockWarnings = (changes: Record<string, unknown>) =>
  serverWarnings({ jwt_validation: jwtBlock(changes) });
const EC_KEY = { kty: "EC", crv: "P-256", kid: "e1", x: "abc", y: "def" };
const ISS = { iss: { values: AGENTIC_ISSUER } };

describe("configWarnings", () => {
  it("has none for plain files", () => {
    expect(serverWarnings({})).toEqual([]);
    expect(
      blockWarnings({
        claimValues: {
          ...ISS,
          tier: { values: ["a"] },
          tiers: { values: ["a", "b"], matchType: "contains" },
        },
      }),
    ).toEqual([]);
    const parsed = parseGatewayConfig("{}");
    expect(parsed.ok && configWarnings(parsed.config)).toEqual([]);
  });

  it("names key sources that lose", () => {
    const introspectEndpoint = "https://a.example/i";
    expect(
      blockWarnings({ introspectEndpoint, introspectCacheMaxAge: 300, jwks: { keys: [EC_KEY] } }),
    ).toEqual([
      'jwt_validation.jwks: ignored, because "introspectEndpoint" wins over it. Remove one of the two.',
      'jwt_validation.jwksUri: ignored, because "introspectEndpoint" wins over it. Remove one of the two.',
    ]);
  });

  it("names an introspection cache that is shorter than API Gateway's", () => {
    const introspectEndpoint = "https://a.example/i";
    expect(blockWarnings({ introspectEndpoint, introspectCacheMaxAge: 60, jwksUri: undefined })).toEqual([
      "jwt_validation.introspectCacheMaxAge: 60 seconds, but API Gateway keeps decisions for authorizerCacheTtl, which is 300 unless set. A stack deployed with this configuration keeps to 60; where the stack is deployed without it (config=external), set -c authorizerCacheTtl=60, or revoked tokens stay allowed for longer.",
    ]);
    expect(blockWarnings({ introspectCacheMaxAge: 0 })).toEqual([]);
  });

  it("names exact rules with several values, which never match", () => {
    const message =
      '"exact" compares one value with one value, so a list of 2 never matches and nobody gets in. Use "contains" to accept any of them.';
    const required_claims = { tier: { values: ["a", "b"] } };
    expect(blockWarnings({ claimValues: { ...ISS, "a.b": { values: ["a", "b"] } } })).toEqual([
      `jwt_validation.claimValues["a.b"].values: ${message}`,
    ]);
    expect(
      serverWarnings({
        tool_authorization: { "*": {}, "a*": { required_claims } },
        prompt_authorization: { "*": {}, p: { required_claims } },
        resource_authorization: { "*": {}, "docs://r": { required_claims } },
      }),
    ).toEqual([
      `tool_authorization["a*"].required_claims.tier.values: ${message}`,
      `prompt_authorization.p.required_claims.tier.values: ${message}`,
      `resource_authorization["docs://r"].required_claims.tier.values: ${message}`,
    ]);
  });

  it("names rules without an entry for all other names", () => {
    const message =
      'has no "*" entry, so every name that no entry covers is allowed, also another name by which the server knows a restricted one. Add "*" with what is required of all others, and {} for what is open to everyone.';
    expect(
      serverWarnings({
        tool_authorization: { a: {}, "a*": {} },
        prompt_authorization: {},
        resource_authorization: { "*": {} },
      }),
    ).toEqual([`tool_authorization: ${message}`, `prompt_authorization: ${message}`]);
  });

  it("names an audience that isolates nothing", () => {
    const iss = { values: "https://api.descope.com/v1/apps/P2abc" };
    expect(
      blockWarnings({ claimValues: { iss, aud: { values: ["P2abc"], matchType: "contains" } } }),
    ).toEqual([
      "jwt_validation.claimValues.aud: every token of the Descope project names the project id as audience, so this rule keeps nobody out. Use the MCP Server URL.",
    ]);
    expect(blockWarnings({ claimValues: { iss, aud: { values: "https://mcp.example.com" } } })).toEqual([]);
    expect(blockWarnings({ claimValues: { iss, aud: { values: "^P2abc$", matchType: "regex" } } })).toEqual(
      [],
    );
    expect(blockWarnings({ claimValues: { ...ISS, aud: { values: "P2abc" } } })).toEqual([]);
  });

  it.each<[unknown, string, boolean]>([
    [["P2abc", "https://mcp.example.com"], "contains", true],
    [["P2abc", "https://mcp.example.com"], "containsAll", false],
    [["P2abc", "P2def"], "containsAll", true],
    ["P2abc", "regex", true],
    ["P2abc", "exact", true],
    ["https://mcp.example.com", "contains", false],
  ])("knows whether the audience %j compared by %s isolates nothing: %s", (values, matchType, warned) => {
    const iss = { values: [AGENTIC_ISSUER, "https://api.descope.com/v1/apps/P2abc"], matchType: "contains" };
    const warnings = blockWarnings({ claimValues: { iss, aud: { values, matchType } } });
    expect(warnings.some((line) => line.startsWith("jwt_validation.claimValues.aud: every token"))).toBe(
      warned,
    );
  });

  it("says nothing about an audience where a rule for it, or for the issuer, is missing", () => {
    const parsed = parseServerConfig(JSON.stringify(serverFile({ jwt_validation: jwtBlock() })));
    if (!parsed.ok || parsed.config.jwt_validation === undefined) throw new Error("refused");
    const { config } = parsed;
    const withRules = (claimValues: ClaimRules) =>
      configWarnings({
        ...config,
        jwt_validation: { ...parsed.config.jwt_validation, claimValues } as never,
      });
    expect(withRules({ iss: { values: "P2abc", matchType: "exact" } })).toEqual([]);
    expect(withRules({ aud: { values: "P2abc", matchType: "exact" } })).toEqual([]);
  });

  it("names jwksUri beside jwks", () => {
    expect(blockWarnings({ jwks: { keys: [EC_KEY] } })).toEqual([
      'jwt_validation.jwksUri: ignored, because "jwks" wins over it. Remove one of the two.',
    ]);
  });

  it.each([
    "Authorization",
    "cookie",
    "X-API-Key",
    "x_api_key",
    "ApiKey",
    "My-Token-2",
    "token",
    "X-Client-Secret",
    "Db-Password-Old",
  ])("takes %s for a credential", (name) => {
    expect(serverWarnings({ headers: { [name]: "hunter2" } })).toHaveLength(1);
    expect(serverWarnings({ headers: { [name]: "Bearer {{ssm:/k}}" } })).toEqual([]);
  });

  it.each([
    "X-Authorization-Hint",
    "X-Cookie",
    "Cookies",
    "X-Api-Version",
    "X-Apixkey",
    "X-Key",
    "Authorizations",
  ])("takes %s for no credential", (name) =>
    expect(serverWarnings({ headers: { [name]: "1" } })).toEqual([]),
  );

  it("looks into the block of gateway.json too", () => {
    const parsed = parseGatewayConfig(
      JSON.stringify({ jwt_validation: jwtBlock({ requiredClaims: ["email"] }) }),
    );
    expect(parsed.ok && configWarnings(parsed.config).map((warning) => warning.path)).toEqual([
      "jwt_validation.requiredClaims",
    ]);
  });

  it("names email as a claim that Descope does not send by itself", () => {
    expect(blockWarnings({ requiredClaims: ["sub", "email"] })).toEqual([
      'jwt_validation.requiredClaims: Descope puts no "email" into access tokens unless a JWT template or a custom claim adds it; without one, nobody gets in.',
    ]);
  });

  it("names credentials in plain text, without repeating them", () => {
    expect(
      serverWarnings({
        headers: { Authorization: "Bearer hunter2", "X-Api-Key": "{{ssm:/k}}", "X-Static": "1" },
      }),
    ).toEqual([
      'headers.Authorization: looks like a credential in plain text. Store it in SSM and write "{{ssm:/name}}" here.',
    ]);
  });

  it("names a URL of the transport of 2024-11-05", () => {
    expect(serverWarnings({ url: "https://tools.example.com/sse" })).toEqual([
      "url: ends in /sse, as URLs of the HTTP+SSE transport of MCP 2024-11-05 do, which the gateway does not relay. Name the server's Streamable HTTP endpoint, often /mcp.",
    ]);
  });

  it("names a wait for a response that API Gateway does not allow", () => {
    expect(serverWarnings({ timeouts: { first_byte_ms: 290_000 } })).toEqual([]);
    expect(serverWarnings({ timeouts: { first_byte_ms: 290_001 } })).toEqual([
      "timeouts.first_byte_ms: 290001 ms, but API Gateway ends a response that has not begun after 5 minutes. Set at most 290000; a tool that runs longer must report progress in an event stream.",
    ]);
  });
});
