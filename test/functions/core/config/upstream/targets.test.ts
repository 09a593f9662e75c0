import { describe, expect, it } from "vitest";
import { effectiveServer } from "../../../../../functions/core/config/effective-server.ts";
import {
  type GatewayConfig,
  parseGatewayConfig,
} from "../../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig, type ServerConfig } from "../../../../../functions/core/config/server-config.ts";
import { usesCallerToken } from "../../../../../functions/core/config/upstream/credential.ts";

const DESCOPE = { project_id: "P2abc", mcp_server_id: "MS2abc", region: "euc1" };
const SECRET = "{{ssm:/secret}}";
const CLIENT = { client_id: "gateway", client_secret: SECRET };
const EXCHANGE = { type: "token_exchange", ...CLIENT, resource: "https://linear.example.com" };
const CONNECTION = { type: "descope_connection", app_id: "linear" };

function merged(server: Record<string, unknown>, gateway: Record<string, unknown> = {}) {
  const parsed = parseServerConfig(JSON.stringify({ url: "https://tools.example.com/mcp", ...server }));
  const own = parseGatewayConfig(
    JSON.stringify({ public_url: "https://mcp.example.com", descope: DESCOPE, ...gateway }),
  );
  if (!parsed.ok || !own.ok) throw new Error(JSON.stringify([parsed, own]));
  return effectiveServer("tools", own.config as GatewayConfig, parsed.config as ServerConfig);
}

function effective(server: Record<string, unknown>, gateway?: Record<string, unknown>) {
  const result = merged(server, gateway);
  if (!result.ok) throw new Error(JSON.stringify(result.faults));
  return result.server;
}

function faults(server: Record<string, unknown>, gateway?: Record<string, unknown>) {
  const result = merged(server, gateway);
  return result.ok ? [] : result.faults.map(({ path, message }) => `${path}: ${message}`);
}

const credential = (server: Record<string, unknown>, gateway?: Record<string, unknown>) =>
  effective(server, gateway).upstreamAuth;

