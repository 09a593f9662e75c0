import { describe, expect, it } from "vitest";
import type { GatewaySettings } from "../../../infra/gateway-props.ts";
import { configSource, flat, resources, synthesise } from "../../support/synthesised-template.ts";

const LIMITS = { rate_limits: [{ name: "few", per: ["sub"], limit: 5, window: "1m" }] };
const limited = (props: Partial<GatewaySettings> = {}) =>
  synthesise({ configSource: configSource(LIMITS), ...props });

const tablesOf = (template: ReturnType<typeof synthesise>) =>
  Object.values(template.findResources("AWS::DynamoDB::Table"));

function proxyOf(template: ReturnType<typeof synthesise>) {
  const proxy = resources(template, "AWS::Lambda::Function")["GatewayProxyFunction"] as {
    Environment: { Variables: Record<string, unknown> };
  };
  return proxy.Environment.Variables;
}

function statements(template: ReturnType<typeof synthesise>): string {
  return JSON.stringify(resources(template, "AWS::IAM::Policy"));
}

describe("without rate limits", () => {
  it.each<[string, Partial<GatewaySettings>]>([
    ["a configuration without limits", {}],
    ["an empty list of limits", { configSource: configSource({ rate_limits: [] }) }],
    ["an external configuration", { configSource: undefined }],
  ])("%s creates no table, no permission, no variable and no alarm", (_what, props) => {
    const template = synthesise(props);
    expect(tablesOf(template)).toEqual([]);
    expect(statements(template)).not.toContain("dynamodb");
    expect(proxyOf(template)).not.toHaveProperty("RATE_LIMIT_TABLE");
    const { Resources } = template.toJSON() as { Resources: object };
    expect(Object.keys(Resources).filter((id) => id.includes("RateLimit"))).toEqual([]);
  });
});

describe("the table of rate limits", () => {
  it.each<[string, Partial<GatewaySettings>]>([
    ["the gateway has limits", { configSource: configSource(LIMITS) }],
    ["a server has limits", { configSource: configSource({}, { notes: LIMITS }) }],
    [
      "a server that is disabled has limits",
      { configSource: configSource({}, { notes: { ...LIMITS, enabled: false } }) },
    ],
    [
      "the settings say that an external configuration has limits",
      { configSource: undefined, rateLimits: true },
    ],
  ])("exists if %s", (_where, props) => {
    expect(tablesOf(synthesise(props))).toHaveLength(1);
  });

  it("has on-demand capacity, expires its items, and is retained or deleted according to the protection", () => {
    const [table] = tablesOf(limited());
    expect(table).toMatchObject({
      Properties: {
        KeySchema: [{ AttributeName: "pk", KeyType: "HASH" }],
        AttributeDefinitions: [{ AttributeName: "pk", AttributeType: "S" }],
        BillingMode: "PAY_PER_REQUEST",
        TimeToLiveSpecification: { AttributeName: "expires", Enabled: true },
        SSESpecification: { SSEEnabled: true },
        DeletionProtectionEnabled: true,
      },
      DeletionPolicy: "Retain",
      UpdateReplacePolicy: "Retain",
    });
    expect(table?.Properties).not.toHaveProperty("TableName");
    expect(tablesOf(limited({ protection: "disposable" }))[0]).toMatchObject({
      Properties: { DeletionProtectionEnabled: false },
      DeletionPolicy: "Delete",
    });
  });

  it("has Contributor Insights only if it is turned on", () => {
    expect(tablesOf(limited())[0]?.Properties).not.toHaveProperty("ContributorInsightsSpecification");
    expect(tablesOf(limited({ rateLimitInsights: true }))[0]?.Properties).toMatchObject({
      ContributorInsightsSpecification: { Enabled: true },
    });
  });

  it("can only be updated, and only by the proxy", () => {
    const template = limited();
    expect(flat(proxyOf(template)["RATE_LIMIT_TABLE"])).toBe("<GatewayRateLimitsTable>");
    const policies = resources(template, "AWS::IAM::Policy") as Record<
      string,
      { PolicyDocument: { Statement: { Sid?: string; Action: unknown; Resource: unknown }[] } }
    >;
    const granted = Object.entries(policies).flatMap(([id, { PolicyDocument }]) =>
      PolicyDocument.Statement.filter(({ Action }) => JSON.stringify(Action).includes("dynamodb")).map(
        ({ Action, Resource }) => [id, Action, flat(Resource)],
      ),
    );
    expect(granted).toEqual([
      ["GatewayProxyRoleDefaultPolicy", "dynamodb:UpdateItem", "<GatewayRateLimitsTable.Arn>"],
    ]);
  });

  it("is named in a parameter outside the configuration", () => {
    const parameters = Object.values(resources(limited(), "AWS::SSM::Parameter"));
    const named = parameters.find(({ Name }) => String(Name).includes("rate-limits"));
    expect([named?.["Name"], flat(named?.["Value"])]).toEqual([
      "/mcp-gateway.tables/dev/rate-limits",
      "<GatewayRateLimitsTable>",
    ]);
  });
});
