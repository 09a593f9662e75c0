// A failure of each part, and how an operator sees it: a log line, the metric in the line, and the alarm on
// that metric by the same name and dimensions in the synthesised template.
import { rmSync } from "node:fs";
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from "vitest";
import { type LocalGateway, startGateway } from "../../local/gateway.ts";
import { ServiceError } from "../../local/ssm/json-service.ts";
import { writeGatewayConfig } from "../support/gateway-stand.ts";
import { closedPort } from "../support/loopback-server.ts";
import { sendMcp, toolCall } from "../support/mcp-request.ts";
import { type Recorder, startRecorder } from "../support/recorder-server.ts";
import { resources, synthesise } from "../support/synthesised-template.ts";
import { startTokenIssuer, type TokenIssuer } from "../support/token-issuer.ts";

// A read of the configuration times out after eight seconds.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

type Line = Record<string, unknown>;
type Dimensions = { Name: string; Value: unknown }[];
type Watched = { MetricName: string; Namespace: string; Dimensions: Dimensions };
type Embedded = {
  CloudWatchMetrics: { Namespace: string; Dimensions: string[][]; Metrics: { Name: string }[] }[];
};

const SERVER_PARAMETER = "/mcp-gateway/local/servers/tools";

let issuer: TokenIssuer;
let recorder: Recorder;
let gateway: LocalGateway;
let configDir: string;
let watched: Map<string, string[]>;
const lines: Line[] = [];
const waiting = new Set<() => void>();

beforeAll(async () => {
  // Synchronous, before functions wait for this process's Parameter Store.
  const alarms = Object.values(resources(synthesise({ stage: "local" }), "AWS::CloudWatch::Alarm"));
  [issuer, recorder] = await Promise.all([startTokenIssuer(), startRecorder()]);
  const closedUrl = `http://127.0.0.1:${await closedPort()}/keys`;
  configDir = writeGatewayConfig(issuer, recorder, {
    servers: {
      tools: {},
      signed: { user_identity_forwarding: { method: "jwt_header" } },
      slow: { timeouts: { first_byte_ms: 100 } },
      keyless: { jwt_validation: { ...issuer.jwtValidation, jwksUri: closedUrl } },
    },
  });
  gateway = await startGateway({
    configDir,
    port: 0,
    onLogLine: (_name, text) => {
      if (text.startsWith("{")) lines.push(JSON.parse(text));
      for (const look of [...waiting]) look();
    },
  });
  watched = new Map(alarms.map((alarm) => [String(alarm["AlarmName"]), metricsOf(alarm)]));
});
afterAll(async () => {
  await gateway?.close();
  await Promise.all([issuer.close(), recorder.close()]);
  rmSync(configDir, { recursive: true });
});
afterEach(() => {
  recorder.reset();
  lines.length = 0;
});

/** The gateway's metrics of an alarm, as name and dimensions. */
function metricsOf(alarm: Record<string, unknown>): string[] {
  const parts = (alarm["Metrics"] ?? [{ Id: "part", MetricStat: { Metric: alarm } }]) as {
    Id: string;
    MetricStat?: { Metric: Watched };
  }[];
  return parts.flatMap(({ Id, MetricStat }) => {
    // The denominator of a ratio alone does not trigger an alarm.
    if (Id === "whole" || MetricStat?.Metric.Namespace !== "McpGateway") return [];
    const { MetricName, Dimensions: dimensions } = MetricStat.Metric;
    return [named(MetricName, Object.fromEntries(dimensions.map(({ Name, Value }) => [Name, Value])))];
  });
}

function named(metric: string, dimensions: Line): string {
  return JSON.stringify([metric, Object.entries(dimensions).sort()]);
}

/** The metrics above zero that a line publishes in CloudWatch. */
function publishedBy(line: Line): string[] {
  const { CloudWatchMetrics } = (line["_aws"] ?? { CloudWatchMetrics: [] }) as Embedded;
  return CloudWatchMetrics.flatMap(({ Namespace, Dimensions: sets, Metrics }) =>
    Metrics.filter(({ Name }) => Namespace === "McpGateway" && Number(line[Name]) > 0).flatMap(({ Name }) =>
      sets.map((set) => named(Name, Object.fromEntries(set.map((key) => [key, line[key]])))),
    ),
  );
}

/** The alarms that a line's metrics count for. */
function alarmsOf(line: Line): string[] {
  const published = new Set(publishedBy(line));
  return [...watched]
    .filter(([, metrics]) => metrics.some((metric) => published.has(metric)))
    .map(([name]) => name);
}

async function lineWith(fields: Line): Promise<Line> {
  const find = () =>
    lines.find((line) => Object.entries(fields).every(([name, value]) => line[name] === value));
  let found = find();
  while (found === undefined) {
    await new Promise<void>((resolve) => {
      const look = () => {
        waiting.delete(look);
        resolve();
      };
      waiting.add(look);
    });
    found = find();
  }
  return found;
}

