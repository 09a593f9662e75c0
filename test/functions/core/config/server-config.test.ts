import { describe, expect, it } from "vitest";
import { parseServerConfig } from "../../../../functions/core/config/server-config.ts";
import { serverFaults, serverFile } from "../../../support/config-blocks.ts";

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
  scopes_supported: ["openid"],
  resource_name: "Tools",
};

describe("a server file", () => {
  it("with every key is accepted", () => {
    expect(serverFaults(FULL)).toEqual([]);
  });

  it("with the url alone gets the documented defaults", () => {
    const parsed = parseServerConfig('{"url": "https://tools.example.com/mcp"}');
    expect(parsed).toEqual({
      ok: true,
      config: {
        url: "https://tools.example.com/mcp",
        enabled: true,
        tool_authorization_mode: "enforce",
        headers: {},
        forward_headers: [],
        timeouts: { connect_ms: 3000, first_byte_ms: 60_000, idle_ms: 240_000 },
        get_stream: false,
      },
    });
  });

  it("without url is refused", () => {
    expect(serverFaults({ url: undefined })).toEqual([
      'url: required, but missing. MCP endpoint of the downstream server: https, or http on this machine. Add "url": "https://tools.example.com/mcp".',
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
    ["an unknown key", { zzzzzzzzzzzz: 1 }, "zzzzzzzzzzzz: unknown key. Known here: $schema, url, enabled, "],
    ["a key that every object has", { toString: 1 }, "toString: unknown key."],
    [
      "a key of gateway.json",
      { limits: {} },
      "limits: unknown key here. It belongs into gateway.json, for all servers.",
    ],
    [
      "the shorthand",
      { descope: {} },
      'descope: unknown key here. It belongs into gateway.json; a server of its own takes a whole "jwt_validation" block.',
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
      "resource_name: expected a string that is not empty, without control characters, got an empty string.",
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
      'scopes_supported[0]: "offline_access" is between the client and the authorization server',
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
      'tool_authorization.a.required_claims["nsec.tier"]: "nsec.tier": "nsec" holds values that the client chose itself',
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
  ])("%s is refused", (_name, changes, message) => {
    const faults = serverFaults(changes);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it("reports all faults at once", () => {
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

describe("headers", () => {
  it.each<[string, unknown, string]>([
    [
      "a hop-by-hop header",
      { Connection: "x" },
      "headers.Connection: Connection belongs to a single connection (hop-by-hop)",
    ],
    ["Host", { Host: "x" }, "headers.Host: Host is set by the gateway itself."],
    [
      "a parameter header of MCP",
      { "Mcp-Param-X": "x" },
      "headers.Mcp-Param-X: Mcp-Param-X is set by the gateway itself.",
    ],
    [
      "an underscore in place of a dash",
      { Content_Type: "x" },
      "headers.Content_Type: Content_Type is set by the gateway itself.",
    ],
    ["a bad name", { "X Y": "x" }, 'headers["X Y"]: expected a header name'],
    ["a name with a line break", { "X\r\nY": "x" }, 'headers["X\\r\\nY"]: expected a header name'],
    [
      "a value with a line break",
      { "X-A": "a\r\nX-B: c" },
      "headers.X-A: expected printable ASCII in one line (not shown).",
    ],
    ["a value beyond ASCII", { "X-A": "李" }, "headers.X-A: expected printable ASCII"],
    ["a value of another type", { "X-A": 5 }, "headers.X-A: expected a string, got a number."],
    [
      "a broken reference",
      { "X-A": "{{ssm:name}}" },
      'headers.X-A: expected a secret reference of the form "{{ssm:/name}}"',
    ],
    ["a reference to something else", { "X-A": "{{env:NAME}}" }, "headers.X-A: expected a secret reference"],
    ["a reference that is cut off", { "X-A": "{{ssm:/name}" }, "headers.X-A: expected a secret reference"],
    [
      "the same header twice",
      { "X-A": "1", "x-a": "2" },
      'headers.x-a: the same header as "X-A" (case does not count, "_" counts as "-"). Keep one.',
    ],
    ["the same header with an underscore", { "X-A": "1", X_A: "2" }, 'headers.X_A: the same header as "X-A"'],
    ["a list", ["X-A"], 'headers: expected an object, got an array. Write {"<name>": …}.'],
  ])("refuse %s", (_name, headers, message) => {
    const faults = serverFaults({ headers });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });

  it("never repeat a value in a message", () => {
    expect(serverFaults({ headers: { "X-A": "hunter2\n" } })[0]).not.toContain("hunter2");
    expect(serverFaults({ headers: { "X-A": "{{hunter2}}" } })[0]).not.toContain("hunter2");
  });
});

describe("forward_headers", () => {
  it.each<[string, unknown, string]>([
    [
      "Cookie",
      ["Cookie"],
      "forward_headers[0]: Cookie carries credentials or the caller's address and is never let through.",
    ],
    ["Authorization in any case", ["authorization"], "forward_headers[0]: authorization carries credentials"],
    [
      "Authorization as a target",
      [{ from: "X-A", to: "Authorization" }],
      "forward_headers[0].to: Authorization carries credentials",
    ],
    [
      "a cookie under another name",
      [{ from: "Cookie", to: "X-A" }],
      "forward_headers[0].from: Cookie carries credentials",
    ],
    ["Proxy-Authorization", ["Proxy-Authorization"], "hop-by-hop"],
    ["Forwarded", ["Forwarded"], "never let through"],
    ["X-Forwarded-For with underscores", ["X_Forwarded_For"], "never let through"],
    ["X-Amz-Security-Token", ["X-Amz-Security-Token"], "never let through"],
    ["an API key", ["x-api-key"], "never let through"],
    [
      "the default identity header",
      ["X-User-Claims"],
      "X-User-Claims carries the identity that downstream servers trust, so a client must not set it.",
    ],
    ["the signed identity header with underscores", ["x_user_jwt"], "carries the identity"],
    ["Transfer-Encoding", ["Transfer-Encoding"], "hop-by-hop"],
    ["Content-Type", ["Content-Type"], "set by the gateway itself"],
    ["a bad name", ["a b"], "expected a header name"],
    [
      "a number",
      [5],
      'forward_headers[0]: expected a header name or {"from": …, "to": …}, got the number 5.',
    ],
    [
      "a missing target",
      [{ from: "X-A" }],
      'forward_headers[0].to: required, but missing. Name that the server gets. Add "to": "Accept-Language".',
    ],
    ["an unknown key", [{ from: "X-A", to: "X-B", as: "X-C" }], "forward_headers[0].as: unknown key."],
    [
      "the same target twice",
      ["X-A", { from: "X-B", to: "x-a" }],
      "forward_headers[1]: x-a is already the target of an earlier entry. Keep one.",
    ],
    [
      "a string",
      "X-A",
      'forward_headers: expected a list of header names in square brackets, got "X-A". Write ["X-A"].',
    ],
  ])("refuse %s", (_name, forward_headers, message) => {
    const faults = serverFaults({ forward_headers });
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });
});

describe("user_identity_forwarding", () => {
  const identityFaults = (block: unknown) => serverFaults({ user_identity_forwarding: block });

  it.each<[string, Record<string, unknown>]>([
    ["claims_header", { method: "claims_header" }],
    [
      "every key",
      {
        method: "jwt_header",
        include_claims: ["sub", "tenants.T2abc.roles"],
        header_name: "X-Identity",
        jwt_expiry_seconds: 3600,
        audience: "https://a.example",
      },
    ],
    ["bearer with consent", { method: "bearer", allow_token_passthrough: true }],
  ])("accepts %s", (_name, block) => {
    expect(identityFaults(block)).toEqual([]);
  });

  it("fills in the documented defaults", () => {
    const parsed = parseServerConfig(
      JSON.stringify(serverFile({ user_identity_forwarding: { method: "claims_header" } })),
    );
    expect(parsed.ok && parsed.config.user_identity_forwarding).toEqual({
      method: "claims_header",
      include_claims: [
        "sub",
        "email",
        "username",
        "user_id",
        "workspace_id",
        "organisation_id",
        "scope",
        "client_id",
      ],
      jwt_expiry_seconds: 300,
      allow_token_passthrough: false,
    });
  });

  it.each<[string, Record<string, unknown>, string]>([
    ["no method", {}, "user_identity_forwarding.method: required, but missing."],
    [
      "an unknown method",
      { method: "claim_header" },
      'method: expected "claims_header", "jwt_header" or "bearer", got "claim_header". Did you mean "claims_header"?',
    ],
    [
      "bearer without consent",
      { method: "bearer" },
      '"bearer" hands the caller\'s token to the downstream server, which MCP forbids unless the token was issued for that server too.',
    ],
    [
      "bearer with consent denied",
      { method: "bearer", allow_token_passthrough: false },
      "hands the caller's token",
    ],
    [
      "consent in quotes",
      { method: "bearer", allow_token_passthrough: "true" },
      "allow_token_passthrough: expected true or false",
    ],
    [
      "a lifetime of zero",
      { method: "jwt_header", jwt_expiry_seconds: 0 },
      "jwt_expiry_seconds: expected a whole number of seconds from 1 to 3600, got the number 0.",
    ],
    ["a lifetime above an hour", { method: "jwt_header", jwt_expiry_seconds: 3601 }, "from 1 to 3600"],
    [
      "a hop-by-hop header",
      { method: "claims_header", header_name: "Connection" },
      "header_name: Connection belongs to a single connection",
    ],
    [
      "a header of the protocol",
      { method: "claims_header", header_name: "mcp-session-id" },
      "set by the gateway itself",
    ],
    [
      "nsec",
      { method: "claims_header", include_claims: ["nsec"] },
      'include_claims[0]: "nsec": "nsec" holds values that the client chose itself',
    ],
    [
      "no claims",
      { method: "claims_header", include_claims: [] },
      "include_claims: expected at least one of claim names, got an empty array.",
    ],
    [
      "an empty audience",
      { method: "jwt_header", audience: "" },
      "audience: expected a string that is not empty",
    ],
    ["an unknown key", { method: "claims_header", claims: ["sub"] }, "claims: unknown key. "],
  ])("refuses %s", (_name, block, message) => {
    const faults = identityFaults(block);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toContain(message);
  });
});
