import type { APIGatewayProxyEvent } from "aws-lambda";
import { describe, expect, it } from "vitest";
import type { ConfigSnapshot } from "../../../functions/core/config-snapshot.ts";
import { createMetadata } from "../../../functions/metadata/handler.ts";
import type { AuthorizationServers } from "../../../functions/platform/authorization-servers.ts";
import type { SigningKeys } from "../../../functions/platform/signing-keys.ts";
import { configSnapshot, configStoreOf, JWT_VALIDATION } from "../../support/gateway-config.ts";
import { type EventParts, proxyEvent, REQUEST_ID } from "../../support/gateway-events.ts";
import { recordLog } from "../../support/recorded-log.ts";

const ORIGIN = "https://app.example.com";
const ROOT = "/.well-known/oauth-protected-resource";

const KEYS: SigningKeys = {
  signingKeyId: async () => "k1",
  sign: async () => "",
  published: async () => [{ kty: "EC", kid: "k1", crv: "P-256", x: "x", y: "y" }],
};

const NO_SERVERS: AuthorizationServers = { metadata: async () => undefined };

function metadata(
  config: ConfigSnapshot | undefined = configSnapshot(),
  keys = KEYS,
  authorizationServers = NO_SERVERS,
) {
  const log = recordLog();
  const handler = createMetadata({
    config: configStoreOf(config),
    keys,
    authorizationServers,
    publicUrl: "https://api.example.com/prod",
    log,
  });
  const ask = (resource: string, parts: EventParts = {}) =>
    handler(proxyEvent({ method: "GET", resource, ...parts }));
  return { ask, log };
}

describe("the public metadata documents", () => {
  it.each<[string, string, unknown]>([
    [
      "of the gateway",
      ROOT,
      {
        resource: "https://mcp.example.com",
        authorization_servers: ["https://auth.example.com/v1/apps/agentic/P2/MS2"],
        bearer_methods_supported: ["header"],
      },
    ],
    [
      "of a server",
      `${ROOT}/{server}/mcp`,
      {
        resource: "https://mcp.example.com/tools/mcp",
        authorization_servers: ["https://auth.example.com/v1/apps/agentic/P2/MS2"],
        bearer_methods_supported: ["header"],
      },
    ],
    ["of keys", "/.well-known/jwks.json", { keys: [{ kty: "EC", kid: "k1", crv: "P-256", x: "x", y: "y" }] }],
  ])("include the document %s", async (_, resource, document) => {
    const response = await metadata().ask(resource);
    // API Gateway leaves out the body.
    expect(await metadata().ask(resource, { method: "HEAD" })).toEqual(response);
    const { statusCode, headers, body } = response;
    expect({ statusCode, headers, document: JSON.parse(body) }).toEqual({
      statusCode: 200,
      headers: {
        "content-type": "application/json",
        "cache-control": "public, max-age=300",
        vary: "origin",
      },
      document,
    });
  });

  it("include those of the combined endpoint, if it is configured", async () => {
    const gateway = { combined: { servers: "all" }, serve_authorization_server_metadata: true };
    const servers: AuthorizationServers = { metadata: async (issuer) => ({ issuer }) };
    const { ask } = metadata(configSnapshot({ gateway }), KEYS, servers);
    const own = await ask(`${ROOT}/mcp`);
    expect([own.statusCode, JSON.parse(own.body)]).toEqual([
      200,
      {
        resource: "https://mcp.example.com/mcp",
        authorization_servers: ["https://auth.example.com/v1/apps/agentic/P2/MS2"],
        bearer_methods_supported: ["header"],
      },
    ]);
    const server = await ask("/.well-known/oauth-authorization-server/mcp");
    expect([server.statusCode, JSON.parse(server.body)]).toEqual([
      200,
      { issuer: "https://auth.example.com/v1/apps/agentic/P2/MS2" },
    ]);
    for (const resource of [`${ROOT}/mcp`, "/.well-known/oauth-authorization-server/mcp"])
      expect((await metadata().ask(resource)).statusCode).toBe(404);
  });

  it("contain the API's URL if no public URL is configured", async () => {
    const { ask } = metadata(configSnapshot({ gateway: { public_url: undefined } }));
    expect(JSON.parse((await ask(ROOT)).body).resource).toBe("https://api.example.com/prod");
  });

  it.each([
    ["another path", "/.well-known/other", {}],
    ["no path of ours", "/{server}/mcp", {}],
    ["a name that no server can have", `${ROOT}/{server}/mcp`, { server: "*" }],
  ])("do not exist at %s", async (_, resource, parts) => {
    const { statusCode, headers, body } = await metadata().ask(resource, parts);
    expect({ statusCode, headers, body: JSON.parse(body) }).toEqual({
      statusCode: 404,
      headers: { "content-type": "application/json", "cache-control": "no-store", vary: "origin" },
      body: {
        jsonrpc: "2.0",
        id: null,
        error: {
          code: 404,
          message: "There is no such document here. Check the server name in the URL.",
          data: { reason: "not_found", request_id: REQUEST_ID },
        },
      },
    });
  });
});