const call = async (server: string) =>
  sendMcp(`${gateway.url}/${server}/mcp`, { token: await issuer.token(), body: toolCall("add") });

describe("a forwarded request", () => {
  it("writes one line of the proxy and one of the authorizer, with its metrics, by server", async () => {
    expect((await call("tools")).status).toBe(200);
    const line = await lineWith({ message: "request" });
    expect(line).toMatchObject({
      decision: "allow",
      server: "tools",
      "gen_ai.tool.name": "add",
      ColdStarts: 1,
    });
    const dimensions = { gateway: "/mcp-gateway/local", mcp_server: "tools" };
    expect(publishedBy(line)).toContain(named("Requests", dimensions));
    expect(await lineWith({ message: "request authorized" })).toMatchObject({
      sub: "U2alice",
      mcp_server: "tools",
    });
    expect(lines.filter(({ message }) => message !== undefined)).toHaveLength(2);
  });

  it("carries API Gateway's trace to the MCP server", async () => {
    await call("tools");
    const headers = recorder.requests[0]?.rawHeaders ?? [];
    const at = headers.findIndex((name) => name.toLowerCase() === "traceparent");
    expect(headers[at + 1]).toMatch(/^00-[0-9a-f]{32}-[0-9a-f]{16}-0[01]$/);
  });

  it("counts an unknown server as other", async () => {
    expect((await call("made-up")).status).toBe(404);
    const line = await lineWith({ message: "request", server: "made-up" });
    expect(line).toMatchObject({ Denials: 1, mcp_server: "other" });
  });
});

describe("a failure", () => {
  it("of KMS shows in the audit line, in Failures by reason, and in an alarm", async () => {
    gateway.kms.intercept = () => {
      throw new ServiceError("KMSInternalException", "down", 500);
    };
    expect((await call("signed")).status).toBe(502);
    gateway.kms.intercept = undefined;
    const line = await lineWith({ message: "request", server: "signed" });
    expect(line).toMatchObject({ reason: "identity_unavailable", Failures: 1, mcp_server: "signed" });
    expect(alarmsOf(line)).toEqual(["mcp-gateway-local-IdentityUnavailable"]);
  });

  it("of a JWKS URL shows in the log, in KeyRefreshFailed, and in an alarm", async () => {
    expect((await call("keyless")).status).toBe(503);
    await lineWith({ message: "JWKS could not be fetched" });
    expect(alarmsOf(await lineWith({ KeyRefreshFailed: 1 }))).toEqual(["mcp-gateway-local-KeyRefreshFailed"]);
    expect(await lineWith({ message: "request denied" })).toMatchObject({
      reason: "keys_unavailable",
      Failures: 1,
      mcp_server: "keyless",
    });
  });

  it("of an MCP server that times out shows in the audit line, in DownstreamErrors, and in an alarm", async () => {
    recorder.respondWith(() => {});
    expect((await call("slow")).status).toBe(504);
    const line = await lineWith({ message: "request", server: "slow" });
    expect(line).toMatchObject({ reason: "downstream_timeout", DownstreamErrors: 1, mcp_server: "slow" });
    expect(alarmsOf(line)).toEqual(["mcp-gateway-local-DownstreamErrors"]);
  });

  it("in a parameter shows in the log, in ConfigParametersRefused, and in an alarm", async () => {
    const good = gateway.parameters.get(SERVER_PARAMETER)?.Value ?? "";
    gateway.parameters.put(SERVER_PARAMETER, '{"uri": "https://a.example.com/mcp"}');
    for (const each of gateway.functions.values()) each.renew();
    await lineWith({ message: "invalid configuration parameter; its last valid version stays in use" });
    const line = await lineWith({ ConfigParametersRefused: 1 });
    gateway.parameters.put(SERVER_PARAMETER, good);
    expect(alarmsOf(line)).toEqual(["mcp-gateway-local-ConfigParametersRefused"]);
  });

  it("of SSM, throttling, shows in the log, in ConfigReadFailed, and in an alarm", async () => {
    gateway.ssm.intercept = () => {
      throw new ServiceError("ThrottlingException", "Rate exceeded");
    };
    for (const each of gateway.functions.values()) each.renew();
    const told = await lineWith({ message: "configuration could not be read" });
    // The SDK's random back-off between its five attempts may take longer than the timeout of the read.
    expect(told["cause"]).toMatchObject({
      name: expect.stringMatching(/^(ThrottlingException|TimeLimitPassed)$/),
    });
    const line = await lineWith({ ConfigReadFailed: 1 });
    gateway.ssm.intercept = undefined;
    expect(alarmsOf(line)).toEqual(["mcp-gateway-local-ConfigReadFailed"]);
  });
});
