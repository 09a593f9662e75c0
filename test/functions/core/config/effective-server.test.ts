import { describe, expect, it } from "vitest";
import { effectiveServer } from "../../../../functions/core/config/effective-server.ts";
import { AGENTIC_ISSUER, jwtBlock } from "../../../support/config-blocks.ts";
import { DESCOPE, faults, gateway, merged, server } from "../../../support/merged-config.ts";

describe("effectiveServer", () => {
  it("uses the gateway's blocks if the server has none, with all defaults", () => {
    expect(
      merged({
        descope: DESCOPE,
        user_identity_forwarding: { method: "claims_header", include_claims: ["sub"] },
      }),
    ).toEqual({
      name: "tools",
      blocked: [],
      url: "https://tools.example.com/mcp",
      enabled: true,
      tokenRules: {
        keySource: { type: "jwks_uri", urls: ["https://api.descope.com/P2abc/.well-known/jwks.json"] },
        headerKey: "Authorization",
        algorithms: ["RS256"],
        clockToleranceSeconds: 5,
        cacheMaxAgeSeconds: 600,
        maxTokenAgeSeconds: undefined,
        requiredClaims: ["sub"],
        headerPayloadMatch: [],
        claimRules: [],
        descopeIssuers: {
          own: AGENTIC_ISSUER,
          baseUrl: "https://api.descope.com",
          projectId: "P2abc",
          audiences: [],
          audienceAlways: false,
        },
        introspected: false,
        checks: { header: expect.any(Array), claims: expect.any(Array) },
        hash: expect.stringMatching(/^[0-9a-f]{64}$/),
      },
      identity: {
        method: "claims_header",
        includeClaims: ["sub"],
        headerName: "X-User-Claims",
      },
      claimNames: ["sub"],
      headers: {},
      forwardHeaders: [],
      timeouts: { connectMs: 3000, firstByteMs: 290_000, idleMs: 240_000 },
      getStream: false,
      getStreamMs: 60_000,
      issuer: AGENTIC_ISSUER,
      scopesSupported: [],
      resourceName: undefined,
      toolRules: undefined,
      promptRules: undefined,
      resourceRules: undefined,
      extraMethods: new Set(),
      rulesMode: "enforce",
      rateLimits: [],
    });
  });

  it("uses the server's own jwt_validation as a whole, without the gateway's", () => {
    const own = jwtBlock({
      jwksUri: "https://idp.example/jwks",
      claimValues: { iss: { values: "https://idp.example" } },
    });
    const { tokenRules, issuer } = merged(
      {
        jwt_validation: jwtBlock({
          requiredClaims: ["email"],
          maxTokenAge: 60,
          algorithms: ["ES256"],
          clockTolerance: 60,
        }),
      },
      { jwt_validation: own },
    );
    expect(tokenRules).toMatchObject({
      keySource: { type: "jwks_uri", urls: ["https://idp.example/jwks"] },
      algorithms: ["RS256"],
      clockToleranceSeconds: 5,
      maxTokenAgeSeconds: undefined,
      requiredClaims: [],
    });
    expect(issuer).toBe("https://idp.example");
  });

  it("uses the server's own identity block as a whole", () => {
    const own = {
      method: "jwt_header",
      audience: "urn:tools",
      jwt_expiry_seconds: 60,
      include_claims: ["sub"],
    };
    const { identity } = merged(
      { descope: DESCOPE, user_identity_forwarding: { method: "claims_header", header_name: "X-Who" } },
      { user_identity_forwarding: own },
    );
    expect(identity).toEqual({
      method: "jwt_header",
      includeClaims: ["sub"],
      headerName: "X-User-JWT",
      expirySeconds: 60,
      audience: "urn:tools",
    });
  });

  it("sends no identity without an identity block", () => {
    expect(merged({ descope: DESCOPE }).identity).toBeUndefined();
  });

  it("uses origin and path of the url as audience, without its query", () => {
    const { identity } = merged(
      { descope: DESCOPE, user_identity_forwarding: { method: "jwt_header" } },
      { url: "https://tools.example.com:8443/a/mcp?tenant=1" },
    );
    expect(identity).toMatchObject({ audience: "https://tools.example.com:8443/a/mcp" });
  });

  it("uses Authorization for the identity method bearer", () => {
    const { identity } = merged({
      descope: DESCOPE,
      user_identity_forwarding: { method: "bearer", allow_token_passthrough: true },
    });
    expect(identity?.headerName).toBe("Authorization");
  });

  it("contains every key of the server", () => {
    const result = merged(
      { descope: DESCOPE, scopes_supported: ["openid"], resource_name: "Gateway" },
      {
        enabled: false,
        headers: { "X-Api-Key": "{{ssm:/a}}" },
        forward_headers: ["X-A", { from: "X-B", to: "X-C" }],
        timeouts: { connect_ms: 1, first_byte_ms: 2, idle_ms: 3 },
        get_stream: true,
        get_stream_seconds: 5,
        scopes_supported: ["tools"],
        resource_name: "Tools",
        tool_authorization_mode: "log_only",
        tool_authorization: { t: {} },
        prompt_authorization: { p: {} },
        resource_authorization: { "docs://r": {} },
        extra_methods: ["vendor/run"],
      },
    );
    expect(result).toMatchObject({
      enabled: false,
      headers: { "X-Api-Key": "{{ssm:/a}}" },
      forwardHeaders: [
        { from: "X-A", to: "X-A" },
        { from: "X-B", to: "X-C" },
      ],
      timeouts: { connectMs: 1, firstByteMs: 2, idleMs: 3 },
      getStream: true,
      getStreamMs: 5_000,
      scopesSupported: ["tools"],
      resourceName: "Tools",
      rulesMode: "log_only",
      toolRules: [{ pattern: "t" }],
      promptRules: [{ pattern: "p" }],
      resourceRules: [{ pattern: "docs://r" }],
      extraMethods: new Set(["vendor/run"]),
    });
  });

  it("uses scopes and name of the gateway if the server has none", () => {
    const result = merged({ descope: DESCOPE, scopes_supported: ["openid"], resource_name: "Gateway" });
    expect(result).toMatchObject({ scopesSupported: ["openid"], resourceName: "Gateway" });
  });

  it.each<[string, unknown, string | undefined]>([
    ["one exact issuer", { values: "https://idp.example" }, "https://idp.example"],
    [
      "one issuer in a list",
      { values: ["https://idp.example"], matchType: "contains" },
      "https://idp.example",
    ],
    [
      "several issuers",
      { values: ["https://a.example", "https://b.example"], matchType: "contains" },
      undefined,
    ],
    ["a pattern", { values: "^https://a", matchType: "regex" }, undefined],
  ])("determines the authorization server of a block with %s", (_name, iss, expected) => {
    const claimValues = { iss, aud: { values: "x" } };
    expect(merged({ jwt_validation: jwtBlock({ claimValues }) }).issuer).toBe(expected);
  });

  it.each<[string, Record<string, unknown>, Record<string, unknown>, string]>([
    [
      "no rules for tokens anywhere",
      {},
      {},
      "jwt_validation: no token rules: neither this server nor gateway.json has any.",
    ],
    [
      "another header than the gateway's",
      { descope: DESCOPE },
      { jwt_validation: jwtBlock({ headerKey: "X-Token" }) },
      'jwt_validation.headerKey: expected "Authorization" as in gateway.json, got "X-Token".',
    ],
    [
      "the default header where the gateway has another",
      { jwt_validation: jwtBlock({ headerKey: "X-Token" }) },
      { jwt_validation: jwtBlock({ headerKey: "Authorization" }) },
      'expected "X-Token" as in gateway.json, got "Authorization".',
    ],
    [
      "the gateway itself as downstream",
      { descope: DESCOPE, public_url: "https://mcp.example.com" },
      { url: "https://mcp.example.com/tools/mcp" },
      "url: this is the gateway's own URL",
    ],
    [
      "the identity header among static ones",
      { descope: DESCOPE, user_identity_forwarding: { method: "claims_header", header_name: "X-Who" } },
      { headers: { x_who: "me" } },
      "headers.x_who: x_who carries the caller's identity to this server.",
    ],
    [
      "the identity header among forwarded ones",
      { descope: DESCOPE, user_identity_forwarding: { method: "claims_header", header_name: "X-Who" } },
      { forward_headers: ["X-A", "x-who"] },
      "forward_headers[1]: x-who carries the caller's identity, so a client must not set it. Remove it.",
    ],
    [
      "the identity header as a target",
      { descope: DESCOPE, user_identity_forwarding: { method: "claims_header", header_name: "X-Who" } },
      { forward_headers: [{ from: "X-A", to: "X-WHO" }] },
      "forward_headers[0]: X-WHO carries the caller's identity",
    ],
    [
      "the token's header among forwarded ones",
      { jwt_validation: jwtBlock({ headerKey: "X-Token" }) },
      { forward_headers: ["x-token"] },
      "forward_headers[0]: x-token carries the token, which is never forwarded. Remove it.",
    ],
  ])("rejects %s", (_name, gatewayFile, serverChanges, message) => {
    const found = faults(gatewayFile, serverChanges);
    expect(found).toHaveLength(1);
    expect(found[0]).toContain(message);
  });

  it("reports all errors at once, missing rules last", () => {
    const url = "https://mcp.example.com/x/mcp";
    const file = gateway({ public_url: "https://mcp.example.com" });
    expect(effectiveServer("Tools", file, server({ url }))).toMatchObject({
      ok: false,
      faults: [{ path: "" }, { path: "url" }, { path: "jwt_validation" }],
    });
    expect(effectiveServer("Tools", gateway(), server())).toMatchObject({
      ok: false,
      faults: [{ path: "" }],
    });
  });

  it.each([
    "https://mcp.example.com/gw",
    "https://mcp.example.com/gw?a=1",
    "https://mcp.example.com/gw/tools/mcp",
    "https://MCP.example.com/gw/tools/mcp",
    "https://mcp.example.com:443/gw/tools/mcp",
  ])("rejects the gateway itself as upstream, in any spelling: %s", (url) => {
    expect(faults({ descope: DESCOPE, public_url: "https://mcp.example.com/gw" }, { url })).toEqual([
      "url: this is the gateway's own URL: it would call itself. Use the URL of the MCP server.",
    ]);
  });

  it("lists a header only once if it is forwarded under its own name", () => {
    const file = { jwt_validation: jwtBlock({ headerKey: "X-Token" }) };
    expect(faults(file, { forward_headers: ["X-A", { from: "X_Token", to: "X-B" }] })).toEqual([
      "forward_headers[1]: X_Token carries the token, which is never forwarded. Remove it.",
    ]);
    expect(faults(file, { forward_headers: [{ from: "X-B", to: "x-token" }] })).toEqual([
      "forward_headers[0]: x-token carries the token, which is never forwarded. Remove it.",
    ]);
  });

  it("accepts an upstream on the gateway's host outside its path", () => {
    expect(
      faults(
        { descope: DESCOPE, public_url: "https://mcp.example.com/gw" },
        { url: "https://mcp.example.com/gw2/mcp" },
      ),
    ).toEqual([]);
  });
});

describe("rate limits of a server", () => {
  const limit = (name: string, per: string[]) => ({ name, per, limit: 5, window: "1m" });

  it("are the gateway's followed by the server's, and their claims reach the proxy", () => {
    const { rateLimits, claimNames } = merged(
      { descope: DESCOPE, rate_limits: [limit("wide", ["dct"])] },
      { rate_limits: [limit("narrow", ["sub", "dct"])] },
    );
    expect(rateLimits.map(({ name, scope }) => [name, scope])).toEqual([
      ["wide", "*"],
      ["narrow", "tools"],
    ]);
    expect(claimNames).toEqual(["dct", "sub"]);
  });

  it("of gateway and server must not have the same name", () => {
    const gatewayFile = { descope: DESCOPE, rate_limits: [limit("few", [])] };
    expect(faults(gatewayFile, { rate_limits: [limit("few", [])] })).toEqual([
      'rate_limits[0].name: another limit in gateway.json has the name "few". Both would apply: give each limit a unique name.',
    ]);
  });
});
