import { describe, expect, it } from "vitest";
import { parseGatewayConfig } from "../../../../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../../../../functions/core/config/server-config.ts";

const URL = "https://tools.example.com/mcp";
const SECRET = "{{ssm:/mcp-gateway-secrets/prod/client}}";
const CLIENT = { token_url: "https://auth.example.com/token", client_id: "gateway", client_secret: SECRET };
const EXCHANGE = { type: "token_exchange", ...CLIENT, resource: "https://linear.example.com" };
const CONNECTION = { type: "descope_connection", app_id: "linear" };
const ARN = "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/tools-AbCdEf1234";

function faults(upstream_auth: unknown, rest: Record<string, unknown> = { url: URL }) {
  const parsed = parseServerConfig(JSON.stringify({ ...rest, upstream_auth }));
  return parsed.ok ? [] : parsed.faults.map(({ path, message }) => `${path}: ${message}`);
}

describe("upstream_auth", () => {
  it.each([
    ["none", { type: "none" }],
    ["sigv4", { type: "sigv4", service: "lambda", region: "eu-central-1" }],
    [
      "sigv4 with what is called",
      {
        type: "sigv4",
        service: "lambda",
        resource_arn: "arn:aws:lambda:eu-central-1:111122223333:function:tools:live",
      },
    ],
    ["client_credentials", { type: "client_credentials", ...CLIENT, scopes: ["a", "b"], audience: "tools" }],
    ["token_exchange with a resource", EXCHANGE],
    ["token_exchange with an audience", { ...EXCHANGE, resource: undefined, audience: "tools" }],
    [
      "private_key_jwt",
      { type: "client_credentials", ...CLIENT, client_secret: undefined, auth_method: "private_key_jwt" },
    ],
    [
      "descope_connection with every key",
      {
        ...CONNECTION,
        level: "user_in_tenant",
        scopes: ["issues:read"],
        connect_url: "https://auth.descope.io/P2abc?flow=connect",
        base_url: "https://auth.example.com",
        project_id: "P2abc",
        cache_seconds: 300,
        header: "X-Linear-Key",
        format: "Token {token}",
        endpoint_path: "/v2/token",
        extra_parameters: { client: SECRET },
        bypass_descope_policies: true,
        management_key: SECRET,
      },
    ],
  ])("accepts %s", (_, block) => {
    expect(faults(block)).toEqual([]);
  });

  it("requires no url if the ARN of an AgentCore Runtime is set", () => {
    const parsed = parseServerConfig(
      JSON.stringify({ upstream_auth: { type: "sigv4", agentcore_runtime_arn: ARN } }),
    );
    expect(parsed).toMatchObject({
      ok: true,
      config: {
        url: "https://bedrock-agentcore.eu-central-1.amazonaws.com/runtimes/arn%3Aaws%3Abedrock-agentcore%3Aeu-central-1%3A111122223333%3Aruntime%2Ftools-AbCdEf1234/invocations?qualifier=DEFAULT",
      },
    });
  });

  it.each<[string, unknown, string]>([
    [
      "no type",
      {},
      'upstream_auth.type: expected "none", "sigv4", "client_credentials", "token_exchange" or "descope_connection", got nothing.',
    ],
    [
      "an unknown type",
      { type: "sigv5" },
      'upstream_auth.type: expected "none", "sigv4", "client_credentials", "token_exchange" or "descope_connection", got "sigv5". Did you mean "sigv4"?',
    ],
    ["no object", "sigv4", 'upstream_auth: expected an object, got "sigv4". Write {"type": …}.'],
    [
      "keys of another type",
      { type: "none", app_id: "linear" },
      "upstream_auth.app_id: unknown key. Known keys: type. Remove it.",
    ],
    [
      "an invalid service name",
      { type: "sigv4", service: "AWS Lambda" },
      'upstream_auth.service: expected an AWS service name such as "lambda", got "AWS Lambda".',
    ],
    [
      "an invalid region",
      { type: "sigv4", service: "lambda", region: "europe" },
      'upstream_auth.region: expected an AWS Region such as "eu-central-1", got "europe".',
    ],
    [
      "an ARN of another kind",
      { type: "sigv4", agentcore_runtime_arn: "arn:aws:lambda:eu-central-1:111122223333:function:tools" },
      'upstream_auth.agentcore_runtime_arn: expected the ARN of an AgentCore Runtime such as "arn:aws:bedrock-agentcore:eu-central-1:111122223333:runtime/tools-AbCdEf1234", got "arn:aws:lambda:eu-central-1:111122223333:function:tools".',
    ],
    [
      "a wildcard in an ARN that access is granted to",
      {
        type: "sigv4",
        service: "lambda",
        resource_arn: "arn:aws:lambda:eu-central-1:111122223333:function:*",
      },
      'upstream_auth.resource_arn: expected an ARN without wildcards, such as "arn:aws:lambda:eu-central-1:111122223333:function:tools", got "arn:aws:lambda:eu-central-1:111122223333:function:*".',
    ],
    [
      "a secret in plain text, which it does not repeat",
      { ...EXCHANGE, client_secret: "s3cr3t" },
      'upstream_auth.client_secret: expected one secret reference "{{ssm:/name}}", got a string (not shown). Store the secret in SSM and reference it here.',
    ],
    [
      "no secret",
      { ...EXCHANGE, client_secret: undefined },
      'upstream_auth.client_secret: required, but missing. The client\'s secret, as a secret reference. Add "client_secret": "{{ssm:/name}}", or "auth_method": "private_key_jwt".',
    ],
    [
      "a secret beside private_key_jwt",
      { type: "client_credentials", ...CLIENT, auth_method: "private_key_jwt" },
      'upstream_auth.client_secret: not used with "private_key_jwt", which uses the gateway\'s KMS key. Remove it.',
    ],
    [
      "an exchange for no one in particular",
      { ...EXCHANGE, resource: undefined },
      'upstream_auth.resource: requires "resource" or "audience": the token must be issued for this server. Add "resource": "<URL of the server\'s Resource in Descope>".',
    ],
    [
      "a resource that is no URI",
      { ...EXCHANGE, resource: "linear" },
      'upstream_auth.resource: expected an absolute URI without a fragment (RFC 8707), got "linear".',
    ],
    [
      "a format with two tokens",
      { ...EXCHANGE, format: "{token} {token}" },
      'upstream_auth.format: expected a header value of printable ASCII with {token} once, such as "Bearer {token}", got "{token} {token}".',
    ],
    [
      "a header of the gateway's own",
      { ...EXCHANGE, header: "Mcp-Session-Id" },
      "upstream_auth.header: Mcp-Session-Id is set by the gateway. Choose another name.",
    ],
    [
      "a parameter that the gateway sets",
      { ...EXCHANGE, extra_parameters: { subject_token: "x" } },
      'upstream_auth.extra_parameters.subject_token: "subject_token" is set by the gateway. Use the configuration key for it, or remove it.',
    ],
    [
      "a parameter with a broken reference",
      { ...EXCHANGE, extra_parameters: { key: "{{ssm:key}}" } },
      'upstream_auth.extra_parameters.key: expected a secret reference of the form "{{ssm:/name}}", got a string with other double braces (not shown). Fix it.',
    ],
    [
      "a cache of more than five minutes for a Connection",
      { ...CONNECTION, cache_seconds: 301 },
      "upstream_auth.cache_seconds: expected a whole number of seconds from 0 to 300, got the number 301.",
    ],
    [
      "a project id with other characters",
      { ...CONNECTION, project_id: "P2 abc" },
      'upstream_auth.project_id: expected a Descope project id such as "P2abc…", got "P2 abc".',
    ],
    [
      "an endpoint on another host",
      { ...CONNECTION, endpoint_path: "//evil.example/token" },
      'upstream_auth.endpoint_path: expected a path such as "/v1/mgmt/outbound/app/user/token/latest", got "//evil.example/token".',
    ],
    [
      "a management key by itself",
      { ...CONNECTION, management_key: SECRET },
      'upstream_auth.management_key: a management key fetches tokens that Descope\'s policies would deny. Remove it, or add "bypass_descope_policies": true if that is intended.',
    ],
    [
      "a bypass without a management key",
      { ...CONNECTION, bypass_descope_policies: true },
      'upstream_auth.bypass_descope_policies: requires "management_key". Add "management_key": "{{ssm:/name}}", or remove it.',
    ],
  ])("rejects %s", (_, block, fault) => {
    expect(faults(block)).toEqual([fault]);
  });

  it.each([
    ["client_credentials", ["client_id", "token_url"]],
    ["token_exchange", ["client_id"]],
    ["descope_connection", ["app_id"]],
  ])("reports the missing keys of %s before it checks their combination", (type, missing) => {
    const named = faults({ type }).map(
      (fault) => /^upstream_auth\.(\w+): required, but missing/.exec(fault)?.[1],
    );
    expect(named.sort()).toEqual(missing);
  });

  it("reports a missing url if no runtime replaces it", () => {
    const missing =
      'url: required, but missing. MCP endpoint of the server: https, or http on localhost. Add "url": "https://tools.example.com/mcp".';
    expect(faults({ type: "sigv4", service: "lambda" }, {})).toEqual([missing]);
    expect(faults(undefined, {})).toEqual([missing]);
  });
});

