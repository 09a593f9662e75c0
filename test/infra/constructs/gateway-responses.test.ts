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
  body: '{"jsonrpc":"2.0","id":null,"error":{"code":404,"message":"Nothing is served at this path. MCP servers answer at /{server}/mcp: check the server name and the path of the URL.","data":{"reason":"not_found","request_id":"$context.requestId"}}}',
};
const THROTTLED = {
  status: "429",
  headers: { "gatewayresponse.header.Retry-After": "'1'", "gatewayresponse.header.Vary": "'Origin'" },
  body: '{"jsonrpc":"2.0","id":null,"error":{"code":429,"message":"Too many requests at once. Wait for the seconds given in Retry-After, then send the request again.","data":{"reason":"throttled","request_id":"$context.requestId"}}}',
};
const AUTHORIZER_UNAVAILABLE = {
  status: "503",
  headers: { "gatewayresponse.header.Retry-After": "'5'", "gatewayresponse.header.Vary": "'Origin'" },
  body: '{"jsonrpc":"2.0","id":null,"error":{"code":503,"message":"The access token could not be checked, so the request was not let through. Try again in a few seconds; if it stays, tell the operator the request_id.","data":{"reason":"authorizer_unavailable","request_id":"$context.requestId"}}}',
};

describe("gateway responses", () => {
  let responses: Record<string, Response>;
  beforeAll(() => {
    responses = gatewayResponses();
  });

  it("challenges a caller without a valid token (RFC 6750, RFC 9728)", () => {
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
      "the configuration says so",
      { public_url: "https://example.com/mcp", challenge_resource_metadata: false, scopes_supported: ["a"] },
    ],
    [
      "the gateway's rules name no single issuer",
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
  ])("leaves clients to find the metadata of the server they call where %s", (_case, gateway) => {
    const file = { public_url: "https://mcp.example.com", ...gateway };
    const { headers, body } = gatewayResponses(file)["UNAUTHORIZED"] ?? {};
    expect(headers?.["gatewayresponse.header.WWW-Authenticate"]).toBe(`'Bearer realm="${file.public_url}"'`);
    expect(body).toContain(
      "Sign in at the authorization server that the metadata of this MCP server at /.well-known/oauth-protected-resource/{server}/mcp names, then",
    );
  });

  it("passes on the authorizer's reason and message for a denied token", () => {
    expect(responses["ACCESS_DENIED"]).toEqual({
      status: "403",
      headers: { "gatewayresponse.header.Vary": "'Origin'" },
      body: '{"jsonrpc":"2.0","id":null,"error":{"code":403,"message":"$context.authorizer.message","data":{"reason":"$context.authorizer.reason","request_id":"$context.requestId"}}}',
    });
  });

  it("answers unknown routes with 404, whatever API Gateway takes the token for", () => {
    expect(responses["MISSING_AUTHENTICATION_TOKEN"]).toEqual(NOT_FOUND);
    expect(responses["RESOURCE_NOT_FOUND"]).toEqual(NOT_FOUND);
    expect(responses["INVALID_SIGNATURE"]).toEqual(NOT_FOUND);
    expect(responses["EXPIRED_TOKEN"]).toEqual(NOT_FOUND);
  });

  it("says when to come back after throttling and while the authorizer is unavailable", () => {
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
  ])("answers %s with status %s and a JSON-RPC error", (type, status, code, reason) => {
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

  it("has no others", () => {
    expect(Object.keys(responses).length).toBe(17);
  });
});

describe("what the configuration changes in gateway responses", () => {
  it.each([
    [
      "the only server's document and scopes",
      { notes: { scopes_supported: ["notes:read"] } },
      "/notes/mcp",
      "notes:read",
    ],
    [
      "that of the only enabled server",
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
  ])("names %s in the challenge below a path", (_, servers, place, scopes) => {
    const gateway = { public_url: "https://example.com/mcp", scopes_supported: ["openid", "profile"] };
    expect(gatewayResponses(gateway, servers)["UNAUTHORIZED"]?.headers).toMatchObject({
      "gatewayresponse.header.WWW-Authenticate": `'Bearer resource_metadata="https://example.com/mcp/.well-known/oauth-protected-resource${place}", scope="${scopes}"'`,
    });
  });

  it("says at synthesis that strict clients can't follow the root document, and nothing otherwise", () => {
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

  it("lets the one allowed origin read errors, and the challenge with them", () => {
    const responses = gatewayResponses({ allowed_origins: ["https://app.example.com"] });
    for (const { headers } of Object.values(responses)) {
      expect(headers).toMatchObject({
        "gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example.com'",
        "gatewayresponse.header.Access-Control-Expose-Headers":
          "'WWW-Authenticate, Mcp-Session-Id, Retry-After'",
      });
    }
  });

  it("maps the caller's origin back where several are allowed", () => {
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

  it("refuses a value that would end API Gateway's notation for a literal", () => {
    expect(() => gatewayResponses({ scopes_supported: ["it's"] }, { notes: {} })).toThrow(
      "API Gateway cannot send",
    );
  });
});
