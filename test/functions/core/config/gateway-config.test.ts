import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { limitsSchema, parseGatewayConfig } from "../../../../functions/core/config/gateway-config.ts";
import { gatewayFaults, jwtBlock } from "../../../support/config-blocks.ts";

const DESCOPE = { project_id: "P2abc", mcp_server_id: "MS2abc" };

describe("gateway.json", () => {
  it("with every key is accepted", () => {
    expect(
      gatewayFaults({
        $schema: "schema/gateway.schema.json",
        public_url: "https://mcp.example.com/base",
        descope: DESCOPE,
        user_identity_forwarding: { method: "claims_header" },
        scopes_supported: ["openid"],
        combined: { servers: ["notes", "reports"], separator: "-", on_unavailable: "fail" },
        allowed_origins: ["https://app.example.com", "http://localhost:6274"],
        resource_name: "Gateway",
        resource_documentation: "https://docs.example.com/mcp",
        limits: {
          max_body_bytes: 1024,
          max_json_depth: 4,
          max_identity_bytes: 256,
          sse_heartbeat_seconds: 1,
        },
      }),
    ).toEqual([]);
  });

  it("can be empty if every server has its own rules, and then has the documented defaults", () => {
    expect(parseGatewayConfig("{}")).toEqual({
      ok: true,
      config: {
        allowed_origins: [],
        blocked: [],
        serve_authorization_server_metadata: false,
        limits: {
          max_body_bytes: 4_194_304,
          max_json_depth: 64,
          max_identity_bytes: 8192,
          sse_heartbeat_seconds: 15,
        },
      },
    });
  });

  it("accepts a jwt_validation block instead of the descope shorthand", () => {
    expect(gatewayFaults({ jwt_validation: jwtBlock() })).toEqual([]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "the shorthand beside a block",
      { descope: DESCOPE, jwt_validation: jwtBlock() },
      'descope: "descope" is the short form of "jwt_validation". Use only one of them.',
    ],
    [
      "a slash at the end of public_url",
      { public_url: "https://mcp.example.com/" },
      'public_url: "https://mcp.example.com/" is compared byte for byte. Write "https://mcp.example.com".',
    ],
    [
      "a slash at the end of its path",
      { public_url: "https://mcp.example.com/a/" },
      'Write "https://mcp.example.com/a".',
    ],
    ["capitals in its host", { public_url: "https://MCP.example.com" }, 'Write "https://mcp.example.com".'],
    ["its default port", { public_url: "https://mcp.example.com:443" }, 'Write "https://mcp.example.com".'],
    [
      "its query",
      { public_url: "https://mcp.example.com?a=1" },
      "public_url: a base URL must not have a query",
    ],
    ["plain http", { public_url: "http://mcp.example.com" }, "public_url: expected https"],
    [
      "every origin",
      { allowed_origins: ["*"] },
      'allowed_origins[0]: "*" would allow every web page to use a signed-in user\'s access.',
    ],
    [
      "an origin with a slash",
      { allowed_origins: ["https://a.example/"] },
      'allowed_origins[0]: an origin must not have a path: "https://a.example/" never matches. Write "https://a.example".',
    ],
    [
      "an origin without scheme",
      { allowed_origins: ["a.example"] },
      "allowed_origins[0]: expected an https URL",
    ],
    ["the null origin", { allowed_origins: ["null"] }, "allowed_origins[0]: expected an https URL"],
    ["one origin as a string", { allowed_origins: "https://a.example" }, 'Write ["https://a.example"].'],
    [
      "a key of a server file",
      { url: "https://a.example" },
      "url: unsupported key. Move it to servers/<name>.json.",
    ],
    ...[
      "headers",
      "forward_headers",
      "timeouts",
      "get_stream",
      "get_stream_seconds",
      "enabled",
      "tool_authorization",
      "tool_authorization_mode",
      "prompt_authorization",
      "resource_authorization",
    ].map((key): [string, Record<string, unknown>, string] => [
      `a server's ${key}`,
      { [key]: 1 },
      `${key}: unsupported key. Move it to servers/<name>.json.`,
    ]),
    [
      "servers in the same file",
      { servers: {} },
      "servers: unsupported key. Each server has its own file: servers/<name>.json.",
    ],
    [
      "an unknown key",
      { scope_supported: [] },
      'scope_supported: unknown key. Did you mean "scopes_supported"?',
    ],
    [
      "a body limit above Lambda's",
      { limits: { max_body_bytes: 6_291_457 } },
      "limits.max_body_bytes: expected a whole number of bytes from 1024 to 6291456",
    ],
    [
      "offline_access as a scope",
      { scopes_supported: ["openid", "offline_access"] },
      'scopes_supported[1]: clients request "offline_access" from the authorization server; it is not a scope of this resource. Remove it.',
    ],
    ["a name with a line break", { resource_name: "a\nb" }, "resource_name: expected a non-empty string"],
    [
      "a challenge setting in quotes",
      { challenge_resource_metadata: "false" },
      'challenge_resource_metadata: expected true or false, without quotes, got "false".',
    ],
    [
      "a metadata setting in quotes",
      { serve_authorization_server_metadata: "true" },
      'serve_authorization_server_metadata: expected true or false, without quotes, got "true".',
    ],
    ["limits of another type", { limits: 5 }, "limits: expected an object, got the number 5."],
    [
      "an identity block of another type",
      { user_identity_forwarding: {} },
      "user_identity_forwarding.method: required",
    ],
    ["a body limit that is too small", { limits: { max_body_bytes: 1023 } }, "from 1024"],
    [
      "a depth of zero",
      { limits: { max_json_depth: 0 } },
      "limits.max_json_depth: expected a whole number of levels from 4 to 512",
    ],
    [
      "an identity limit above 8 KiB",
      { limits: { max_identity_bytes: 8193 } },
      "limits.max_identity_bytes: expected a whole number of bytes from 256 to 8192",
    ],
    [
      "a heartbeat that is too slow",
      { limits: { sse_heartbeat_seconds: 61 } },
      "limits.sse_heartbeat_seconds: expected a whole number of seconds from 1 to 60",
    ],
    [
      "documentation over http",
      { resource_documentation: "http://docs.example.com" },
      "resource_documentation: expected https",
    ],
  ])("rejects %s", (_name, config, message) => {
    const faults = gatewayFaults(config);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it.each([
    ["a list", "[]", "an empty array"],
    ["null", "null", "null"],
    ["a string", '"x"', '"x"'],
    ["a number", "5", "the number 5"],
  ])("rejects %s instead of an object", (_name, text, kind) => {
    expect(parseGatewayConfig(text)).toEqual({
      ok: false,
      faults: [
        { path: "", message: `expected an object, got ${kind}. Write {"public_url": …, "descope": …}.` },
      ],
    });
  });
});

describe("limits", () => {
  describe("limits", () => {
    it.each([
      ["max_body_bytes", "bytes", 1024, 6_291_456],
      ["max_json_depth", "levels", 4, 512],
      ["max_identity_bytes", "bytes", 256, 8192],
      ["sse_heartbeat_seconds", "seconds", 1, 60],
    ])("accepts for %s a whole number of %s from %i to %i", (key, unit, least, most) => {
      const messages = (value: unknown) =>
        (v.safeParse(limitsSchema, { [key]: value }).issues ?? []).map((issue) => issue.message);
      const words = `expected a whole number of ${unit} from ${least} to ${most}, got the number`;
      expect([...messages(least), ...messages(most)]).toEqual([]);
      expect(messages(least - 1)).toEqual([`${words} ${least - 1}.`]);
      expect(messages(most + 1)).toEqual([`${words} ${most + 1}.`]);
      expect(messages(least + 0.5)).toEqual([`${words} ${least + 0.5}.`]);
    });
  });
});
