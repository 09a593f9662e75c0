// Usual mistakes that are valid file by file, each with the error or warning of `config validate`.
import { relative } from "node:path";
import { describe, expect, it } from "vitest";
import { runConfig } from "../../cli/config.ts";
import { configDirectory } from "../support/config-directory.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

const GATEWAY = {
  public_url: "https://mcp.acme.com",
  descope: { project_id: "P2abc", mcp_server_id: "MS2abc" },
  scopes_supported: ["openid"],
};
const SERVER = { url: "https://tools.acme.com/mcp" };
const ISS = { iss: { values: "https://api.descope.com/v1/apps/agentic/P2abc/MS2abc" } };
const BLOCK = { jwksUri: "https://api.descope.com/P2abc/.well-known/jwks.json", claimValues: ISS };

type Files = Record<string, object>;
const gateway = (changes: object): Files => ({
  "gateway.json": { ...GATEWAY, ...changes },
  "servers/tools.json": SERVER,
});
const server = (changes: object): Files => ({
  "gateway.json": GATEWAY,
  "servers/tools.json": { ...SERVER, ...changes },
});
const block = (changes: object) => server({ jwt_validation: { ...BLOCK, ...changes } });
const claims = (rules: object) => block({ claimValues: { ...ISS, ...rules } });
const tool = (rule: object) => server({ tool_authorization: { "*": rule } });
const SECRET = "q7Zk3Lw9Tn2Xb8Rv5Yc1";

async function validate(files: Files) {
  const dir = configDirectory(files);
  const { code, out } = await recordTerminal((terminal) => runConfig(["validate", dir, "--json"], terminal));
  type Found = { file: string; line?: number; path: string; message: string };
  const { faults, warnings } = JSON.parse(out) as { faults: Found[]; warnings: Found[] };
  const shown = (kind: string) => (found: Found) =>
    `${kind} ${relative(dir, found.file)}:${found.line ?? "-"} ${found.path}: ${found.message}`;
  return { code, out, lines: [...faults.map(shown("fault")), ...warnings.map(shown("warning"))] };
}

