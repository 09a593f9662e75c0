import { expect, it } from "vitest";
import { createRequestMetrics } from "../../../functions/platform/request-metrics.ts";

const NOW_MS = 1_794_744_000_000;

/** The members as they are written. */
function create() {
  const metrics = createRequestMetrics("/mcp-gateway/prod", () => NOW_MS);
  return (...parts: Parameters<typeof metrics>) => JSON.parse(JSON.stringify(metrics(...parts)));
}

function opened() {
  const metrics = create();
  metrics({}, undefined);
  return metrics;
}

it("publishes request metrics by gateway and by server", () => {
  expect(opened()({ Requests: 1, DurationMs: 12, FirstByteMs: undefined }, "tools")).toEqual({
    Requests: 1,
    DurationMs: 12,
    gateway: "/mcp-gateway/prod",
    mcp_server: "tools",
    _aws: {
      Timestamp: NOW_MS,
      CloudWatchMetrics: [
        {
          Namespace: "McpGateway",
          Dimensions: [["gateway"], ["gateway", "mcp_server"]],
          Metrics: [
            { Name: "Requests", Unit: "Count" },
            { Name: "DurationMs", Unit: "Milliseconds" },
          ],
        },
      ],
    },
  });
});

it.each(["ChangedTools", "MembersUnavailable"] as const)("publishes %s by gateway and by server", (name) => {
  expect(opened()({ [name]: 1 }, "tools")["_aws"].CloudWatchMetrics).toEqual([
    {
      Namespace: "McpGateway",
      Dimensions: [["gateway"], ["gateway", "mcp_server"]],
      Metrics: [{ Name: name, Unit: "Count" }],
    },
  ]);
});

it("omits metrics that are not numbers", () => {
  const metrics = opened();
  expect(
    metrics({ DurationMs: Number.NaN, FirstByteMs: Number.POSITIVE_INFINITY }, "tools"),
  ).not.toHaveProperty("DurationMs");
  expect(metrics({ DurationMs: Number.NaN }, "tools")["_aws"].CloudWatchMetrics).toEqual([]);
});

it("publishes nothing without metrics", () => {
  expect(opened()({}, "tools")).toEqual({
    gateway: "/mcp-gateway/prod",
    mcp_server: "tools",
    _aws: { Timestamp: NOW_MS, CloudWatchMetrics: [] },
  });
});

it.each(["Denials", "Failures"] as const)("publishes %s by reason, too", (name) => {
  expect(opened()({ [name]: 1 }, "tools")["_aws"]).toEqual({
    Timestamp: NOW_MS,
    CloudWatchMetrics: [
      {
        Namespace: "McpGateway",
        Dimensions: [["gateway"], ["gateway", "mcp_server"], ["gateway", "reason"]],
        Metrics: [{ Name: name, Unit: "Count" }],
      },
    ],
  });
});

it('counts a server that is not configured as "other"', () => {
  expect(opened()({ Requests: 1 }, undefined)["mcp_server"]).toBe("other");
});

it("counts a cold start only with the first line", () => {
  const metrics = create();
  expect(metrics({}, "tools")).toEqual({
    ColdStarts: 1,
    gateway: "/mcp-gateway/prod",
    mcp_server: "tools",
    _aws: {
      Timestamp: NOW_MS,
      CloudWatchMetrics: [
        {
          Namespace: "McpGateway",
          Dimensions: [["gateway"]],
          Metrics: [{ Name: "ColdStarts", Unit: "Count" }],
        },
      ],
    },
  });
  expect(metrics({}, "tools")).not.toHaveProperty("ColdStarts");
});