describe("the upstream credential of a server", () => {
  it("is the server's, otherwise the gateway's, and none if the server disables it", () => {
    const gateway = { upstream_auth: { type: "sigv4", service: "lambda" } };
    expect(credential({}, gateway)).toMatchObject({ type: "sigv4" });
    expect(credential({ upstream_auth: CONNECTION }, gateway)).toMatchObject({ type: "descope_connection" });
    expect(credential({ upstream_auth: { type: "none" } }, gateway)).toBeUndefined();
    expect(credential({})).toBeUndefined();
  });

  it.each([
    ["https://abc.lambda-url.us-west-2.on.aws/mcp", { service: "lambda", region: "us-west-2" }],
    [
      "https://abc.execute-api.eu-west-1.amazonaws.com/prod/mcp",
      { service: "execute-api", region: "eu-west-1" },
    ],
    [
      "https://gw.gateway.bedrock-agentcore.us-east-1.amazonaws.com/mcp",
      { service: "bedrock-agentcore", region: "us-east-1", isAgentCore: false },
    ],
    [
      "https://tools-123.7d67968.vpc-lattice-svcs.us-gov-west-1.on.aws/mcp",
      { service: "vpc-lattice-svcs", region: "us-gov-west-1" },
    ],
    [
      "https://abc.execute-api.cn-north-1.amazonaws.com.cn/mcp",
      { service: "execute-api", region: "cn-north-1" },
    ],
  ])("reads service and Region from %s", (url, expected) => {
    expect(credential({ url, upstream_auth: { type: "sigv4" } })).toMatchObject(expected);
  });

  it("uses service and Region of the block before those of the host, and returns no Region if both lack one", () => {
    const url = "https://abc.lambda-url.us-west-2.on.aws/mcp";
    const own = { type: "sigv4", service: "other", region: "eu-central-1" };
    expect(credential({ url, upstream_auth: own })).toMatchObject({
      service: "other",
      region: "eu-central-1",
    });
    expect(credential({ upstream_auth: { type: "sigv4", service: "lambda" } })).toEqual({
      type: "sigv4",
      service: "lambda",
      region: undefined,
      resourceArn: undefined,
      isAgentCore: false,
    });
  });

  it("recognizes an AgentCore Runtime by its ARN and by its URL", () => {
    const agentcore_runtime_arn = "arn:aws-cn:bedrock-agentcore:cn-north-1:111122223333:runtime/t-1";
    expect(credential({ url: undefined, upstream_auth: { type: "sigv4", agentcore_runtime_arn } })).toEqual({
      type: "sigv4",
      service: "bedrock-agentcore",
      region: "cn-north-1",
      resourceArn: agentcore_runtime_arn,
      isAgentCore: true,
    });
    const url = "http://127.0.0.1:8080/runtimes/arn%3Aaws/invocations?qualifier=DEFAULT";
    const block = { type: "sigv4", service: "bedrock-agentcore", region: "eu-central-1" };
    expect(credential({ url, upstream_auth: block })).toMatchObject({ isAgentCore: true });
  });

  it("is requested from the server's Descope project unless the block sets another endpoint", () => {
    expect(credential({ upstream_auth: EXCHANGE })).toMatchObject({
      tokenUrl: "https://api.euc1.descope.com/oauth2/v1/apps/token",
      client: { id: "gateway", method: "client_secret_basic", secret: SECRET },
      resource: "https://linear.example.com",
      place: { header: "authorization", format: "Bearer {token}" },
      cacheSeconds: 300,
    });
    expect(credential({ upstream_auth: CONNECTION })).toMatchObject({
      endpoint: "https://api.euc1.descope.com/v1/mgmt/outbound/app/user/token/latest",
      projectId: "P2abc",
      level: "user",
      cacheSeconds: 60,
    });
    const descope = { mcp_server_id: "MS3", project_id: "P3abc", base_url: "https://auth.example.com" };
    expect(credential({ descope, upstream_auth: CONNECTION })).toMatchObject({
      endpoint: "https://auth.example.com/v1/mgmt/outbound/app/user/token/latest",
      projectId: "P3abc",
    });
    const own = { ...CONNECTION, base_url: "https://d.example", project_id: "P9", endpoint_path: "/v9/t" };
    expect(credential({ upstream_auth: own })).toMatchObject({
      endpoint: "https://d.example/v9/t",
      projectId: "P9",
    });
  });

  it.each([
    ["user", [], "/v1/mgmt/outbound/app/user/token/latest"],
    ["user_in_tenant", ["a"], "/v1/mgmt/outbound/app/user/token"],
    ["tenant", [], "/v1/mgmt/outbound/app/tenant/token/latest"],
    ["tenant", ["a"], "/v1/mgmt/outbound/app/tenant/token"],
  ])("of the level %s with the scopes %j is fetched at %s", (level, scopes, path) => {
    const block = { ...CONNECTION, level, scopes };
    expect(credential({ upstream_auth: block })).toMatchObject({
      endpoint: `https://api.euc1.descope.com${path}`,
    });
  });

  it.each([
    [{}, { header: "authorization", format: "Bearer {token}" }],
    [{ format: "token" }, { header: "authorization", format: "token {token}" }],
    [{ header: "X-Api-Key" }, { header: "x-api-key", format: "{token}" }],
    [
      { header: "X-Key", format: "key={token}" },
      { header: "x-key", format: "key={token}" },
    ],
  ])("of %j is sent as %j", (place, expected) => {
    expect(credential({ upstream_auth: { ...CONNECTION, ...place } })).toMatchObject({ place: expected });
  });

  it("has a different hash for every block that requests a different token", () => {
    const hashes = [
      {},
      { scopes: ["a"] },
      { audience: "b" },
      { client_id: "c" },
      { extra_parameters: { d: "e" } },
    ].map((change) => {
      const made = credential({ upstream_auth: { ...EXCHANGE, ...change } });
      return made?.type === "token_exchange" ? made.hash : "";
    });
    expect(new Set(hashes).size).toBe(5);
    expect(hashes[0]).toMatch(/^[0-9a-f]{64}$/);
  });
});

describe("usesCallerToken", () => {
  it.each<[Record<string, unknown>, boolean]>([
    [EXCHANGE, true],
    [CONNECTION, true],
    [{ ...CONNECTION, bypass_descope_policies: true, management_key: SECRET }, false],
    [{ ...EXCHANGE, type: "client_credentials", token_url: "https://a.example/t" }, false],
    [{ type: "sigv4", service: "lambda" }, false],
    [{ type: "none" }, false],
  ])("returns for %j: %s", (upstream_auth, expected) => {
    expect(usesCallerToken(credential({ upstream_auth }))).toBe(expected);
  });
});

describe("the requirements of a credential on the caller's token", () => {
  it("are the scope of Descope's Connections, once, and the user's id", () => {
    expect(effective({ upstream_auth: CONNECTION })).toMatchObject({
      scopesSupported: ["outbound.token.fetch"],
      claimNames: ["dsub"],
    });
    const scopes_supported = ["outbound.token.fetch", "tools"];
    expect(effective({ upstream_auth: CONNECTION, scopes_supported }).scopesSupported).toEqual(
      scopes_supported,
    );
    const tenants = { T1: { upstream_auth: CONNECTION } };
    expect(effective({ tenants }).scopesSupported).toEqual(["outbound.token.fetch"]);
  });

  it("are empty if a management key fetches the token, or if no Connection is used", () => {
    const bypass = { ...CONNECTION, bypass_descope_policies: true, management_key: SECRET };
    expect(effective({ upstream_auth: bypass }).scopesSupported).toEqual([]);
    expect(effective({ upstream_auth: EXCHANGE })).toMatchObject({ scopesSupported: [], claimNames: [] });
  });
});