describe("config validate", () => {
  it.each<[string, Files, string]>([
    [
      "a folder server instead of servers",
      { "gateway.json": GATEWAY, "server/tools.json": SERVER },
      'fault server:- : "server" is not read',
    ],
    [
      "a server next to gateway.json",
      { "gateway.json": GATEWAY, "tools.json": SERVER },
      'fault tools.json:- : "tools.json" is not read',
    ],
    [
      "a server in a subfolder",
      { ...server({}), "servers/other/config.json": SERVER },
      'warning servers/other:- : "other" is not read',
    ],
    ["no server", { "gateway.json": GATEWAY }, "warning gateway.json:- : there is no server"],
    [
      "servers that are all disabled",
      server({ enabled: false }),
      "warning gateway.json:- : no server is enabled",
    ],
    [
      "a client's mcpServers",
      gateway({ mcpServers: { tools: SERVER } }),
      "fault gateway.json:10 mcpServers: unsupported key. Each server has its own file",
    ],
    [
      "keys of another project",
      block({ jwksUri: "https://api.descope.com/P2def/.well-known/jwks.json" }),
      "fault servers/tools.json:4 jwt_validation.jwksUri: contains the keys of the Descope project P2def",
    ],
    [
      "keys of another region",
      block({ jwksUri: "https://api.euc1.descope.com/P2abc/.well-known/jwks.json" }),
      "warning servers/tools.json:4 jwt_validation.jwksUri: is at https://api.euc1.descope.com",
    ],
    [
      "keys of another MCP Server",
      block({ jwksUri: "https://api.descope.com/v1/apps/agentic/P2abc/MS2def/.well-known/jwks.json" }),
      'warning servers/tools.json:4 jwt_validation.jwksUri: names MS2def, but "iss"',
    ],
    [
      "the metadata instead of the keys",
      block({ jwksUri: "https://api.descope.com/v1/apps/P2abc/.well-known/openid-configuration" }),
      "fault servers/tools.json:4 jwt_validation.jwksUri:",
    ],
    [
      "an issuer with a slash",
      claims({ iss: { values: `${ISS.iss.values}/` } }),
      "warning servers/tools.json:7 jwt_validation.claimValues.iss.values:",
    ],
    [
      "an audience with a slash",
      gateway({ descope: { ...GATEWAY.descope, audience: "https://mcp.acme.com/" } }),
      'warning gateway.json:6 descope.audience: "https://mcp.acme.com/" differs',
    ],
    [
      "a project id as audience",
      gateway({ descope: { ...GATEWAY.descope, audience: "P2abc" } }),
      "warning gateway.json:6 descope.audience: contains a project id",
    ],
    [
      "an API key in a header",
      server({ headers: { "X-Api-Key": SECRET } }),
      "fault servers/tools.json:4 headers.X-Api-Key: looks like a credential",
    ],
    [
      "a bearer token in a header",
      server({ headers: { Authorization: `Bearer ${SECRET}` } }),
      "fault servers/tools.json:4 headers.Authorization: looks like a credential",
    ],
    [
      "an API key in the URL",
      server({ url: `https://tools.acme.com/mcp?api_key=${SECRET}` }),
      'fault servers/tools.json:2 url: the query parameter "api_key"',
    ],
    [
      "a password in the URL",
      server({ url: `https://me:${SECRET}@tools.acme.com/mcp` }),
      "fault servers/tools.json:2 url: credentials in a URL",
    ],
    [
      "a secret in the URL of introspection",
      block({ introspectEndpoint: `https://i.acme.com/i?client_secret=${SECRET}` }),
      'fault servers/tools.json:10 jwt_validation.introspectEndpoint: the query parameter "client_secret"',
    ],
    [
      "a shell variable as a secret",
      server({ headers: { "X-Api-Key": "$API_KEY" } }),
      "fault servers/tools.json:4 headers.X-Api-Key: contains an unsupported placeholder",
    ],
    [
      "exact on amr",
      claims({ amr: { values: "mfa" } }),
      'warning servers/tools.json:10 jwt_validation.claimValues.amr.values: "exact" matches only if',
    ],
    [
      "exact on a tenant's roles",
      tool({ required_claims: { "tenants.T2.roles": { values: "admin" } } }),
      'warning servers/tools.json:7 tool_authorization["*"].required_claims["tenants.T2.roles"].values: "exact" matches only if',
    ],
    [
      "exact with several values",
      tool({ required_claims: { plan: { values: ["free", "pro"] } } }),
      'warning servers/tools.json:7 tool_authorization["*"].required_claims.plan.values: "exact" compares',
    ],
    [
      "several values in one string",
      tool({ required_claims: { plan: { values: "free,pro", matchType: "contains" } } }),
      'warning servers/tools.json:7 tool_authorization["*"].required_claims.plan.values: "free,pro" is a single value',
    ],
    [
      "a wildcard in a value",
      tool({ required_claims: { email: { values: "*@acme.com" } } }),
      'warning servers/tools.json:7 tool_authorization["*"].required_claims.email.values: "*@acme.com" is compared literally',
    ],
    [
      "a pattern without anchors",
      tool({ required_claims: { email: { values: "@acme.com", matchType: "regex" } } }),
      'warning servers/tools.json:7 tool_authorization["*"].required_claims.email.values: "@acme.com" matches anywhere',
    ],
    [
      "a claim in upper case",
      tool({ required_claims: { Roles: { values: "a", matchType: "contains" } } }),
      'warning servers/tools.json:6 tool_authorization["*"].required_claims.Roles: claim names are case-sensitive',
    ],
    [
      "a kind of token that is always denied",
      claims({ token_type: { values: "id_token" } }),
      "warning servers/tools.json:10 jwt_validation.claimValues.token_type.values: never matches",
    ],
    [
      "a tool for a plan that the server denies",
      server({
        jwt_validation: { ...BLOCK, claimValues: { ...ISS, plan: { values: "pro" } } },
        tool_authorization: { "*": { required_claims: { plan: { values: "free" } } } },
      }),
      'warning servers/tools.json:17 tool_authorization["*"].required_claims.plan: never matches',
    ],
    [
      "a scope that no client asks for",
      tool({ required_scopes: ["write"] }),
      'warning servers/tools.json:5 tool_authorization["*"].required_scopes: "write": not in "scopes_supported"',
    ],
    [
      "a regular expression for a tool",
      server({ tool_authorization: { "^pro_.*$": {}, "*": {} } }),
      'warning servers/tools.json:4 tool_authorization["^pro_.*$"]: looks like a regular expression',
    ],
    [
      "rules that are only logged",
      server({ tool_authorization: { "*": {} }, tool_authorization_mode: "log_only" }),
      'warning servers/tools.json:6 tool_authorization_mode: with "log_only", requests',
    ],
    [
      "seconds instead of milliseconds",
      server({ timeouts: { first_byte_ms: 30 } }),
      "warning servers/tools.json:4 timeouts.first_byte_ms: is 30 milliseconds",
    ],
    [
      "a cookie as the token's header",
      gateway({ descope: undefined, jwt_validation: { ...BLOCK, headerKey: "Cookie" } }),
      "fault gateway.json:13 jwt_validation.headerKey: Cookie contains cookies",
    ],
    [
      "a server's endpoint as public_url",
      gateway({ public_url: "https://mcp.acme.com/tools/mcp" }),
      "warning gateway.json:2 public_url: ends in /mcp",
    ],
  ])("reports %s", async (_name, files, expected) => {
    const { code, lines } = await validate(files);
    expect(lines.filter((line) => line.startsWith(expected))).toHaveLength(1);
    expect(code).toBe(lines.some((line) => line.startsWith("fault")) ? 1 : 0);
  });

  it.each<[string, Files]>([
    ["a header", server({ headers: { "X-Api-Key": SECRET, "X-Other": SECRET } })],
    ["a header of the wrong type", server({ headers: { "X-Api-Key": [SECRET] } })],
    ["a query of a URL without TLS", server({ url: `http://tools.acme.com/mcp?key=${SECRET}` })],
    ["a query under any name", server({ url: `http://tools.acme.com/mcp?v=${SECRET}` })],
    ["a user of a URL", server({ url: `https://me:${SECRET}@tools.acme.com/mcp` })],
    ["a text of a vendor's form", gateway({ descope: { ...GATEWAY.descope, region: `sk-${SECRET}` } })],
    [
      "an introspection secret",
      block({ introspectEndpoint: "https://i.acme.com", introspectClientSecret: SECRET }),
    ],
    ["a URL of keys", block({ jwksUri: `http://k.acme.com/keys?token=${SECRET}` })],
    ["an origin", gateway({ allowed_origins: [`https://app.acme.com/?token=${SECRET}`] })],
    ["a public_url", gateway({ public_url: `https://mcp.acme.com/?token=${SECRET}` })],
  ])("does not repeat a secret in %s", async (_name, files) => {
    const { code, out } = await validate(files);
    expect(code).toBe(1);
    expect(out).not.toContain(SECRET);
  });
});
