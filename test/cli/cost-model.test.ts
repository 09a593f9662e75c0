import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  elsewhere,
  type Standing,
  standingCost,
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
  answerMs: 200,
  jwtSeconds: 0,
  rateLimits: 0,
};

const usd = (traffic: Partial<Traffic>, what: string) =>
  usageCost({ ...TRAFFIC, ...traffic }).find((line) => line.what === what)?.usd;

describe("the cost of a month", () => {
  it("is that of its parts at their unit prices", () => {
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

  it("asks the authorizer for every request when nothing is kept", () => {
    expect(usd({ authorizerTtlSeconds: 0 }, "authorizer, invocations")).toBeCloseTo(0.2);
  });

  it("asks the authorizer no more often than there are requests", () => {
    expect(usd({ users: 1e6 }, "authorizer, invocations")).toBeCloseTo(0.2);
  });

  it("pays for the time of open streams and for opening them again", () => {
    expect(usd({ streams: 100 }, "proxy, time of open streams")).toBeCloseTo(1752.01);
    expect(usd({ streams: 100 }, "API Gateway")).toBeCloseTo(3.5 + 1.0335);
  });

  it("grows with the memory of the functions", () => {
    expect(usd({ memoryMb: 1_024 }, "proxy, time of requests")).toBeCloseTo(2.6667);
  });

  it("signs once for a user in the time for which a JWT is reused", () => {
    expect(usd({ jwtSeconds: 330 }, "KMS, signatures")).toBeCloseTo(2.88);
    expect(usd({}, "KMS, signatures")).toBeUndefined();
  });

  it("counts each request once for each rate limit", () => {
    expect(usd({ rateLimits: 2 }, "DynamoDB, counting")).toBeCloseTo(1.25);
    expect(usd({}, "DynamoDB, counting")).toBeUndefined();
  });

  it("names what the same calls cost elsewhere", () => {
    expect(elsewhere(TRAFFIC).map((line) => [line.what, line.usd])).toEqual([
      ["AgentCore Gateway", 5],
      ["Portkey, Production plan", 130],
    ]);
    expect(elsewhere({ ...TRAFFIC, requests: 100_000 })[1]?.usd).toBe(49);
  });
});

describe("what stands by the month", () => {
  const standing: Standing = { servers: 2, dashboard: true, alarms: true, waf: false, natGateways: 0 };
  const lines = (settings: Partial<Standing>) =>
    standingCost({ ...standing, ...settings }, TRAFFIC).map((line) => [
      line.what,
      Number(line.usd.toFixed(2)),
    ]);

  it("is keys, secrets, metrics, dashboard and alarms", () => {
    expect(lines({})).toEqual([
      ["KMS, signing key", 1],
      ["Secrets Manager, session secret", 0.4],
      ["CloudWatch, custom metrics", 1.64],
      ["CloudWatch, dashboard", 3],
      ["CloudWatch, alarms", 1.8],
    ]);
  });

  it("is less without dashboard and alarms, and more with each server", () => {
    expect(lines({ dashboard: false, alarms: false, servers: 10 })).toEqual([
      ["KMS, signing key", 1],
      ["Secrets Manager, session secret", 0.4],
      ["CloudWatch, custom metrics", 5.85],
    ]);
  });

  it("includes the web ACL, its rules and what it inspects", () => {
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

  it("counts the metrics that the stack's alarms look at", () => {
    const golden = new URL("../infra/golden/prod.golden.json", import.meta.url);
    const { Resources } = JSON.parse(readFileSync(golden, "utf8")) as {
      Resources: Record<string, { Type: string; Properties: { Metrics?: { MetricStat?: object }[] } }>;
    };
    const alarms = Object.values(Resources).filter(({ Type }) => Type === "AWS::CloudWatch::Alarm");
    const metrics = alarms.map(({ Properties: { Metrics } }) =>
      Metrics === undefined ? 1 : Metrics.filter(({ MetricStat }) => MetricStat !== undefined).length,
    );
    const priced = standingCost(standing, TRAFFIC).find(({ what }) => what === "CloudWatch, alarms");
    expect(metrics.reduce((sum, count) => sum + count, 0)).toBe(priced?.quantity);
  });
});
