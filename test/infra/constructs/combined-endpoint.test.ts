// The function and the routes of the combined endpoint, which exist only if the configuration has `combined`.
import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it, vi } from "vitest";
import { roleStatements } from "../../support/iam-statements.ts";
import { configSource, flat, resources, synthesise } from "../../support/synthesised-template.ts";

// Each synthesis takes seconds on a busy machine.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 60_000 });

const GATEWAY = {
  combined: { servers: "all" },
  scopes_supported: ["notes:read"],
  rate_limits: [{ name: "few", per: ["sub"], limit: 5, window: "1m" }],
};
const SERVERS = {
  notes: { headers: { "X-Api-Key": "{{ssm:/team/key}}" } },
  opaque: {
    jwt_validation: {
      introspectEndpoint: "https://idp.example/i",
      introspectClientId: "gateway",
      introspectClientSecret: "{{ssm:/team/introspection}}",
      introspectCacheMaxAge: 30,
      claimValues: { iss: { values: "https://idp.example" } },
    },
  },
};
const ENVIRONMENT = "Environment";

let template: Template;
let functions: Record<string, Record<string, unknown>>;
beforeAll(() => {
  template = synthesise({
    configSource: configSource(GATEWAY, SERVERS),
    vpcId: "vpc-1",
    subnetIds: ["subnet-1", "subnet-2"],
    combinedConcurrency: 7,
  });
  functions = resources(template, "AWS::Lambda::Function");
});

const combined = () => functions["GatewayCombinedFunction"] ?? {};
const proxy = () => functions["GatewayProxyFunction"] ?? {};

function routesOf(from: Template): string[] {
  const parts = from.findResources("AWS::ApiGateway::Resource");
  const pathOf = (id: string): string => {
    const { PathPart, ParentId } = parts[id]?.Properties ?? {};
    return PathPart === undefined ? "" : `${pathOf(ParentId.Ref)}/${PathPart}`;
  };
  return Object.values(from.findResources("AWS::ApiGateway::Method")).map(
    ({ Properties: { HttpMethod, ResourceId, AuthorizationType, Integration } }) =>
      [
        `${HttpMethod} ${pathOf(ResourceId.Ref)}`,
        AuthorizationType,
        Integration.Uri ? /Gateway(\w+)Function/.exec(flat(Integration.Uri))?.[1] : "",
        Integration.ResponseTransferMode ?? "",
      ].join(" "),
  );
}