describe("the targets of tenants", () => {
  it("differ in URL, credential and the audience of the signed identity", () => {
    const server = effective({
      upstream_auth: CONNECTION,
      user_identity_forwarding: { method: "jwt_header", include_claims: ["sub"] },
      tenants: {
        T1: { url: "https://acme.example.com/mcp" },
        T2: {
          upstream_auth: {
            type: "sigv4",
            agentcore_runtime_arn: "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/t-1",
          },
        },
        T3: { upstream_auth: { type: "none" } },
      },
    });
    expect(server.tenants?.get("T1")).toMatchObject({
      name: "tools",
      url: "https://acme.example.com/mcp",
      upstreamAuth: { type: "descope_connection" },
      identity: { audience: "https://acme.example.com/mcp" },
    });
    expect(server.tenants?.get("T2")).toMatchObject({
      url: expect.stringMatching(/^https:\/\/bedrock-agentcore\.eu-central-1\.amazonaws\.com\/runtimes\//),
      upstreamAuth: { type: "sigv4", isAgentCore: true },
    });
    expect(server.tenants?.get("T3")).toMatchObject({ url: "https://tools.example.com/mcp" });
    expect(server.tenants?.get("T3")?.upstreamAuth).toBeUndefined();
    expect(server.identity).toMatchObject({ audience: "https://tools.example.com/mcp" });
  });

  it("are a single target if no tenant is configured", () => {
    expect(effective({}).tenants).toBeUndefined();
    expect(effective({ tenant_required: true }).tenantRequired).toBe(true);
  });
});

describe("a server and the gateway cannot be combined", () => {
  it.each<[string, Record<string, unknown>, string]>([
    [
      "where no service is known to sign for",
      { upstream_auth: { type: "sigv4" } },
      'upstream_auth.service: required, because it cannot be derived from the host of "url": the AWS service that requests are signed for. Add "service": "lambda".',
    ],
    [
      "where a header has two values",
      { upstream_auth: CONNECTION, headers: { authorization: SECRET } },
      'upstream_auth: the credential is sent in authorization, which already carries a value from "headers". Use another header for one of the two.',
    ],
    [
      "where a client may set the credential's header",
      { upstream_auth: { ...CONNECTION, header: "X-Key" }, forward_headers: [{ from: "X-A", to: "x_key" }] },
      `upstream_auth: the credential is sent in x_key, which already carries a client's value from "forward_headers". Use another header for one of the two.`,
    ],
    [
      "where the caller's identity is in the credential's header",
      {
        upstream_auth: { type: "sigv4", service: "lambda" },
        user_identity_forwarding: { method: "bearer", allow_token_passthrough: true },
      },
      "upstream_auth: the credential is sent in Authorization, which already carries the caller's identity. Use another header for one of the two.",
    ],
    [
      "where the credential takes a header of identity",
      { upstream_auth: { ...CONNECTION, header: "X-User-JWT" } },
      "upstream_auth: the credential is sent in X-User-JWT, which already carries the caller's identity. Use another header for one of the two.",
    ],
    [
      "where a tenant's URL is the gateway's own",
      { tenants: { T1: { url: "https://mcp.example.com/tools/mcp" } } },
      "tenants.T1.url: this is the gateway's own URL: it would call itself. Use the URL of the MCP server.",
    ],
  ])("%s", (_, server, fault) => {
    expect(faults(server)).toEqual([fault]);
  });

  it("if there is no descope block that determines the endpoint", () => {
    const gateway = {
      descope: undefined,
      jwt_validation: {
        jwksUri: "https://a.example/jwks",
        claimValues: { iss: { values: "https://a.example" } },
      },
    };
    expect(faults({ upstream_auth: EXCHANGE }, gateway)).toEqual([
      'upstream_auth.token_url: required, because there is no "descope" block to provide it. Add "token_url" here, or "descope" to gateway.json.',
    ]);
    expect(faults({ tenants: { T1: { upstream_auth: CONNECTION } } }, gateway)).toEqual([
      'tenants.T1.upstream_auth.base_url: required, because there is no "descope" block to provide it. Add "base_url" here, or "descope" to gateway.json.',
      'tenants.T1.upstream_auth.project_id: required, because there is no "descope" block to provide it. Add "project_id" here, or "descope" to gateway.json.',
    ]);
    const faulty = {
      descope: { mcp_server_id: "MS3" },
      upstream_auth: { ...EXCHANGE, token_url: "https://a.example/t" },
    };
    expect(faults(faulty, gateway)).toHaveLength(1);
  });
});
