// What leaves the gateway, byte for byte: clients, access logs, downstream servers and templates depend on it.
import { describe, expect, it } from "vitest";
import { allowPolicy, denyPolicy, Unauthorized } from "../../../functions/authorizer/policy.ts";
import { bearerChallenge, metadataUrlOf } from "../../../functions/core/challenge.ts";
import { errorBody, errorResponse } from "../../../functions/core/error-response.ts";
import { clientResponseHeaders, downstreamRequestHeaders } from "../../../functions/core/headers.ts";
import { claimsHeaderValue } from "../../../functions/core/identity-header.ts";
import { identityJwtPayload, signingInput } from "../../../functions/core/identity-jwt.ts";
import { parseMcpBody } from "../../../functions/core/mcp-message.ts";
import { serverMetadata } from "../../../functions/core/resource-metadata.ts";
import { headerValues } from "../../../functions/platform/event-headers.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { contextOf, principalWith } from "../../support/principals.ts";
import { NOW, NOW_SECONDS } from "../../support/tokens.ts";

const ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/POST/tools/mcp";

describe("the wire shape of error bodies:", () => {
  it("JSON-RPC errors with the reason and the request id", () => {
    const denied = errorResponse("unknown_server", "There is no MCP server of this name here.");
    expect(errorBody(denied, 7, "c6af9ac6")).toBe(
      '{"jsonrpc":"2.0","id":7,"error":{"code":404,"message":"There is no MCP server of this name here.","data":{"reason":"unknown_server","request_id":"c6af9ac6"}}}',
    );
  });

  it("JSON-RPC error codes if the body is not a message", () => {
    const bodies = ["{", "{}"].map((text) => {
      const parsed = parseMcpBody(text, 64);
      return parsed.ok ? "" : errorBody(parsed.errorResponse, parsed.id, "r");
    });
    expect(bodies).toEqual([
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32700,"message":"The body is not JSON. Send one JSON-RPC 2.0 message as application/json.","data":{"reason":"not_json","request_id":"r"}}}',
      '{"jsonrpc":"2.0","id":null,"error":{"code":-32600,"message":"The body is not a JSON-RPC 2.0 message. Send an object with \\"jsonrpc\\": \\"2.0\\" and a method, or a response with an id.","data":{"reason":"not_a_request","request_id":"r"}}}',
    ]);
  });
});

describe("the wire shape of the authorizer's responses:", () => {
  const context = contextOf(principalWith({ scopes: ["openid", "mcp"], claims: { tier: "pro" } }));

  it("an Allow has the server's path with every method, and seven context values, all strings", () => {
    expect(allowPolicy(ARN, context)).toEqual({
      principalId: "U2alice",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [
          {
            Action: "execute-api:Invoke",
            Effect: "Allow",
            Resource: [
              "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*/tools/mcp",
              "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/*/tools/mcp/",
            ],
          },
        ],
      },
      context: {
        sub: "U2alice",
        server: "tools",
        tenant: "T1",
        clientId: "C3",
        scope: "openid mcp",
        exp: "1794747600",
        principal: Buffer.from(
          '{"sub":"U2alice","issuer":"https://auth.example.com/v1/apps/agentic/P2/MS2","exp":1794747600,"tenant":"T1","clientId":"C3","scopes":["openid","mcp"],"claims":{"tier":"pro"},"admitted":true}',
        ).toString("base64url"),
      },
    });
  });

  it("a Deny has a message with escaped quotes", () => {
    expect(denyPolicy("claim_missing", 'requires the claim "email"\n')).toEqual({
      principalId: "refused",
      policyDocument: {
        Version: "2012-10-17",
        Statement: [{ Action: "execute-api:Invoke", Effect: "Deny", Resource: "*" }],
      },
      context: { reason: "claim_missing", message: 'requires the claim \\"email\\"\\n' },
    });
  });

  it("a 401 is an error with exactly this message", () => {
    expect(new Unauthorized().message).toBe("Unauthorized");
  });
});

describe("the wire shape of headers", () => {
  it("sent to an upstream", () => {
    const inbound = headerValues({
      Accept: ["application/json", "text/event-stream"],
      Authorization: ["Bearer secret"],
      "Content-Type": ["application/json"],
      Cookie: ["a=b"],
      "Mcp-Session-Id": ["s1"],
      "MCP-Protocol-Version": ["2025-11-25"],
      "X-User-Claims": ["{}"],
    });
    const identity = { "X-User-Claims": '{"sub":"U2alice"}' };
    const identityNames = new Set(["x-user-claims", "x-user-jwt", "authorization"]);
    expect(
      downstreamRequestHeaders({
        method: "POST",
        inbound,
        forward: [],
        identity,
        identityNames,
      }),
    ).toEqual({
      accept: "application/json, text/event-stream",
      "content-type": "application/json",
      "mcp-session-id": "s1",
      "mcp-protocol-version": "2025-11-25",
      "x-user-claims": '{"sub":"U2alice"}',
      "accept-encoding": "identity",
    });
  });

  it("sent to a client", () => {
    const response = {
      "content-type": "text/event-stream",
      "mcp-session-id": "s1",
      "cache-control": "no-cache",
      "retry-after": "5",
      "x-accel-buffering": "no",
      "set-cookie": ["a=b"],
      server: "x",
    };
    expect(clientResponseHeaders(response)).toEqual({
      "content-type": "text/event-stream",
      "mcp-session-id": "s1",
      "cache-control": "no-cache",
      "retry-after": "5",
      "x-accel-buffering": "no",
    });
  });

  it("in a challenge", () => {
    const challenge = { error: "insufficient_scope", scopes: ["a", "b"] } as const;
    expect(bearerChallenge(metadataUrlOf("https://mcp.example.com", "tools"), challenge)).toBe(
      'Bearer error="insufficient_scope", resource_metadata="https://mcp.example.com/.well-known/oauth-protected-resource/tools/mcp", scope="a b"',
    );
  });
});

describe("the wire shape of the identity", () => {
  it("in a claims header", () => {
    expect(claimsHeaderValue({ sub: "U2", name: "李", roles: ["a"] }, 8192)).toEqual({
      ok: true,
      value: '{"sub":"U2","name":"\\u674e","roles":["a"]}',
    });
  });

  it("in a JWT", () => {
    const payload = identityJwtPayload({
      issuer: "https://mcp.example.com",
      audience: "https://tools.example.com/mcp",
      claims: { sub: "U2" },
      expirySeconds: 300,
      tokenExpiresAt: NOW_SECONDS + 3600,
      jwtId: "j1",
      now: NOW,
    });
    const parts = signingInput("k1", payload).split(".");
    expect(parts.map((part) => Buffer.from(part, "base64url").toString())).toEqual([
      '{"alg":"ES256","typ":"JWT","kid":"k1"}',
      '{"sub":"U2","iss":"https://mcp.example.com","aud":"https://tools.example.com/mcp","iat":1794744000,"nbf":1794744000,"exp":1794744300,"jti":"j1"}',
    ]);
  });
});

describe("the wire shape of the metadata", () => {
  it("of a server", () => {
    const gateway = { scopes_supported: ["openid"], resource_name: "Gateway" };
    expect(
      JSON.stringify(serverMetadata(configSnapshot({ gateway }), "https://mcp.example.com", "tools")),
    ).toBe(
      '{"resource":"https://mcp.example.com/tools/mcp","authorization_servers":["https://auth.example.com/v1/apps/agentic/P2/MS2"],"scopes_supported":["openid"],"bearer_methods_supported":["header"],"resource_name":"Gateway"}',
    );
  });
});
