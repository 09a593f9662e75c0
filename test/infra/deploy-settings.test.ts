import { describe, expect, it } from "vitest";
import { authorizerCacheSeconds, deploySettings, externalSettings } from "../../infra/deploy-settings.ts";
import { configSource } from "../support/synthesised-template.ts";

describe("deploySettings", () => {
  it("reads the settings that API Gateway needs at deployment", () => {
    const source = configSource({
      public_url: "https://mcp.example.com",
      allowed_origins: ["https://app.example.com"],
      scopes_supported: ["notes:read"],
    });
    expect(deploySettings(source)).toEqual({
      publicUrl: "https://mcp.example.com",
      allowedOrigins: ["https://app.example.com"],
      scopesSupported: ["notes:read"],
      challenge: {
        named: undefined,
        hasRoot: true,
        servers: [{ name: "notes", scopes: ["notes:read"] }],
        combinedScopes: undefined,
      },
      hasCombined: false,
      hasRateLimits: false,
      hasPins: false,
      headerKey: "Authorization",
      introspectCacheSeconds: undefined,
      authorizerSecrets: [],
      proxySecrets: [],
    });
  });

  it("reads whether there is a combined endpoint, and its scopes for the challenge", () => {
    const source = configSource({ combined: { servers: "all" }, scopes_supported: ["notes:read"] });
    const scopes = ["notes:read"];
    expect(deploySettings(source)).toMatchObject({
      hasCombined: true,
      challenge: { combinedScopes: scopes },
    });
    expect(externalSettings({ combined: true, scopesSupported: scopes }, "/team/dev")).toMatchObject({
      hasCombined: true,
      challenge: { combinedScopes: scopes },
    });
    const unused = externalSettings({ scopesSupported: scopes }, "/team/dev");
    expect([unused.hasCombined, unused.challenge.combinedScopes]).toEqual([false, undefined]);
  });

  it("reads whether tools are pinned, including disabled servers", () => {
    const tools = { pin: { search: `sha256-${"A".repeat(43)}` } };
    const source = configSource({}, { a: { tools: {} }, b: { tools, enabled: false } });
    expect(deploySettings(source).hasPins).toBe(true);
    expect(deploySettings(configSource({}, { a: { tools: {} } })).hasPins).toBe(false);
    expect(externalSettings({ pinnedTools: true }, "/team/dev").hasPins).toBe(true);
    expect(externalSettings({}, "/team/dev").hasPins).toBe(false);
  });

  it("reads the smallest introspectCacheMaxAge, including disabled servers", () => {
    const introspecting = (introspectCacheMaxAge: number) => ({
      introspectEndpoint: "https://idp.example/i",
      introspectCacheMaxAge,
      claimValues: { iss: { values: "https://idp.example" } },
    });
    const servers = {
      a: { jwt_validation: introspecting(120) },
      b: { jwt_validation: introspecting(20), enabled: false },
    };
    const source = configSource({ descope: undefined, jwt_validation: introspecting(60) }, servers);
    expect(deploySettings(source).introspectCacheSeconds).toBe(20);
    expect(deploySettings(configSource()).introspectCacheSeconds).toBeUndefined();
    expect(externalSettings({ introspectCacheMaxAge: 7 }, "/team/dev").introspectCacheSeconds).toBe(7);
  });

  it("returns no metadata document if the only server has no single issuer", () => {
    const jwt_validation = {
      jwksUri: "https://auth.example.com/keys",
      claimValues: {
        iss: { values: "https://.*", matchType: "regex" },
        aud: { values: "https://mcp.example.com", matchType: "contains" },
      },
    };
    const { challenge } = deploySettings(configSource({ descope: undefined, jwt_validation }));
    expect(challenge).toEqual({ named: undefined, hasRoot: false, servers: undefined });
  });

  it("returns the secrets of every upstream_auth for the proxy, including tenants and the gateway's default", () => {
    const client = (name: string) => ({
      type: "client_credentials",
      token_url: "https://auth.example.com/token",
      client_id: "gateway",
      client_secret: `{{ssm:${name}}}`,
    });
    const connection = {
      type: "descope_connection",
      app_id: "linear",
      bypass_descope_policies: true,
      management_key: "{{ssm:/management}}",
      extra_parameters: { more: "{{ssm:/extra}}" },
    };
    const servers = { a: { upstream_auth: client("/own"), tenants: { T1: { upstream_auth: connection } } } };
    const settings = deploySettings(configSource({ upstream_auth: client("/default") }, servers));
    expect(settings.proxySecrets).toEqual(["/default", "/extra", "/management", "/own"]);
    expect(settings.authorizerSecrets).toEqual([]);
  });

  it("returns the scope of Descope's Connections if an enabled server needs it", () => {
    const notes = { upstream_auth: { type: "descope_connection", app_id: "notes" } };
    const { scopesSupported, challenge } = deploySettings(configSource({}, { notes }));
    expect(scopesSupported).toEqual(["outbound.token.fetch"]);
    expect(challenge.servers).toEqual([{ name: "notes", scopes: ["outbound.token.fetch"] }]);
    const disabled = configSource({}, { notes: { ...notes, enabled: false } });
    expect(deploySettings(disabled).scopesSupported).toEqual([]);
  });

  it("returns each secret once, sorted", () => {
    const key = (name: string) => ({ headers: { "X-Api-Key": `{{ssm:${name}}}` } });
    const source = configSource({}, { b: key("/z"), a: key("/a"), c: key("/z") });
    expect(deploySettings(source).proxySecrets).toEqual(["/a", "/z"]);
  });

  it("rejects an invalid configuration and lists every error with its file", () => {
    const source = configSource({ public_url: "not a url" }, { notes: { url: "ftp://notes.example" } });
    expect(() => deploySettings(source)).toThrow(
      /nothing was synthesised:\n {2}config\/gateway\.json(:\d+)?: public_url: .+\n {2}config\/servers\/notes\.json(:\d+)?: url: .+/,
    );
  });
});

