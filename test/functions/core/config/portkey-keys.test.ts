import { describe, expect, it } from "vitest";
import { effectiveServer } from "../../../../functions/core/config/effective-server.ts";
import { type GatewayConfig, parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig, type ServerConfig } from "../../../../functions/core/config/server-config.ts";

function parse(block: object) {
  return parseServerConfig(JSON.stringify({ url: "https://tools.example.com/mcp", ...block }));
}

function serverOf(block: object) {
  const gateway = parseGatewayConfig(
    JSON.stringify({ descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } }),
  ) as { config: GatewayConfig };
  const parsed = parse(block) as { config: ServerConfig };
  const effective = effectiveServer("tools", gateway.config, parsed.config);
  if (!effective.ok) throw new Error(JSON.stringify(effective.faults));
  return effective.server;
}

describe("server keys of Portkey's gateway", () => {
  it("reads forward_headers as an allow-list object", () => {
    const headers = ["x-trace-id", { from: "x-tenant-id", to: "X-Organization-Id" }];
    expect(serverOf({ forward_headers: { mode: "allowlist", headers } }).forwardHeaders).toEqual([
      { from: "x-trace-id", to: "x-trace-id" },
      { from: "x-tenant-id", to: "X-Organization-Id" },
    ]);
  });

  it("explains why forward_headers cannot forward all headers except some", () => {
    expect(parse({ forward_headers: { mode: "all-except", headers: ["x-internal"] } })).toEqual({
      ok: false,
      faults: [
        {
          path: "forward_headers.mode",
          message:
            '"all-except" would forward unreviewed headers, including credentials. List the headers to forward, with "mode": "allowlist".',
        },
      ],
    });
  });

  it("reports the only supported mode of forward_headers for any other mode", () => {
    expect(parse({ forward_headers: { mode: "all", headers: ["x-internal"] } })).toMatchObject({
      ok: false,
      faults: [{ path: "forward_headers.mode", message: 'expected "allowlist", got "all".' }],
    });
  });

  it("checks the header names inside an allow-list object", () => {
    expect(parse({ forward_headers: { mode: "allowlist", headers: ["Cookie"] } })).toMatchObject({
      ok: false,
      faults: [{ path: "forward_headers.headers[0]" }],
    });
  });

  it("reports both forms of forward_headers if the value has neither", () => {
    expect(parse({ forward_headers: 5 })).toMatchObject({
      ok: false,
      faults: [
        {
          path: "forward_headers",
          message:
            'expected a list of header names in square brackets, or {"mode": "allowlist", "headers": […]}, got the number 5.',
        },
      ],
    });
  });

  it("sends passthrough_headers, which replace headers of the same name", () => {
    const { headers } = serverOf({
      headers: { "X-Api-Key": "{{ssm:/secrets/key}}", "X-Api-Version": "1" },
      passthrough_headers: { x_api_version: "2", "X-Client": "gateway" },
    });
    expect(headers).toEqual({
      "X-Api-Key": "{{ssm:/secrets/key}}",
      x_api_version: "2",
      "X-Client": "gateway",
    });
  });

  it("rejects a passthrough header that carries the caller's identity", () => {
    const parsed = parse({
      passthrough_headers: { "X-User-Claims": "{}" },
      user_identity_forwarding: { method: "claims_header" },
    }) as { config: ServerConfig };
    const gateway = parseGatewayConfig(
      JSON.stringify({ descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } }),
    ) as { config: GatewayConfig };
    expect(effectiveServer("tools", gateway.config, parsed.config)).toMatchObject({
      ok: false,
      faults: [{ path: "passthrough_headers.X-User-Claims" }],
    });
  });

  it.each(["extractClaims", "claimPrefix"])("says what to write instead of jwt_validation.%s", (key) => {
    expect(parse({ jwt_validation: { [key]: "x", jwksUri: "https://a.example/keys" } })).toMatchObject({
      faults: expect.arrayContaining([
        {
          path: `jwt_validation.${key}`,
          message:
            'unsupported key. Use "user_identity_forwarding" with "method": "claims_header" and "include_claims", which sends the claims in one header. Remove it.',
        },
      ]),
    });
  });

  it.each([
    ["oauth_metadata", '"headers"'],
    ["external_auth_config", '"descope" or "jwt_validation"'],
    ["secret_mappings", "{{ssm:/name}}"],
    ["authorization_webhook", '"tool_authorization"'],
    ["mcp_integration_details", '"url"'],
    ["configurations", "to the top level of the file"],
    ["transport", "Streamable HTTP"],
    ["auth_type", '"headers"'],
    ["slug", "servers/<name>.json"],
    ["workspace_id", "Workspaces are not supported"],
    ["jwksUri", '"jwt_validation"'],
    ["claimValues", '"jwt_validation"'],
  ])("says what to write instead of %s", (key, advice) => {
    expect(parse({ [key]: {} })).toMatchObject({
      ok: false,
      faults: [{ path: key, message: expect.stringContaining(advice) }],
    });
  });
});
