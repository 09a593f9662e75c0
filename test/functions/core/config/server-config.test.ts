import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { parseServerConfig, timeoutsSchema } from "../../../../functions/core/config/server-config.ts";
import { serverFaults } from "../../../support/config-blocks.ts";

const FULL = {
  $schema: "../schema/server.schema.json",
  enabled: false,
  tool_authorization: {
    "admin_*": { required_scopes: ["admin"], required_claims: { tier: { values: ["pro"] } } },
    ping: {},
  },
  prompt_authorization: { "*": { required_scopes: ["prompts"] } },
  resource_authorization: { "file:///private/*": { required_scopes: ["files"] } },
  tool_authorization_mode: "log_only",
  headers: { Authorization: "Bearer {{ssm:/a/b}}", "X-Static": "1" },
  forward_headers: ["X-Request-Id", { from: "X-Locale", to: "Accept-Language" }],
  timeouts: { connect_ms: 1, first_byte_ms: 900_000, idle_ms: 1000 },
  get_stream: true,
  get_stream_seconds: 900,
  scopes_supported: ["openid"],
  resource_name: "Tools",
};

describe("a server file", () => {
  it("with every key is accepted", () => {
    expect(serverFaults(FULL)).toEqual([]);
  });

  it("with only the url has the documented defaults", () => {
    const parsed = parseServerConfig('{"url": "https://tools.example.com/mcp"}');
    expect(parsed).toEqual({
      ok: true,
      config: {
        url: "https://tools.example.com/mcp",
        enabled: true,
        blocked: [],
        tool_authorization_mode: "enforce",
        extra_methods: [],
        headers: {},
        passthrough_headers: {},
        forward_headers: [],
        timeouts: { connect_ms: 3000, first_byte_ms: 290_000, idle_ms: 240_000 },
        get_stream: false,
        get_stream_seconds: 60,
      },
    });
  });

  it("without the url is rejected", () => {
    expect(serverFaults({ url: undefined })).toEqual([
      'url: required, but missing. MCP endpoint of the server: https, or http on localhost. Add "url": "https://tools.example.com/mcp".',
    ]);
  });

  it.each<[string, Record<string, unknown>, string]>([
    [
      "http url elsewhere",
      { url: "http://tools.example.com/mcp" },
      'url: expected https, got "http://tools.example.com/mcp". Plain http is accepted only for localhost, 127.0.0.0/8 and [::1].',
    ],
    ["url of another type", { url: 5 }, "url: expected an https URL, got the number 5."],
    [
      "enabled in quotes",
      { enabled: "true" },
      'enabled: expected true or false, without quotes, got "true".',
    ],
    [
      "get_stream as a number",
      { get_stream: 1 },
      "get_stream: expected true or false, without quotes, got the number 1.",
    ],
    [
      "a misspelt key",
      { tool_authorisation: {} },
      'tool_authorisation: unknown key. Did you mean "tool_authorization"?',
    ],
    ["an unknown key", { zzzzzzzzzzzz: 1 }, "zzzzzzzzzzzz: unknown key. Known keys: $schema, url, enabled, "],
    ["a key that every object has", { toString: 1 }, "toString: unknown key."],
    [
      "a key of gateway.json",
      { limits: {} },
      "limits: unsupported key. Move it to gateway.json; it applies to all servers.",
    ],
    ...["public_url", "allowed_origins", "resource_documentation"].map(
      (key): [string, Record<string, unknown>, string] => [
        `the gateway's ${key}`,
        { [key]: 1 },
        `${key}: unsupported key. Move it to gateway.json; it applies to all servers.`,
      ],
    ),
    [
      "a name in the file",
      { name: "tools" },
      "name: unsupported key. A server is named by its file: servers/<name>.json. Remove it.",
    ],
    [
      "two scopes in one in a rule",
      { tool_authorization: { a: { required_scopes: ["x", "y z"] } } },
      'tool_authorization.a.required_scopes[1]: expected one scope name without spaces or quotes (RFC 6749), got "y z".',
    ],
    [
      "a tool name with a line break",
      { tool_authorization: { "a\n": {} } },
      'tool_authorization["a\\n"]: expected a name or a glob such as "admin_*", without control characters, got "a\\n".',
    ],
    [
      "the shorthand without an MCP Server of its own",
      { descope: {} },
      "descope.mcp_server_id: required, but missing.",
    ],
    [
      "a tool name that no tool can have",
      { tool_authorization: { "admin_delete ": {} } },
      'tool_authorization["admin_delete "]: expected a name or a glob without space at its start and end, got "admin_delete ": requests with names in another form are denied. Write "admin_delete".',
    ],
    [
      "a resource rule that no URI can match",
      { resource_authorization: { "docs://public/../private/*": {} } },
      'resource_authorization["docs://public/../private/*"]: expected a URI or a glob without "." and ".." segments, got "docs://public/../private/*": requests with URIs in another form are denied. Write "docs://public/private/*".',
    ],
    [
      "a method with a space",
      { extra_methods: ["vendor/x "] },
      'extra_methods[0]: expected a method name of letters, digits, "_", ".", "$", "-" and "/", got "vendor/x ".',
    ],
    [
      "a method that is too long",
      { extra_methods: ["x".repeat(129)] },
      'extra_methods[0]: expected a method name of letters, digits, "_", ".", "$", "-" and "/", got "xxx',
    ],
    [
      "a method of the protocol",
      { extra_methods: ["vendor/x", "tools/call"] },
      'extra_methods[1]: "tools/call" is an MCP method and needs no entry. Remove it.',
    ],
    [
      "another spelling of a method of the protocol",
      { extra_methods: ["Tools/Call"] },
      'extra_methods[0]: "Tools/Call" is another spelling of "tools/call", with which rules could be evaded. Remove it.',
    ],
    [
      "a mode that does not exist",
      { tool_authorization_mode: "off" },
      'tool_authorization_mode: expected "enforce" or "log_only", got "off".',
    ],
    [
      "$schema of another type",
      { $schema: 1 },
      "$schema: expected the path of a JSON Schema file, got the number 1.",
    ],
    [
      "an empty name",
      { resource_name: "" },
      "resource_name: expected a non-empty string, without control characters, got an empty string.",
    ],
    [
      "scopes as a string",
      { scopes_supported: "openid" },
      'scopes_supported: expected a list of scope names in square brackets, got "openid". Write ["openid"].',
    ],
    [
      "two scopes in one",
      { scopes_supported: ["a b"] },
      'scopes_supported[0]: expected one scope name without spaces or quotes (RFC 6749), got "a b".',
    ],
    [
      "offline_access",
      { scopes_supported: ["offline_access"] },
      'scopes_supported[0]: clients request "offline_access" from the authorization server',
    ],
    [
      "a timeout of zero",
      { timeouts: { connect_ms: 0 } },
      "timeouts.connect_ms: expected a whole number of milliseconds from 1 to 60000, got the number 0.",
    ],
    [
      "a timeout beyond a stream's life",
      { timeouts: { idle_ms: 900_001 } },
      "timeouts.idle_ms: expected a whole number of milliseconds from 1 to 900000",
    ],
    [
      "an unknown timeout",
      { timeouts: { connect: 1 } },
      'timeouts.connect: unknown key. Did you mean "connect_ms"?',
    ],
    [
      "timeouts as a number",
      { timeouts: 5 },
      'timeouts: expected an object, got the number 5. Write {"connect_ms": …, "first_byte_ms": …}.',
    ],
    [
      "rules as a list",
      { tool_authorization: ["ping"] },
      'tool_authorization: expected an object, got an array. Write {"<name>": …}.',
    ],
    [
      "an empty tool name",
      { tool_authorization: { "": {} } },
      'tool_authorization[""]: expected a name or a glob such as "admin_*", without control characters, got an empty string.',
    ],
    [
      "a misspelt rule key",
      { tool_authorization: { a: { required_scope: [] } } },
      'tool_authorization.a.required_scope: unknown key. Did you mean "required_scopes"?',
    ],
    [
      "nsec in a tool rule",
      { tool_authorization: { a: { required_claims: { "nsec.tier": { values: "pro" } } } } },
      'tool_authorization.a.required_claims["nsec.tier"]: "nsec.tier": clients choose the values in "nsec"',
    ],
    [
      "empty values in a tool rule",
      { tool_authorization: { a: { required_claims: { b: { values: [], matchType: "containsAll" } } } } },
      "tool_authorization.a.required_claims.b.values: expected at least one value",
    ],
    [
      "a scope rule as a string",
      { prompt_authorization: { a: { required_scopes: "x" } } },
      'prompt_authorization.a.required_scopes: expected a list of scope names in square brackets, got "x".',
    ],
    [
      "a rule on a URI that is null",
      { resource_authorization: { "file:///a": null } },
      'resource_authorization["file:///a"]: expected an object, got null. Write {"required_claims": …, "required_scopes": …}.',
    ],
  ])("%s is rejected", (_name, changes, message) => {
    const faults = serverFaults(changes);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it("is rejected with all errors at once", () => {
    const faults = serverFaults({
      url: "x",
      enabled: 1,
      retries: 2,
      headers: { Host: "a" },
      timeouts: { connect_ms: -1, idle_ms: -1 },
    });
    expect(faults.map((fault) => fault.split(":")[0])).toEqual([
      "url",
      "enabled",
      "headers.Host",
      "timeouts.connect_ms",
      "timeouts.idle_ms",
      "retries",
    ]);
  });
});

describe("timeouts", () => {
  describe("timeouts", () => {
    it.each([
      ["connect_ms", 60_000],
      ["first_byte_ms", 900_000],
      ["idle_ms", 900_000],
    ])("%s accepts whole numbers of milliseconds from 1 to %i", (key, most) => {
      const messages = (value: unknown) =>
        (v.safeParse(timeoutsSchema, { [key]: value }).issues ?? []).map((issue) => issue.message);
      const words = `expected a whole number of milliseconds from 1 to ${most}, got the number`;
      expect([...messages(1), ...messages(most)]).toEqual([]);
      expect(messages(0)).toEqual([`${words} 0.`]);
      expect(messages(most + 1)).toEqual([`${words} ${most + 1}.`]);
      expect(messages(1.5)).toEqual([`${words} 1.5.`]);
    });
  });
});