describe("the function of the combined endpoint", () => {
  it("runs like the proxy, with its own concurrency", () => {
    const alike = (settings: Record<string, unknown>) =>
      ["Runtime", "Architectures", "Timeout", "MemorySize", "Handler"].map((key) => settings[key]);
    expect(alike(combined())).toEqual(alike(proxy()));
    expect(combined()["ReservedConcurrentExecutions"]).toBe(7);
    expect(proxy()).not.toHaveProperty("ReservedConcurrentExecutions");
  });

  it("has the proxy's variables, and how long decisions may be cached", () => {
    const variables = (settings: Record<string, unknown>) =>
      (settings[ENVIRONMENT] as { Variables: Record<string, unknown> }).Variables;
    expect(variables(combined())).toEqual({ ...variables(proxy()), DECISION_CACHE_SECONDS: "30" });
    expect(variables(combined())).toHaveProperty("RATE_LIMIT_TABLE");
  });

  it("is in the proxy's VPC, with a security group of its own", () => {
    const networks = [combined(), proxy()].map(
      ({ VpcConfig }) => VpcConfig as { SubnetIds: unknown; SecurityGroupIds: unknown[] },
    );
    expect(networks.map(({ SubnetIds }) => SubnetIds)).toEqual(Array(2).fill(["subnet-1", "subnet-2"]));
    expect(new Set(networks.map(({ SecurityGroupIds: [id] }) => flat(id))).size).toBe(2);
  });

  it("has the proxy's permissions, and reads the authorizer's secrets too", () => {
    const roles = roleStatements(template);
    const ofCombined = roles["<GatewayCombinedRole>"] ?? [];
    const ofProxy = roles["<GatewayProxyRole>"] ?? [];
    const secrets = (lines: string[]) => lines.filter((line) => line.startsWith("ReadSecretParameters"));
    const others = (lines: string[]) =>
      lines.filter((line) => !/^(?:ReadSecretParameters|WriteOwnLogs)/.test(line));
    expect(others(ofCombined)).toEqual(others(ofProxy));
    expect(others(ofCombined).map((line) => line.split(":")[0])).toContain("CountRateLimits");
    expect(secrets(ofProxy)[0]).not.toContain("introspection");
    expect(secrets(ofCombined)[0]).toContain("/team/key");
    expect(secrets(ofCombined)[0]).toContain("/team/introspection");
  });

  it("is watched like the other functions", () => {
    const dashboard = JSON.stringify(resources(template, "AWS::CloudWatch::Dashboard"));
    expect(dashboard).toContain("combined, most");
    expect(dashboard).toContain("mcp-gateway-combined");
    expect(dashboard).toContain("MembersUnavailable");
    const alarms = Object.values(resources(template, "AWS::CloudWatch::Alarm"));
    const metrics = alarms.map(({ Metrics }) =>
      Metrics === undefined ? 1 : (Metrics as object[]).filter((each) => "MetricStat" in each).length,
    );
    // 18 without the endpoint, one of rate limits, and those that the cost tool adds.
    expect(metrics.reduce((sum, count) => sum + count)).toBe(18 + 1 + 4);
    const throttles = resources(template, "AWS::CloudWatch::Alarm")["GatewayAlarmsThrottles"];
    expect(JSON.stringify(throttles)).toContain("GatewayCombinedFunction");
    for (const { LogGroupNames } of Object.values(resources(template, "AWS::Logs::QueryDefinition")))
      expect(JSON.stringify(LogGroupNames)).toContain("GatewayCombinedLogs");
  });
});

describe("the routes of the combined endpoint", () => {
  it("require the authorizer and stream, except for the preflight and the documents", () => {
    expect(
      routesOf(template)
        .filter((route) => / (?!\/\{server})\S*(?<!})\/mcp /.test(route))
        .sort(),
    ).toEqual([
      "ANY /mcp CUSTOM Combined STREAM",
      "DELETE /mcp CUSTOM Combined STREAM",
      "GET /.well-known/oauth-authorization-server/mcp NONE Metadata ",
      "GET /.well-known/oauth-protected-resource/mcp NONE Metadata ",
      "GET /mcp CUSTOM Combined STREAM",
      "HEAD /.well-known/oauth-authorization-server/mcp NONE Metadata ",
      "HEAD /.well-known/oauth-protected-resource/mcp NONE Metadata ",
      "OPTIONS /.well-known/oauth-authorization-server/mcp NONE Metadata ",
      "OPTIONS /.well-known/oauth-protected-resource/mcp NONE Metadata ",
      "OPTIONS /mcp NONE Metadata ",
      "POST /mcp CUSTOM Combined STREAM",
    ]);
  });

  it("are named in the challenge of a gateway below a stage path, with their scopes", () => {
    const responses = JSON.stringify(resources(template, "AWS::ApiGateway::GatewayResponse"));
    expect(responses).toContain("/.well-known/oauth-protected-resource/mcp");
    expect(responses).toContain("notes:read");
  });
});

describe("without combined", () => {
  it("there is no function and no route, also for an external configuration", () => {
    for (const options of [{}, { configSource: undefined }]) {
      const other = synthesise(options);
      expect(Object.keys(resources(other, "AWS::Lambda::Function"))).not.toContain("GatewayCombinedFunction");
      expect(routesOf(other).join()).not.toContain(" /mcp ");
    }
  });

  it("an external configuration adds them with the setting", () => {
    const external = synthesise({ configSource: undefined, combined: true });
    expect(Object.keys(resources(external, "AWS::Lambda::Function"))).toContain("GatewayCombinedFunction");
  });
});
