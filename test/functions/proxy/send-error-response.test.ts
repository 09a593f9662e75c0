import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { SecretUnavailable } from "../../../functions/platform/secret-store.ts";
import { configStoreOf } from "../../support/gateway-config.ts";
import { REQUEST_ID } from "../../support/gateway-events.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { contextOf, principalWith } from "../../support/principals.ts";
import { proxyTo } from "../../support/proxy-under-test.ts";
import { NOW_SECONDS } from "../../support/tokens.ts";

let downstream: LoopbackServer;

beforeEach(async () => {
  downstream = await startHttp((_, response) => response.end("{}"));
});

afterEach(() => downstream.close());

describe("a denied request", () => {
  const expired = contextOf(principalWith({ exp: NOW_SECONDS - 5 }));
  const stranger = contextOf(principalWith({ admitted: false }));

  it.each<[string, Parameters<ReturnType<typeof proxyTo>["send"]>[0], number, number, string, unknown]>([
    ["no verified caller", { authorizer: undefined }, 403, 403, "principal_missing", null],
    ["a context with another shape", { authorizer: { sub: "U2" } }, 403, 403, "principal_missing", null],
    ["a caller verified for another server", { server: "mail" }, 403, 403, "principal_missing", null],
    ["an expired token", { authorizer: expired }, 401, 401, "unauthorized", null],
    ["an unknown server", { authorizer: stranger }, 404, 404, "unknown_server", null],
    [
      "an origin that is not allowed",
      { headers: { Origin: "https://attacker.example" } },
      403,
      403,
      "origin_not_allowed",
      null,
    ],
    ["an unsupported method", { method: "PUT" }, 405, 405, "method_not_allowed", null],
    ["a GET to a server without GET streams", { method: "GET" }, 405, 405, "method_not_allowed", null],
    [
      "an unsupported media type",
      { headers: { "Content-Type": "text/plain" } },
      415,
      415,
      "unsupported_media_type",
      null,
    ],
    [
      "an Accept header without a usable type",
      { headers: { Accept: "text/html" } },
      406,
      406,
      "not_acceptable",
      null,
    ],
    ["a body that is not JSON", { body: "hello" }, 400, -32700, "not_json", null],
    ["no body", { body: null }, 400, -32700, "not_json", null],
    ["bytes that are not UTF-8", { body: "e/8i", isBase64Encoded: true }, 400, -32700, "not_json", null],
    ["a body that is not a message", { body: '{"id":3}' }, 400, -32600, "not_a_request", 3],
    [
      "a header that contradicts the body",
      { headers: { "Mcp-Name": "x" } },
      400,
      -32020,
      "header_mismatch",
      7,
    ],
    ["an unknown session", { headers: { "Mcp-Session-Id": "s1" } }, 404, 404, "session_unknown", 7],
    [
      "two sessions",
      { headers: { "Mcp-Session-Id": ["sealed-a-U2alice", "x"] } },
      404,
      404,
      "session_unknown",
      7,
    ],
  ])("for %s never reaches the server", async (_, event, status, code, reason, id) => {
    const response = await proxyTo(downstream.url).send(event);
    expect(response).toMatchObject({
      status,
      headers: { "content-type": "application/json", "cache-control": "no-store" },
      json: {
        jsonrpc: "2.0",
        id,
        error: { code, message: expect.any(String), data: { reason, request_id: REQUEST_ID } },
      },
      audit: { decision: "deny", reason, status },
    });
    expect(downstream.connections()).toBe(0);
  });

  it("lists the allowed methods", async () => {
    expect((await proxyTo(downstream.url).send({ method: "PUT" })).headers["allow"]).toBe(
      "POST, GET, DELETE",
    );
  });

  it("is told where to sign in", async () => {
    expect((await proxyTo(downstream.url).send({ authorizer: expired })).headers["www-authenticate"]).toBe(
      'Bearer error="invalid_token", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/tools/mcp"',
    );
  });

  it("is told for which scopes to sign in, if the gateway's public URL is configured", async () => {
    const tools = { tool_authorization: { add: { required_scopes: ["mail:read", "mail:send"] } } };
    const gateway = { public_url: "https://gateway.example.org" };
    const response = await proxyTo(downstream.url, { tools, gateway }).send();
    expect(response.headers["www-authenticate"]).toBe(
      'Bearer error="insufficient_scope", resource_metadata="https://gateway.example.org/.well-known/oauth-protected-resource/tools/mcp", scope="mail:read mail:send"',
    );
    expect(response).toMatchObject({
      status: 403,
      json: { id: 7, error: { data: { scopes: ["mail:read", "mail:send"] } } },
    });
  });

  it("logs what a rule in log_only mode would have denied", async () => {
    const tools = {
      tool_authorization: { add: { required_claims: { tier: { values: "pro" } } } },
      tool_authorization_mode: "log_only",
    };
    expect(await proxyTo(downstream.url, { tools }).send()).toMatchObject({
      status: 200,
      audit: { decision: "allow", would_deny: "tool_denied", denied_rule: "add", denied_claim: "tier" },
    });
  });

  it("can be read by a page of an allowed origin", async () => {
    const gateway = { allowed_origins: ["https://app.example.com"] };
    const proxy = proxyTo(downstream.url, { gateway });
    const headers = { Origin: "https://app.example.com" };
    for (const event of [{ headers }, { headers, body: "hello" }]) {
      expect((await proxy.send(event)).headers).toMatchObject({
        "access-control-allow-origin": "https://app.example.com",
        vary: "origin",
      });
    }
  });
});

describe("a gateway", () => {
  it.each<[string, Parameters<typeof proxyTo>[1], number, string]>([
    ["without its configuration", { config: configStoreOf(undefined) }, 503, "configuration_unavailable"],
    [
      "that cannot read a secret",
      {
        tools: { headers: { "X-Api-Key": "{{ssm:/key}}" } },
        secrets: {
          fill: async () => {
            throw new SecretUnavailable("the secret /key could not be read");
          },
        },
      },
      503,
      "configuration_unavailable",
    ],
    [
      "that cannot sign",
      {
        tools: { user_identity_forwarding: { method: "jwt_header" } },
        sign: async () => {
          throw new Error("KMS throttled");
        },
      },
      502,
      "identity_unavailable",
    ],
    [
      "with an unexpected error",
      {
        send: async () => {
          throw new Error("surprise at 10.0.0.1");
        },
      },
      500,
      "internal_error",
    ],
  ])("(%s) denies the request, and nothing reaches the server", async (_, options, status, reason) => {
    const response = await proxyTo(downstream.url, options).send();
    expect(response).toMatchObject({
      status,
      json: { error: { data: { reason } } },
      audit: { reason, status },
    });
    expect(response.body).not.toMatch(/10\.0\.0\.1|KMS|\/key/);
    expect(response.audit["cause"]).toMatch(/nothing was read|could not be read|KMS throttled|surprise/);
    expect(downstream.connections()).toBe(0);
  });
});
