import { Annotations, Match } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { addGateway, newApp } from "../../../infra/gateway-app.ts";
import { configSource, flat, resources, synthesise } from "../../support/synthesised-template.ts";

type Response = { status: string | undefined; headers: Record<string, string>; body: string };

function gatewayResponses(gateway: object = {}, servers?: Record<string, object>): Record<string, Response> {
  const template = synthesise({ configSource: configSource(gateway, servers) });
  return Object.fromEntries(
    Object.values(resources(template, "AWS::ApiGateway::GatewayResponse")).map((properties) => {
      const { ResponseType, StatusCode, ResponseParameters, ResponseTemplates } = properties as {
        ResponseType: string;
        StatusCode?: string;
        ResponseParameters?: Record<string, unknown>;
        ResponseTemplates: Record<string, unknown>;
      };
      const headers = Object.entries(ResponseParameters ?? {}).map(([name, value]) => [name, flat(value)]);
      const body = flat(ResponseTemplates["application/json"]);
      return [ResponseType, { status: StatusCode, headers: Object.fromEntries(headers), body }];
    }),
  );
}

const NOT_FOUND = {
  status: "404",
  headers: { "gatewayresponse.header.Vary": "'Origin'" },
  body: '{"jsonrpc":"2.0","id":null,"error":{"code":404,"message":"Nothing is served at this path. The path of an MCP server is /{server}/mcp: check the server name and the path of the URL.","data":{"reason":"not_found","request_id":"$context.requestId"}}}',
};
const THROTTLED = {
  status: "429",
  headers: { "gatewayresponse.header.Retry-After": "'1'", "gatewayresponse.header.Vary": "'Origin'" },
  body: '{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Too many requests at once. Wait for the seconds given in Retry-After, then send the request again.","data":{"reason":"throttled","request_id":"$context.requestId"}}}',
};
const AUTHORIZER_UNAVAILABLE = {
  status: "503",
  headers: { "gatewayresponse.header.Retry-After": "'5'", "gatewayresponse.header.Vary": "'Origin'" },
  body: '{"jsonrpc":"2.0","id":null,"error":{"code":503,"message":"The access token could not be checked, so the request was denied. Try again in a few seconds; if the problem persists, tell the administrator the request_id.","data":{"reason":"authorizer_unavailable","request_id":"$context.requestId"}}}',
};

describe("gateway responses", () => {
  let responses: Record<string, Response>;
  beforeAll(() => {
    responses = gatewayResponses();
  });

  it("challenge a caller without a valid token (RFC 6750, RFC 9728)", () => {
    expect(responses["UNAUTHORIZED"]).toEqual({
      status: "401",
      headers: {
        "gatewayresponse.header.Vary": "'Origin'",
        "gatewayresponse.header.WWW-Authenticate":
          "'Bearer resource_metadata=\"https://<GatewayApiRestApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/dev/.well-known/oauth-protected-resource/notes/mcp\"'",
      },
      body: '{"jsonrpc":"2.0","id":null,"error":{"code":401,"message":"A valid access token was expected in the Authorization header, as: Bearer <token>. Sign in at the authorization server that the metadata URL in WWW-Authenticate names, then send its token.","data":{"reason":"unauthorized","request_id":"$context.requestId"}}}',
    });
  });

  it.each([
    ["the URL has no path", { scopes_supported: ["a"] }],
    [
      "the configuration turns the document off",
      { public_url: "https://example.com/mcp", challenge_resource_metadata: false, scopes_supported: ["a"] },
    ],
    [
      "the gateway's rules do not name a single issuer",
      {
        descope: undefined,
        jwt_validation: {
          jwksUri: "https://auth.example.com/keys",
          claimValues: {
            iss: { values: ["https://a.example.com", "https://b.example.com"], matchType: "contains" },
            aud: { values: "https://mcp.example.com", matchType: "contains" },
          },
        },
      },
    ],
  ])("name no metadata document in the challenge if %s", (_case, gateway) => {
    const file = { public_url: "https://mcp.example.com", ...gateway };
    const { headers, body } = gatewayResponses(file)["UNAUTHORIZED"] ?? {};
    expect(headers?.["gatewayresponse.header.WWW-Authenticate"]).toBe(`'Bearer realm="${file.public_url}"'`);
    expect(body).toContain(
      "Sign in at the authorization server that the metadata of this MCP server at /.well-known/oauth-protected-resource/{server}/mcp names, then",
    );
  });

  it("include the authorizer's reason and message for a denied token", () => {
    expect(responses["ACCESS_DENIED"]).toEqual({
      status: "403",
      headers: { "gatewayresponse.header.Vary": "'Origin'" },
      body: '{"jsonrpc":"2.0","id":null,"error":{"code":403,"message":"$context.authorizer.message","data":{"reason":"$context.authorizer.reason","request_id":"$context.requestId"}}}',
    });
  });

  it("send 404 for unknown routes, even if API Gateway reads the token as an AWS signature", () => {
    expect(responses["MISSING_AUTHENTICATION_TOKEN"]).toEqual(NOT_FOUND);
    expect(responses["RESOURCE_NOT_FOUND"]).toEqual(NOT_FOUND);
    expect(responses["INVALID_SIGNATURE"]).toEqual(NOT_FOUND);
    expect(responses["EXPIRED_TOKEN"]).toEqual(NOT_FOUND);
  });

  it("send Retry-After after throttling and while the authorizer is unavailable", () => {
    expect(responses["THROTTLED"]).toEqual(THROTTLED);
    expect(responses["QUOTA_EXCEEDED"]).toEqual(THROTTLED);
    expect(responses["AUTHORIZER_FAILURE"]).toEqual(AUTHORIZER_UNAVAILABLE);
    expect(responses["AUTHORIZER_CONFIGURATION_ERROR"]).toEqual(AUTHORIZER_UNAVAILABLE);
  });

  it.each([
    ["REQUEST_TOO_LARGE", "413", 413, "request_too_large"],
    ["UNSUPPORTED_MEDIA_TYPE", "415", 415, "unsupported_media_type"],
    ["WAF_FILTERED", "403", 403, "waf_filtered"],
    ["INTEGRATION_FAILURE", "504", 504, "integration_failure"],
    ["INTEGRATION_TIMEOUT", "504", 504, "integration_timeout"],
    ["DEFAULT_4XX", undefined, 400, "bad_request"],
    ["DEFAULT_5XX", undefined, 500, "internal_error"],
  ])("send a JSON-RPC error for %s with status %s", (type, status, code, reason) => {
    const response = responses[type];
    expect(response?.status).toBe(status);
    expect(JSON.parse(response?.body ?? "")).toEqual({
      jsonrpc: "2.0",
      id: null,
      error: {
        code,
        message: expect.stringMatching(/^[A-Z].{40,}\.$/),
        data: { reason, request_id: "$context.requestId" },
      },
    });
  });

  it("exist for no other response types", () => {
    expect(Object.keys(responses).length).toBe(17);
  });
});

