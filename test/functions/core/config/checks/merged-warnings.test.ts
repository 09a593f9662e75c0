import { describe, expect, it } from "vitest";
import {
  gatewayMergedWarnings,
  serverMergedWarnings,
} from "../../../../../functions/core/config/checks/merged-warnings.ts";
import { parseGatewayConfig } from "../../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../../../../functions/core/config/server-config.ts";
import { AGENTIC_ISSUER, faultLines, jwtBlock, serverFile } from "../../../../support/config-blocks.ts";

function gateway(changes: Record<string, unknown> = {}) {
  const descope = { project_id: "P2abc", mcp_server_id: "MS2abc" };
  const parsed = parseGatewayConfig(
    JSON.stringify({ public_url: "https://mcp.example.com", descope, ...changes }),
  );
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.config;
}

function server(changes: Record<string, unknown> = {}) {
  const parsed = parseServerConfig(JSON.stringify(serverFile(changes)));
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message);
  return parsed.config;
}

const lines = (faults: ReturnType<typeof serverMergedWarnings>) => faultLines({ ok: false, faults });
const ofServer = (changes: Record<string, unknown>, gatewayChanges: Record<string, unknown> = {}) =>
  lines(serverMergedWarnings("tools", gateway(gatewayChanges), server(changes)));
const ofGateway = (changes: Record<string, unknown>, servers: Record<string, object> = { tools: {} }) =>
  lines(
    gatewayMergedWarnings(
      gateway(changes),
      new Map(Object.entries(servers).map(([name, each]) => [name, server(each as Record<string, unknown>)])),
    ),
  );
const withAudience = (audience: unknown) => ({
  descope: { project_id: "P2abc", mcp_server_id: "MS2abc", audience },
});

describe("an audience with public_url", () => {
  it.each([
    "https://mcp.example.com",
    "https://mcp.example.com/mcp",
    "https://mcp.example.com/tools/mcp",
    "https://other.example.com/",
  ])("is accepted without a warning if it is %s", (audience) =>
    expect(ofGateway(withAudience(audience))).toEqual([]),
  );

  it.each([
    ["https://mcp.example.com/", "https://mcp.example.com", "by a slash"],
    ["https://mcp.example.com/tools/mcp/", "https://mcp.example.com/tools/mcp", "by a slash"],
    ["https://MCP.example.com", "https://mcp.example.com", "by case"],
  ])("causes a warning if it is %s", (audience, meant, how) => {
    const message = `"${audience}" differs from this gateway's URL "${meant}" only ${how}, and audiences are compared byte for byte. Write "${meant}", and set exactly that as the MCP Server's URL in Descope.`;
    expect(ofGateway(withAudience([audience]))).toEqual([`descope.audience: ${message}`]);
    const aud = { values: audience, matchType: "contains" };
    const block = jwtBlock({ claimValues: { iss: { values: AGENTIC_ISSUER }, aud } });
    expect(ofServer({ jwt_validation: block })).toEqual([
      `jwt_validation.claimValues.aud.values: ${message}`,
    ]);
  });

  it("is not checked if it is a pattern, or if the gateway's URL is not known", () => {
    const aud = { values: "^https://mcp.example.com/$", matchType: "regex" };
    expect(
      ofServer({ jwt_validation: jwtBlock({ claimValues: { iss: { values: AGENTIC_ISSUER }, aud } }) }),
    ).toEqual([]);
    expect(ofGateway({ ...withAudience("https://mcp.example.com/"), public_url: undefined })).toEqual([]);
  });
});

describe("a scope that a rule requires", () => {
  const rules = { tool_authorization: { "*": { required_scopes: ["openid", "write", "read"] } } };
  const message = (scopes: string) =>
    `tool_authorization["*"].required_scopes: ${scopes}: not in "scopes_supported", so clients do not request it when they sign in, but only after a 403. Add it there, and to the MCP Server in Descope.`;

  it("causes a warning if clients cannot discover it", () => {
    expect(ofServer(rules)).toEqual([message('"openid", "write", "read"')]);
    expect(ofServer(rules, { scopes_supported: ["openid"] })).toEqual([message('"write", "read"')]);
    expect(
      ofServer({ ...rules, scopes_supported: ["read"] }, { scopes_supported: ["openid", "write"] }),
    ).toEqual([message('"openid", "write"')]);
  });

  it("can be in scopes_supported of the gateway or the server", () => {
    expect(ofServer(rules, { scopes_supported: ["openid", "write", "read"] })).toEqual([]);
    expect(ofServer({ ...rules, scopes_supported: ["openid", "write", "read"] })).toEqual([]);
    expect(ofServer({ prompt_authorization: { "*": {} } })).toEqual([]);
  });
});

describe("an access rule of a tool", () => {
  const pro = { plan: { values: "pro" } };
  const block = jwtBlock({ claimValues: { iss: { values: AGENTIC_ISSUER }, ...pro } });
  const free = { required_claims: { plan: { values: "free" } } };

  it("causes a warning if no token of the server can match it, with the server's or the gateway's token rules", () => {
    const message =
      'never matches: "claimValues" in "jwt_validation" only allows values of "plan" that this rule denies. Change one of the two.';
    expect(ofServer({ jwt_validation: block, resource_authorization: { "*": free } })).toEqual([
      `resource_authorization["*"].required_claims.plan: ${message}`,
    ]);
    expect(
      ofServer({ tool_authorization: { "*": free } }, { descope: undefined, jwt_validation: block }),
    ).toEqual([`tool_authorization["*"].required_claims.plan: ${message}`]);
    expect(
      ofServer({ tool_authorization: { "*": { required_claims: pro } }, jwt_validation: block }),
    ).toEqual([]);
    expect(ofServer({ tool_authorization: { "*": free } })).toEqual([]);
  });

  it("on the issuer is compared with the server's own descope block", () => {
    const rules = { "*": { required_claims: { iss: { values: AGENTIC_ISSUER } } } };
    const descope = { mcp_server_id: "MS2def" };
    expect(ofServer({ tool_authorization: rules, descope: { ...descope, issuers: "agentic" } })).toEqual([
      expect.stringContaining('tool_authorization["*"].required_claims.iss: never matches'),
    ]);
    expect(ofServer({ tool_authorization: rules, descope })).toEqual([]);
  });
});

describe("a gateway configuration", () => {
  it("without an enabled server causes a warning", () => {
    expect(ofGateway({}, {})).toEqual([
      ": there is no server, so every request gets a 404. Add servers/<name>.json for each server.",
    ]);
    expect(ofGateway({}, { a: { enabled: false } })).toEqual([
      ': no server is enabled, so every request gets a 404. Remove "enabled": false from a server.',
    ]);
    expect(ofGateway({}, { a: { enabled: false }, b: {} })).toEqual([]);
  });
});
