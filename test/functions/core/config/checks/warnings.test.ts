import { describe, expect, it } from "vitest";
import { configMistakes, configWarnings } from "../../../../../functions/core/config/checks/warnings.ts";
import type { ClaimRules } from "../../../../../functions/core/config/claim-rules.ts";
import { parseGatewayConfig } from "../../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../../../../functions/core/config/server-config.ts";
import { AGENTIC_ISSUER, faultLines, jwtBlock, serverFile } from "../../../../support/config-blocks.ts";

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
  it("returns no warnings for ordinary files", () => {
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

  it("warns about key sources that are ignored", () => {
    const introspectEndpoint = "https://a.example/i";
    expect(
      blockWarnings({ introspectEndpoint, introspectCacheMaxAge: 300, jwks: { keys: [EC_KEY] } }),
    ).toEqual([
      'jwt_validation.jwks: ignored, because "introspectEndpoint" takes precedence. Remove one of the two.',
      'jwt_validation.jwksUri: ignored, because "introspectEndpoint" takes precedence. Remove one of the two.',
    ]);
  });

  it("warns about an introspection cache that is shorter than API Gateway's", () => {
    const introspectEndpoint = "https://a.example/i";
    expect(blockWarnings({ introspectEndpoint, introspectCacheMaxAge: 60, jwksUri: undefined })).toEqual([
      "jwt_validation.introspectCacheMaxAge: 60 seconds, but API Gateway caches decisions for authorizerCacheTtl, which is 300 unless set. A stack that is deployed with this configuration uses 60; if the stack is deployed without it (config=external), set -c authorizerCacheTtl=60, or revoked tokens are allowed for longer.",
    ]);
    expect(blockWarnings({ introspectCacheMaxAge: 0 })).toEqual([]);
  });

  it("warns about exact rules with several values, which never match", () => {
    const message =
      '"exact" compares one value with one value, so a list of 2 never matches and every caller is denied. Use "contains" to accept any of them.';
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

  it("warns about access rules without an entry for all other names", () => {
    const message =
      'has no "*" entry: every name that matches no entry is allowed, even if the server accepts it as another name for a restricted one. Add "*" with the requirements for all other names, and {} for names that every caller may use.';
    expect(
      serverWarnings({
        tool_authorization: { a: {}, "a*": {} },
        prompt_authorization: {},
        resource_authorization: { "*": {} },
      }),
    ).toEqual([`tool_authorization: ${message}`, `prompt_authorization: ${message}`]);
  });

  it("warns about an audience that does not isolate applications", () => {
    const iss = { values: "https://api.descope.com/v1/apps/P2abc" };
    expect(
      blockWarnings({ claimValues: { iss, aud: { values: ["P2abc"], matchType: "contains" } } }),
    ).toEqual([
      "jwt_validation.claimValues.aud: every token of the Descope project has the project id as audience, so this rule denies no token. Use the MCP Server URL.",
    ]);
    const aud = { values: "https://mcp.example.com", matchType: "contains" };
    expect(blockWarnings({ claimValues: { iss, aud } })).toEqual([]);
    expect(blockWarnings({ claimValues: { iss, aud: { values: "^P2abc$", matchType: "regex" } } })).toEqual(
      [],
    );
    expect(
      blockWarnings({ claimValues: { ...ISS, aud: { values: "P2abc", matchType: "contains" } } }),
    ).toEqual([]);
  });

  it.each<[unknown, string, boolean]>([
    [["P2abc", "https://mcp.example.com"], "contains", true],
    [["P2abc", "https://mcp.example.com"], "containsAll", false],
    [["P2abc", "P2def"], "containsAll", true],
    ["P2abc", "regex", true],
    ["P2abc", "exact", true],
    ["https://mcp.example.com", "contains", false],
  ])(
    "finds out whether the audience %j compared by %s does not isolate applications: %s",
    (values, matchType, warned) => {
      const iss = {
        values: [AGENTIC_ISSUER, "https://api.descope.com/v1/apps/P2abc"],
        matchType: "contains",
      };
      const warnings = blockWarnings({ claimValues: { iss, aud: { values, matchType } } });
      expect(warnings.some((line) => line.startsWith("jwt_validation.claimValues.aud: every token"))).toBe(
        warned,
      );
    },
  );

  it("returns no warning about an audience if the rule for it or for the issuer is missing", () => {
    const parsed = parseServerConfig(JSON.stringify(serverFile({ jwt_validation: jwtBlock() })));
    if (!parsed.ok || parsed.config.jwt_validation === undefined) throw new Error("invalid");
    const { config } = parsed;
    const withRules = (claimValues: ClaimRules) =>
      configWarnings({
        ...config,
        jwt_validation: { ...parsed.config.jwt_validation, claimValues } as never,
      });
    expect(withRules({ iss: { values: "P2abc", matchType: "exact" } })).toEqual([]);
    expect(withRules({ aud: { values: "P2abc", matchType: "contains" } })).toEqual([]);
  });

  it("warns about jwksUri with jwks", () => {
    expect(blockWarnings({ jwks: { keys: [EC_KEY] } })).toEqual([
      'jwt_validation.jwksUri: ignored, because "jwks" takes precedence. Remove one of the two.',
    ]);
  });

  it("checks the jwt_validation block of gateway.json, too", () => {
    const parsed = parseGatewayConfig(
      JSON.stringify({ jwt_validation: jwtBlock({ requiredClaims: ["email"] }) }),
    );
    expect(parsed.ok && configWarnings(parsed.config).map((warning) => warning.path)).toEqual([
      "jwt_validation.requiredClaims",
    ]);
  });

  it("does not warn about email in tokens of other issuers than Descope", () => {
    const claimValues = { iss: { values: "https://acme.okta.com/oauth2/default" } };
    expect(blockWarnings({ requiredClaims: ["email"], claimValues })).toEqual([]);
  });

  it("warns that Descope does not send email by default", () => {
    expect(blockWarnings({ requiredClaims: ["sub", "email"] })).toEqual([
      'jwt_validation.requiredClaims: Descope does not add "email" to access tokens unless a JWT template or a custom claim adds it; without it, every token is denied.',
    ]);
  });

  it("warns about a header value that may be a key, without repeating it", () => {
    const key = "q7Zk3Lw9Tn2Xb8Rv5Yc1";
    expect(serverWarnings({ headers: { "X-Acme": key }, passthrough_headers: { "X-Other": key } })).toEqual([
      'headers.X-Acme: may be a credential in plain text (not shown). If it is one, store it in SSM and write "{{ssm:/name}}" here.',
      'passthrough_headers.X-Other: may be a credential in plain text (not shown). If it is one, store it in SSM and write "{{ssm:/name}}" here.',
    ]);
    expect(
      serverWarnings({ headers: { "X-Tenant-Id": key, "X-Api-Key": key, "X-Plain": "production" } }),
    ).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "a pattern in place of a glob",
      { tool_authorization: { "^pro_.*$": {}, "*": {} } },
      'tool_authorization["^pro_.*$"]: looks like a regular expression, but names are globs, in which only "*" is special. Write a glob such as "pro_*".',
    ],
    [
      "rules that are only logged",
      { tool_authorization: { "*": {} }, tool_authorization_mode: "log_only" },
      'tool_authorization_mode: with "log_only", requests that the rules would deny are logged and allowed. Remove it to enforce the rules.',
    ],
    [
      "log_only without rules",
      { tool_authorization_mode: "log_only" },
      "tool_authorization_mode: has no effect, because this server has no rules. Add some, or remove it.",
    ],
    [
      "extra methods without rules",
      { extra_methods: ["vendor/x"] },
      "extra_methods: has no effect, because this server has no rules or curation: every method is allowed. Remove it.",
    ],
    [
      "a time limit in seconds",
      { timeouts: { first_byte_ms: 30 } },
      "timeouts.first_byte_ms: is 30 milliseconds, which is too short for most servers. If seconds were meant, write 30000.",
    ],
    [
      "a lifetime of a JWT that is not sent",
      { user_identity_forwarding: { method: "claims_header", jwt_expiry_seconds: 60 } },
      'user_identity_forwarding.jwt_expiry_seconds: only has an effect with "method": "jwt_header", but the method is "claims_header". Remove it, or change the method.',
    ],
    [
      "an audience of a JWT that is not sent",
      { user_identity_forwarding: { method: "claims_header", audience: "https://a.example" } },
      'user_identity_forwarding.audience: only has an effect with "method": "jwt_header", but the method is "claims_header". Remove it, or change the method.',
    ],
    [
      "a passthrough that is allowed and not used",
      { user_identity_forwarding: { method: "jwt_header", allow_token_passthrough: true } },
      'user_identity_forwarding.allow_token_passthrough: only has an effect with "method": "bearer", but the method is "jwt_header". Remove it, or change the method.',
    ],
    [
      "claims in Authorization",
      { user_identity_forwarding: { method: "claims_header", header_name: "authorization" } },
      'user_identity_forwarding.header_name: "Authorization" carries credentials, and servers expect "Bearer …" in it, not the claims. Remove the key to use the default, or choose another name.',
    ],
    [
      "a project id in small letters",
      { descope: { project_id: "p2abc", mcp_server_id: "MS2abc" } },
      'descope.project_id: is "p2abc", but Descope\'s project ids begin with "P". Copy it from Project Settings.',
    ],
    [
      "a project id as audience",
      { descope: { mcp_server_id: "MS2abc", audience: ["https://mcp.example.com", "P2abc"] } },
      "descope.audience: contains a project id, which every token of the project may have as audience, so it denies no token. Use the MCP Server URL.",
    ],
    [
      "a required claim in capitals",
      { jwt_validation: jwtBlock({ requiredClaims: ["Sub"] }) },
      'jwt_validation.requiredClaims[0]: claim names are case-sensitive. Did you mean "sub"?',
    ],
  ])("warns about %s", (_name, changes, warning) => expect(serverWarnings(changes)).toEqual([warning]));

  it("returns no warnings for blocks that use all their settings", () => {
    const jwt = { method: "jwt_header", audience: "https://a.example", jwt_expiry_seconds: 60 };
    const bearer = { method: "bearer", header_name: "Authorization", allow_token_passthrough: true };
    for (const user_identity_forwarding of [jwt, bearer, { method: "claims_header", header_name: "X-Me" }])
      expect(serverWarnings({ user_identity_forwarding })).toEqual([]);
    const rules = { tool_authorization: { "*": {} }, extra_methods: ["vendor/x"] };
    expect(serverWarnings({ ...rules, timeouts: { idle_ms: 1000 } })).toEqual([]);
    expect(serverWarnings({ resource_authorization: { "docs://a/$": {}, "*": {} } })).toEqual([]);
  });

  it("warns about a public_url that looks like the endpoint of one server", () => {
    const warnings = (public_url: string) => {
      const parsed = parseGatewayConfig(JSON.stringify({ public_url }));
      return parsed.ok ? faultLines({ ok: false, faults: configWarnings(parsed.config) }) : ["invalid"];
    };
    expect(warnings("https://mcp.example.com/tools/mcp")).toEqual([
      'public_url: ends in /mcp, so that clients would call "https://mcp.example.com/tools/mcp/<server>/mcp". Remove /mcp unless that is intended.',
    ]);
    expect(warnings("https://example.com/mcp")).toEqual([]);
    expect(warnings("https://mcp.example.com")).toEqual([]);
  });

  it.each(["http://127.0.0.1:8080/mcp", "http://localhost/mcp", "http://[::1]:3000/mcp"])(
    "warns about the server %s, which no deployed gateway can reach",
    (url) => {
      expect(serverWarnings({ url })).toEqual([
        "url: is on this machine, which only a local run can reach: no MCP server listens there in Lambda. Write the server's host name before you deploy.",
      ]);
    },
  );

  it("warns about a URL of the transport of 2024-11-05", () => {
    expect(serverWarnings({ url: "https://tools.example.com/sse" })).toEqual([
      "url: ends in /sse, like URLs of the HTTP+SSE transport of MCP 2024-11-05, which the gateway does not support. Use the server's Streamable HTTP endpoint, often /mcp.",
    ]);
  });

  it("warns about a response timeout that API Gateway does not allow", () => {
    expect(serverWarnings({ timeouts: { first_byte_ms: 290_000 } })).toEqual([]);
    expect(serverWarnings({ timeouts: { first_byte_ms: 290_001 } })).toEqual([
      "timeouts.first_byte_ms: 290001 ms, but API Gateway ends a response that has not begun after 5 minutes. Set at most 290000; a tool that runs longer must report progress in an event stream.",
    ]);
  });
});

describe("configMistakes", () => {
  it("returns secrets in plain text and settings with which no token is accepted", () => {
    const parsed = parseServerConfig(
      JSON.stringify(
        serverFile({
          headers: { "X-Api-Key": "hunter2" },
          jwt_validation: jwtBlock({ jwksUri: "https://api.descope.com/P2def/.well-known/jwks.json" }),
        }),
      ),
    );
    expect(parsed.ok && configMistakes(parsed.config).map(({ path }) => path)).toEqual([
      "headers.X-Api-Key",
      "jwt_validation.jwksUri",
    ]);
    const plain = parseGatewayConfig("{}");
    expect(plain.ok && configMistakes(plain.config)).toEqual([]);
  });
});