describe("secrets of a function", () => {
  const introspection = (name: string) => ({
    jwt_validation: {
      introspectEndpoint: "https://issuer.example/introspect",
      introspectClientId: "gateway",
      introspectClientSecret: `{{ssm:${name}}}`,
      claimValues: { iss: { values: "{{ssm:/not/a/secret}}" } },
    },
  });

  it("are the client secrets for the authorizer and the secrets of headers for the proxy", () => {
    const source = configSource(
      {},
      {
        notes: { ...introspection("/team/introspection"), headers: { "X-Key": "{{ssm:/team/key}}" } },
      },
    );
    expect(deploySettings(source, "/mcp-gateway/dev")).toMatchObject({
      authorizerSecrets: ["/team/introspection"],
      proxySecrets: ["/team/key"],
    });
  });

  it.each([
    ["a header", { headers: { "X-Key": "{{ssm:/mcp-gateway/dev/key}}" } }, "headers.X-Key"],
    ["a client secret", introspection("/mcp-gateway/dev/key"), "jwt_validation.introspectClientSecret"],
  ])("are rejected below the configuration's path: %s", (_name, server, path) => {
    const source = configSource({}, { notes: server });
    expect(() => deploySettings(source, "/mcp-gateway/dev")).toThrow(
      `config/servers/notes.json:1: ${path}: the secret /mcp-gateway/dev/key is below the SSM path`,
    );
    expect(() => deploySettings(source, "/mcp-gateway/prod")).not.toThrow();
  });
});

describe("externalSettings", () => {
  it("grants both functions the secrets, unless those for introspection are named separately", () => {
    const secrets = ["/team/key"];
    expect(externalSettings({ secrets }, "/team/dev")).toMatchObject({
      authorizerSecrets: secrets,
      proxySecrets: secrets,
    });
    expect(externalSettings({ secrets, introspectionSecrets: [] }, "/team/dev")).toMatchObject({
      authorizerSecrets: [],
      proxySecrets: secrets,
    });
    expect(externalSettings(undefined, "/team/dev")).toMatchObject({
      authorizerSecrets: [],
      proxySecrets: [],
    });
  });

  it.each([
    "/team/dev/key",
    "team/dev/key",
    "/team/dev",
    "/team/dev/*",
    "/team/*",
    "/team/d?v/key",
    "*",
    "arn:aws:ssm:eu-central-1:123456789012:parameter/team/dev/key",
    "arn:aws:ssm:eu-central-1:123456789012:parameter/team/*",
  ])("rejects %s, which covers the configuration's path or is below it", (name) => {
    const message = "must name secrets outside /team/dev, the SSM path of the configuration";
    expect(() => externalSettings({ secrets: [name] }, "/team/dev")).toThrow(`secrets ${message}`);
    expect(() => externalSettings({ introspectionSecrets: [name] }, "/team/dev")).toThrow(
      `introspectionSecrets ${message}`,
    );
  });

  it.each([
    "/team-secrets/dev/key",
    "/team-secrets/dev/*",
    "/team/prod/key",
    "/aws/reference/secretsmanager/team/dev/key",
    "arn:aws:ssm:eu-central-1:123456789012:parameter/team-secrets/key",
  ])("accepts %s", (name) => {
    expect(externalSettings({ secrets: [name] }, "/team/dev").proxySecrets).toEqual([name]);
  });
});

describe("the authorizer's cache time (introspectCacheMaxAge: 0 must mean never)", () => {
  it.each<[number | undefined, number | undefined, number]>([
    [undefined, undefined, 300],
    [undefined, 60, 60],
    [undefined, 0, 0],
    [undefined, 3600, 300],
    [60, undefined, 60],
    [60, 60, 60],
    [0, 60, 0],
    [3600, undefined, 3600],
  ])("is set to %s with introspectCacheMaxAge %s and results in %i", (asked, introspected, expected) => {
    expect(authorizerCacheSeconds(asked, introspected)).toBe(expected);
  });

  it("is rejected if it is longer than the cache time of introspection responses", () => {
    expect(() => authorizerCacheSeconds(61, 60)).toThrow(
      "authorizerCacheTtl is 61 seconds, but the configuration caches introspection responses for 60",
    );
    expect(() => authorizerCacheSeconds(1, 0)).toThrow("Set authorizerCacheTtl to at most 0");
  });
});