describe("the discovery document for verifiers of identity JWTs", () => {
  const DISCOVERY = "/.well-known/openid-configuration";
  const signing = configSnapshot({
    gateway: { user_identity_forwarding: { method: "jwt_header", include_claims: ["sub"] } },
  });

  it("is served if a server receives such JWTs", async () => {
    const { statusCode, headers, body } = await metadata(signing).ask(DISCOVERY);
    expect([statusCode, headers?.["vary"]]).toEqual([200, "origin, mcp-protocol-version"]);
    expect(Object.keys(JSON.parse(body))).toEqual([
      "issuer",
      "jwks_uri",
      "id_token_signing_alg_values_supported",
    ]);
  });

  it("is not served if no server receives such JWTs", async () => {
    expect((await metadata().ask(DISCOVERY)).statusCode).toBe(404);
  });

  it("is not served to MCP clients, which would look for an authorization server there", async () => {
    const headers = { "MCP-Protocol-Version": "2025-03-26" };
    const response = await metadata(signing).ask(DISCOVERY, { headers });
    expect([response.statusCode, response.headers?.["vary"]]).toEqual([404, "origin, mcp-protocol-version"]);
  });
});

describe("pages of another origin", () => {
  const config = configSnapshot({ gateway: { allowed_origins: [ORIGIN] } });

  it("can read a document if their origin is configured", async () => {
    const { headers } = await metadata(config).ask(ROOT, { headers: { origin: ORIGIN } });
    expect(headers).toMatchObject({ "access-control-allow-origin": ORIGIN, vary: "origin" });
  });

  it("receive a preflight response with the requested headers on every route", async () => {
    const headers = { ORIGIN, "Access-Control-Request-Headers": "mcp-param-x" };
    const response = await metadata(config).ask("/{server}/mcp", { method: "OPTIONS", headers });
    expect(response).toMatchObject({
      statusCode: 204,
      body: "",
      headers: {
        "access-control-allow-origin": ORIGIN,
        "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
        "access-control-allow-headers": expect.stringMatching(/, mcp-param-x$/),
      },
    });
  });

  it.each<Record<string, string>>([{}, { origin: "https://attacker.example" }])(
    "receive no CORS headers otherwise: %j",
    async (headers) => {
      const { ask } = metadata(config);
      expect(await ask(ROOT, { method: "OPTIONS", headers })).toEqual({
        statusCode: 204,
        headers: { vary: "origin" },
        body: "",
      });
      expect((await ask(ROOT, { headers })).headers).toEqual({
        "content-type": "application/json",
        "cache-control": "public, max-age=300",
        vary: "origin",
      });
    },
  );
});

describe("the authorization server's metadata at the gateway", () => {
  const AT = "/.well-known/oauth-authorization-server";
  const asked: string[] = [];
  const servers: AuthorizationServers = {
    metadata: async (issuer) => {
      asked.push(issuer);
      return { issuer, token_endpoint: "https://auth.example.com/token" };
    },
  };
  const serving = (gateway: object = {}) =>
    configSnapshot({
      gateway: { serve_authorization_server_metadata: true, allowed_origins: [ORIGIN], ...gateway },
      servers: {
        tools: {},
        other: {
          jwt_validation: {
            ...JWT_VALIDATION,
            claimValues: { iss: { values: "https://other.example.com" } },
          },
        },
      },
    });

  it.each([
    ["for the gateway", AT, "tools", "https://auth.example.com/v1/apps/agentic/P2/MS2"],
    ["for a server", `${AT}/{server}/mcp`, "tools", "https://auth.example.com/v1/apps/agentic/P2/MS2"],
    ["for a server with an issuer of its own", `${AT}/{server}/mcp`, "other", "https://other.example.com"],
    [
      "for an unknown server",
      `${AT}/{server}/mcp`,
      "unknown",
      "https://auth.example.com/v1/apps/agentic/P2/MS2",
    ],
  ])("is relayed unchanged %s", async (_, resource, server, issuer) => {
    const response = await metadata(serving(), KEYS, servers).ask(resource, {
      server,
      headers: { origin: ORIGIN },
    });
    expect(response.statusCode).toBe(200);
    expect(response.headers).toMatchObject({ "access-control-allow-origin": ORIGIN });
    expect(JSON.parse(response.body)).toEqual({ issuer, token_endpoint: "https://auth.example.com/token" });
  });

  it("is a 404 without a fetch if the configuration does not enable it", async () => {
    asked.length = 0;
    const { ask } = metadata(serving({ serve_authorization_server_metadata: false }), KEYS, servers);
    expect((await ask(AT)).statusCode).toBe(404);
    expect((await ask(`${AT}/{server}/mcp`)).statusCode).toBe(404);
    expect(
      (await metadata(serving(), KEYS, servers).ask(`${AT}/{server}/mcp`, { server: "*" })).statusCode,
    ).toBe(404);
    expect(asked).toEqual([]);
  });

  it("is a 502 that is not cached while the authorization server does not respond", async () => {
    const { statusCode, headers, body } = await metadata(serving()).ask(AT, { headers: { origin: ORIGIN } });
    expect([statusCode, headers?.["cache-control"]]).toEqual([502, "no-store"]);
    expect(headers).toMatchObject({ "access-control-allow-origin": ORIGIN });
    expect(JSON.parse(body).error.data.reason).toBe("authorization_server_unavailable");
  });
});