describe("upstream_auth of gateway.json", () => {
  it("is the default of all servers, and cannot contain a runtime", () => {
    const parse = (upstream_auth: unknown) => parseGatewayConfig(JSON.stringify({ upstream_auth }));
    expect(parse({ type: "sigv4", service: "lambda" })).toMatchObject({ ok: true });
    expect(parse({ type: "sigv4", agentcore_runtime_arn: ARN })).toEqual({
      ok: false,
      faults: [{ path: "upstream_auth.agentcore_runtime_arn", message: "Move it to servers/<name>.json." }],
    });
  });
});

describe("tenants", () => {
  const parse = (tenants: unknown) => parseServerConfig(JSON.stringify({ url: URL, tenants }));

  it("overrides url and upstream_auth by tenant id", () => {
    const tenants = {
      T2abc: { url: "https://acme.example.com/mcp" },
      "acme.com": { upstream_auth: { type: "none" } },
    };
    expect(parse(tenants)).toMatchObject({ ok: true, config: { tenants } });
  });

  it("accepts no other keys", () => {
    expect(parse({ T2abc: { headers: {} } })).toMatchObject({
      ok: false,
      faults: [{ path: "tenants.T2abc.headers" }],
    });
    expect(parse([])).toMatchObject({ ok: false, faults: [{ path: "tenants" }] });
  });
});
