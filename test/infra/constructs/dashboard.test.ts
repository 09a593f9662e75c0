import { describe, expect, it } from "vitest";
import { configSource, resources, synthesise } from "../../support/synthesised-template.ts";

type Widget = {
  type: string;
  properties: { title: string; metrics?: unknown[][]; yAxis?: { left: { label?: string } } };
};

/** The widgets, with references in the body replaced by their names. */
function widgetsOf(options: Parameters<typeof synthesise>[0] = {}): Widget[] {
  const dashboards = Object.values(resources(synthesise(options), "AWS::CloudWatch::Dashboard"));
  const [body] = dashboards.map(({ DashboardBody }) => DashboardBody as { "Fn::Join": [string, unknown[]] });
  const [, parts] = body?.["Fn::Join"] ?? ["", []];
  const text = parts.map((part) => (typeof part === "string" ? part : "reference")).join("");
  return JSON.parse(text).widgets;
}

describe("the dashboard", () => {
  it("labels every axis", () => {
    const titles = widgetsOf().flatMap(({ properties: { metrics, yAxis } }) =>
      metrics === undefined ? [] : [yAxis?.left.label],
    );
    expect(titles.filter((title) => title === undefined)).toEqual([]);
    expect(new Set(titles)).toEqual(new Set(["number in five minutes", "milliseconds", "open at once"]));
  });

  it("shows alarms first, then traffic, latency, errors and sources", () => {
    expect(widgetsOf().map(({ properties }) => properties.title)).toEqual([
      "Alarms",
      "Requests at the API",
      "Requests by server",
      "Denied, by reason",
      "Authorizer, p95 ms",
      "MCP server, p95 ms",
      "First byte, p95 ms",
      "Errors of MCP servers",
      "Failures, by reason",
      "Open requests and streams",
      "Configuration and keys",
      "Cold starts",
      "Throttled",
    ]);
  });

  it("finds servers and reasons by a search limited to this gateway", () => {
    const metrics = (title: string) =>
      JSON.stringify(widgetsOf().find(({ properties }) => properties.title === title)?.properties.metrics);
    expect(JSON.parse(metrics("Requests by server"))[0][0].expression).toBe(
      `SEARCH('{McpGateway,gateway,mcp_server} MetricName="Requests" gateway="/mcp-gateway/dev"', 'Sum')`,
    );
    expect(JSON.parse(metrics("Denied, by reason"))[0][0].expression).toBe(
      `SEARCH('{McpGateway,gateway,reason} MetricName="Denials" gateway="/mcp-gateway/dev"', 'Sum')`,
    );
  });

  it("has a row for rate limits if there are any", () => {
    const limited = configSource({ rate_limits: [{ name: "few", limit: 5, window: "1m" }] });
    const titles = widgetsOf({ configSource: limited }).map(({ properties }) => properties.title);
    expect(titles.slice(13)).toEqual([
      "Denied by a rate limit, by limit",
      "Would be denied by a rate limit in log_only mode",
      "Not counted, by limit",
    ]);
  });

  it("has a graph of changed tools if tools are pinned", () => {
    const pinned = configSource({}, { notes: { tools: { pin: { search: `sha256-${"A".repeat(43)}` } } } });
    const titles = widgetsOf({ configSource: pinned }).map(({ properties }) => properties.title);
    expect(titles.slice(13)).toEqual(["Changed tools in lists, by server"]);
  });

  it("has no row of alarms without alarms", () => {
    expect(widgetsOf({ alarms: false })[0]?.properties.title).toBe("Requests at the API");
  });

  it("is not created if it is turned off", () => {
    expect(resources(synthesise({ dashboard: false }), "AWS::CloudWatch::Dashboard")).toEqual({});
  });
});
