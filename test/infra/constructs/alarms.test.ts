import { describe, expect, it } from "vitest";
import { configSource, resources, synthesise } from "../../support/synthesised-template.ts";

type Alarm = {
  AlarmName: string;
  AlarmActions?: unknown[];
  OKActions?: unknown[];
  Threshold: number;
  TreatMissingData: string;
  MetricName?: string;
  Dimensions?: { Name: string; Value: unknown }[];
  Metrics?: { Expression?: string }[];
};

const alarmsOf = (options: Parameters<typeof synthesise>[0] = {}) =>
  Object.values(resources(synthesise(options), "AWS::CloudWatch::Alarm")) as Alarm[];

describe("alarms", () => {
  it("exist for each condition and treat missing data as not breaching", () => {
    const alarms = alarmsOf();
    expect(alarms.map(({ AlarmName, Threshold }) => [AlarmName, Threshold])).toEqual([
      ["mcp-gateway-dev-ServerErrors", 5],
      ["mcp-gateway-dev-DenialSpike", 30],
      ["mcp-gateway-dev-ConfigParametersRefused", 1],
      ["mcp-gateway-dev-ConfigReadFailed", 1],
      ["mcp-gateway-dev-KeyRefreshFailed", 1],
      ["mcp-gateway-dev-IdentityUnavailable", 1],
      ["mcp-gateway-dev-UpstreamCredentials", 1],
      ["mcp-gateway-dev-DownstreamErrors", 20],
      ["mcp-gateway-dev-Throttles", 1],
    ]);
    expect(new Set(alarms.map(({ TreatMissingData }) => TreatMissingData))).toEqual(
      new Set(["notBreaching"]),
    );
  });

  it("watch a single reason with the dimensions that the functions write", () => {
    const identity = alarmsOf().find(({ AlarmName }) => AlarmName.endsWith("IdentityUnavailable"));
    expect(identity).toMatchObject({
      Namespace: "McpGateway",
      MetricName: "Failures",
      Dimensions: [
        { Name: "gateway", Value: "/mcp-gateway/dev" },
        { Name: "reason", Value: "identity_unavailable" },
      ],
    });
  });

  it("add up the counts of all functions", () => {
    const failed = alarmsOf().find(({ AlarmName }) => AlarmName.endsWith("ConfigReadFailed"));
    expect(failed?.Metrics?.[0]?.Expression).toBe(
      "FILL(configReadFailed_authorizer, 0) + FILL(configReadFailed_proxy, 0) + FILL(configReadFailed_metadata, 0)",
    );
  });

  it("notify the topic, if there is one, when they begin and when they end", () => {
    const topic = "arn:aws:sns:eu-central-1:111122223333:on-call";
    for (const alarm of alarmsOf({ alarmTopicArn: topic })) {
      expect(alarm).toMatchObject({ AlarmActions: [topic], OKActions: [topic] });
    }
    for (const alarm of alarmsOf()) expect(alarm).not.toHaveProperty("AlarmActions");
  });

  it("watch the rate limit store if there are rate limits", () => {
    const limited = configSource({ rate_limits: [{ name: "few", limit: 5, window: "1m" }] });
    const alarm = alarmsOf({ configSource: limited }).at(-1);
    expect(alarm).toMatchObject({
      AlarmName: "mcp-gateway-dev-RateLimitNotCounted",
      MetricName: "RateLimitNotCounted",
      Dimensions: [{ Name: "gateway", Value: "/mcp-gateway/dev" }],
      Threshold: 1,
    });
  });

  it("watch pinned tools if there are any", () => {
    const alarm = alarmsOf({
      configSource: configSource({}, { notes: { tools: { pin: { search: `sha256-${"A".repeat(43)}` } } } }),
    }).at(-1);
    expect(alarm).toMatchObject({
      AlarmName: "mcp-gateway-dev-ChangedTools",
      MetricName: "ChangedTools",
      Dimensions: [{ Name: "gateway", Value: "/mcp-gateway/dev" }],
      Threshold: 1,
    });
  });

  it("are not created if they are turned off", () => {
    expect(alarmsOf({ alarms: false })).toEqual([]);
  });
});
