import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  elsewhere,
  type FixedResources,
  fixedCost,
  type Traffic,
  total,
  usageCost,
} from "../../cli/cost-model.ts";

const TRAFFIC: Traffic = {
  requests: 1_000_000,
  users: 100,
  streams: 0,
  activeHours: 160,
  authorizerTtlSeconds: 300,
  memoryMb: 512,
  responseMs: 200,
  jwtSeconds: 0,
  rateLimits: 0,
};

const usd = (traffic: Partial<Traffic>, what: string) =>
  usageCost({ ...TRAFFIC, ...traffic }).find((line) => line.what === what)?.usd;

describe("usageCost", () => {
  it("multiplies usage by unit prices", () => {
    const lines = usageCost(TRAFFIC).map((line) => [line.what, Number(line.usd.toFixed(4))]);
    expect(lines).toEqual([
      ["API Gateway", 3.5],
      ["authorizer, invocations", 0.0384],
      ["authorizer, time", 0.0384],
      ["proxy, invocations", 0.2],
      ["proxy, time of requests", 1.3333],
      ["proxy, time of open streams", 0],
      ["logs", 0.85],
    ]);
    expect(total(usageCost(TRAFFIC)).toFixed(2)).toBe("5.96");
  });

  it("counts an authorizer call for every request without a cache", () => {
    expect(usd({ authorizerTtlSeconds: 0 }, "authorizer, invocations")).toBeCloseTo(0.2);
  });

  it("counts at most one authorizer call per request", () => {
    expect(usd({ users: 1e6 }, "authorizer, invocations")).toBeCloseTo(0.2);
  });

  it("counts the time of open streams and their reconnects", () => {
    expect(usd({ streams: 100 }, "proxy, time of open streams")).toBeCloseTo(1752.01);
    expect(usd({ streams: 100 }, "API Gateway")).toBeCloseTo(3.5 + 1.0335);
  });

  it("increases with the memory of the functions", () => {
    expect(usd({ memoryMb: 1_024 }, "proxy, time of requests")).toBeCloseTo(2.6667);
  });

  it("counts one signature per user and reuse window of a JWT", () => {
    expect(usd({ jwtSeconds: 330 }, "KMS, signatures")).toBeCloseTo(2.88);
    expect(usd({}, "KMS, signatures")).toBeUndefined();
  });

  it("counts each request once for each rate limit", () => {
    expect(usd({ rateLimits: 2 }, "DynamoDB, counting")).toBeCloseTo(1.25);
    expect(usd({}, "DynamoDB, counting")).toBeUndefined();
  });

  it("compares with the prices of other products", () => {
    expect(elsewhere(TRAFFIC).map((line) => [line.what, line.usd])).toEqual([
      ["AgentCore Gateway", 5],
      ["Portkey, Production plan", 130],
    ]);
    expect(elsewhere({ ...TRAFFIC, requests: 100_000 })[1]?.usd).toBe(49);
  });
});

describe("fixedCost", () => {
  const resources: FixedResources = {
    servers: 2,
    combined: false,
    dashboard: true,
    alarms: true,
    waf: false,
    natGateways: 0,
  };
  const lines = (settings: Partial<FixedResources>) =>
    fixedCost({ ...resources, ...settings }, TRAFFIC).map((line) => [line.what, Number(line.usd.toFixed(2))]);

  it("includes keys, secrets, metrics, dashboard and alarms", () => {
    expect(lines({})).toEqual([
      ["KMS, signing key", 1],
      ["Secrets Manager, session secret", 0.4],
      ["CloudWatch, custom metrics", 1.64],
      ["CloudWatch, dashboard", 3],
      ["CloudWatch, alarms", 1.8],
    ]);
  });

  it("decreases without dashboard and alarms, and increases with each server", () => {
    expect(lines({ dashboard: false, alarms: false, servers: 10 })).toEqual([
      ["KMS, signing key", 1],
      ["Secrets Manager, session secret", 0.4],
      ["CloudWatch, custom metrics", 5.85],
    ]);
  });

  it("increases with the combined endpoint by the metrics of a server and of the alarms", () => {
    expect(lines({ combined: true }).slice(2)).toEqual([
      ["CloudWatch, custom metrics", 2.17],
      ["CloudWatch, dashboard", 3],
      ["CloudWatch, alarms", 2.2],
    ]);
  });

  it("includes the web ACL, its rules and the requests that it inspects", () => {
    expect(lines({ waf: true }).slice(5)).toEqual([
      ["WAF, web ACL", 5],
      ["WAF, rules", 5],
      ["WAF, requests", 0.6],
    ]);
  });

  it("includes NAT gateways and the data through them", () => {
    expect(lines({ natGateways: 2 }).slice(5)).toEqual([
      ["NAT gateways", 65.7],
      ["NAT, data", 0.36],
    ]);
  });

  it("counts the metrics that the stack's alarms evaluate", () => {
    const golden = new URL("../infra/golden/prod.golden.json", import.meta.url);
    const { Resources } = JSON.parse(readFileSync(golden, "utf8")) as {
      Resources: Record<string, { Type: string; Properties: { Metrics?: { MetricStat?: object }[] } }>;
    };
    const alarms = Object.values(Resources).filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
    const metrics = alarms.map(({ Properties: { Metrics } }) =>
      Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length,
    );
    const priced = fixedCost(resources, TRAFFIC).find(({ what }) => what === "CloudWatch, alarms");
    expect(metrics.reduce((sum, count) => sum + count, 0)).toBe(priced?.quantity);
  });
});