describe("gateway responses for a configuration", () => {
  it.each([
    [
      "the only server's document and scopes",
      { notes: { scopes_supported: ["notes:read"] } },
      "/notes/mcp",
      "notes:read",
    ],
    [
      "the document and scopes of the only enabled server",
      { notes: {}, mail: { enabled: false } },
      "/notes/mcp",
      "openid profile",
    ],
    [
      "the root document of several servers",
      { notes: { scopes_supported: ["notes:read"] }, mail: {} },
      "",
      "openid profile",
    ],
  ])("name %s in the challenge if the URL has a path", (_, servers, place, scopes) => {
    const gateway = { public_url: "https://example.com/mcp", scopes_supported: ["openid", "profile"] };
    expect(gatewayResponses(gateway, servers)["UNAUTHORIZED"]?.headers).toMatchObject({
      "gatewayresponse.header.WWW-Authenticate": `'Bearer resource_metadata="https://example.com/mcp/.well-known/oauth-protected-resource${place}", scope="${scopes}"'`,
    });
  });

  it("warn at synthesis only if strict clients cannot use the root document", () => {
    const notes = (gateway: object, servers: Record<string, object>) => {
      const app = newApp();
      const stack = addGateway(app, { stage: "dev", configSource: configSource(gateway, servers) });
      return Annotations.fromStack(stack)
        .findInfo("*", Match.stringLikeRegexp("can't sign in"))
        .map(({ id }) => id);
    };
    expect(notes({}, { notes: {}, mail: {} })).toEqual(["/McpGateway-dev/Gateway"]);
    expect(notes({}, { notes: {} })).toEqual([]);
    expect(notes({ public_url: "https://mcp.example.com" }, { notes: {}, mail: {} })).toEqual([]);
  });

  it("let the only allowed origin read errors and the challenge", () => {
    const responses = gatewayResponses({ allowed_origins: ["https://app.example.com"] });
    for (const { headers } of Object.values(responses)) {
      expect(headers).toMatchObject({
        "gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example.com'",
        "gatewayresponse.header.Access-Control-Expose-Headers":
          "'WWW-Authenticate, Mcp-Session-Id, Retry-After'",
      });
    }
  });

  it("map the caller's origin back if several origins are allowed", () => {
    const responses = gatewayResponses({
      allowed_origins: ["https://a.example.com", "https://b.example.com"],
    });
    expect(responses["ACCESS_DENIED"]?.headers).toEqual({
      "gatewayresponse.header.Access-Control-Allow-Origin": "method.request.header.Origin",
      "gatewayresponse.header.Access-Control-Expose-Headers":
        "'WWW-Authenticate, Mcp-Session-Id, Retry-After'",
      "gatewayresponse.header.Vary": "'Origin'",
    });
  });

  it("reject a value that would end API Gateway's notation for a literal", () => {
    expect(() => gatewayResponses({ scopes_supported: ["it's"] }, { notes: {} })).toThrow(
      "API Gateway cannot send",
    );
  });
});
