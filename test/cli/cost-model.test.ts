import { describe, expect, it } from "vitest";
import { elsewhere, monthlyCost, type Traffic, total } from "../../cli/cost-model.ts";

const TRAFFIC: Traffic = {
  requests: 1_000_000,
  users: 100,
  streams: 0,
  activeHours: 160,
  authorizerTtlSeconds: 300,
  memoryMb: 512,
  answerMs: 200,
  jwtSeconds: 0,
};

const usd = (traffic: Partial<Traffic>, what: string) =>
  monthlyCost({ ...TRAFFIC, ...traffic }).find((line) => line.what === what)?.usd;

describe("the cost of a month", () => {
  it("is that of its parts at their unit prices", () => {
    const lines = monthlyCost(TRAFFIC).map((line) => [line.what, Number(line.usd.toFixed(4))]);
    expect(lines).toEqual([
      ["API Gateway", 3.5],
      ["authorizer, invocations", 0.0384],
      ["authorizer, time", 0.0384],
      ["proxy, invocations", 0.2],
      ["proxy, time of requests", 1.3333],
      ["proxy, time of open streams", 0],
      ["logs", 0.85],
    ]);
    expect(total(monthlyCost(TRAFFIC)).toFixed(2)).toBe("5.96");
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
    expect(usd({ jwtSeconds: 330 }, "KMS, key")).toBe(1);
    expect(usd({}, "KMS, signatures")).toBeUndefined();
  });

  it("names what the same calls cost elsewhere", () => {
    expect(elsewhere(TRAFFIC).map((line) => [line.what, line.usd])).toEqual([
      ["AgentCore Gateway", 5],
      ["Portkey, Production plan", 130],
    ]);
    expect(elsewhere({ ...TRAFFIC, requests: 100_000 })[1]?.usd).toBe(49);
  });
});