describe("a failure of the metadata function", () => {
  it("to read the configuration causes a 503", async () => {
    const handler = createMetadata({
      config: configStoreOf(undefined),
      keys: KEYS,
      authorizationServers: NO_SERVERS,
      publicUrl: "https://api.example.com",
      log: recordLog(),
    });
    const response = await handler(proxyEvent({ method: "GET", resource: ROOT }));
    expect(response.statusCode).toBe(503);
    expect(JSON.parse(response.body).error.data.reason).toBe("configuration_unavailable");
  });

  it("to read the keys causes a 500 that is not cached and contains no details", async () => {
    const failing = { ...KEYS, published: () => Promise.reject(new Error("arn:aws:kms:secret")) };
    const { ask, log } = metadata(configSnapshot(), failing);
    const { statusCode, headers, body } = await ask("/.well-known/jwks.json");
    expect([statusCode, headers?.["cache-control"]]).toEqual([500, "no-store"]);
    expect(body).not.toContain("arn");
    expect(log.lines).toMatchObject([
      { level: "error", message: "metadata failed", fields: { request_id: REQUEST_ID } },
    ]);
  });
});

describe("the log of the metadata function", () => {
  it.each<[string, string, EventParts, Record<string, unknown>]>([
    ["a document", ROOT, {}, { status: 200, http_method: "GET", route: ROOT }],
    [
      "a preflight request",
      ROOT,
      { method: "OPTIONS" },
      { status: 204, http_method: "OPTIONS", route: ROOT },
    ],
    [
      "a document that does not exist",
      `${ROOT}/{server}/mcp`,
      { server: `a"\n${"x".repeat(300)}` },
      { status: 404, server: `a"\n${"x".repeat(253)}…` },
    ],
  ])("has one line for %s", async (_name, resource, parts, fields) => {
    const { ask, log } = metadata();
    await ask(resource, parts);
    expect(log.lines).toMatchObject([
      { level: "info", message: "metadata", fields: { request_id: REQUEST_ID, ...fields } },
    ]);
  });

  it("has one line with the reason for a configuration that can't be read", async () => {
    const log = recordLog();
    const handler = createMetadata({
      config: configStoreOf(undefined),
      keys: KEYS,
      authorizationServers: NO_SERVERS,
      publicUrl: "https://api.example.com",
      log,
    });
    await handler(proxyEvent({ method: "GET", resource: ROOT }));
    expect(log.lines).toMatchObject([
      { level: "error", fields: { reason: "configuration_unavailable", status: 503 } },
    ]);
  });

  it.each<[string, unknown]>([
    ["null", null],
    ["an empty object", {}],
    ["one with null members", { requestContext: null, pathParameters: null, headers: null, resource: ROOT }],
    ["one with members of other types", { httpMethod: {}, headers: { origin: 5 }, resource: 7 }],
  ])("has one line for an event that is not from API Gateway: %s", async (_name, event) => {
    const log = recordLog();
    const handler = createMetadata({
      config: configStoreOf(configSnapshot()),
      keys: KEYS,
      authorizationServers: NO_SERVERS,
      publicUrl: "https://api.example.com",
      log,
    });
    const { statusCode } = await handler(event as APIGatewayProxyEvent);
    expect(log.lines.map(({ fields }) => fields)).toMatchObject([{ request_id: "", status: statusCode }]);
  });
});
