// Rate limits in the whole gateway: real processes, DynamoDB's stand-in, tokens with claims. Many concurrent clients get exactly as many calls as
// the limits allow.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { jsonOf, sendMcp, toolCall } from "../support/mcp-request.ts";
import { valuesOf } from "../support/raw-http.ts";

const HOUR = { window: "1h" };

let stand: GatewayStand;

beforeAll(async () => {
  stand = await startStand({
    gateway: { rate_limits: [{ name: "tenant", per: ["dct"], tools: ["shared_*"], limit: 9, ...HOUR }] },
    servers: {
      limited: {
        rate_limits: [
          {
            name: "free",
            per: ["sub"],
            when: { subscription: { values: "free", matchType: "exact" } },
            tools: ["export_*"],
            limit: 2,
            ...HOUR,
          },
          { name: "off", tools: ["broken"], limit: 0 },
        ],
      },
      crowded: {
        rate_limits: [
          { name: "everyone", limit: 40, ...HOUR, on_store_failure: "deny" },
          { name: "user", per: ["sub"], limit: 3, ...HOUR, on_store_failure: "deny" },
        ],
      },
      five: {
        rate_limits: [
          { name: "all", limit: 60, ...HOUR, on_store_failure: "deny" },
          { name: "each-user", per: ["sub"], limit: 2, ...HOUR, on_store_failure: "deny" },
          { name: "each-tenant", per: ["dct"], limit: 20, ...HOUR, on_store_failure: "deny" },
          { name: "each-client", per: ["azp"], limit: 30, ...HOUR, on_store_failure: "deny" },
          { name: "one-tool", tools: ["add"], limit: 55, ...HOUR, on_store_failure: "deny" },
        ],
      },
      other: {},
    },
  });
});
afterAll(() => stand?.close());
beforeEach(() => stand.recorder.reset());

async function call(claims: Record<string, unknown>, tool: string, server = "limited") {
  const token = await stand.issuer.token(claims);
  return sendMcp(stand.endpoint(server), { token, body: toolCall(tool) });
}

describe("a rate limit", () => {
  it("applies to the callers and tools that it names, by verified claims", async () => {
    const free = { sub: "U2free", subscription: "free" };
    const statuses = [];
    for (let count = 0; count < 3; count++) statuses.push((await call(free, "export_csv")).status);
    expect(statuses).toEqual([200, 200, 429]);
    expect((await call(free, "read")).status).toBe(200);
    expect((await call({ ...free, sub: "U2other" }, "export_csv")).status).toBe(200);
    expect((await call({ ...free, subscription: "pro" }, "export_csv")).status).toBe(200);
    expect(stand.recorder.requests).toHaveLength(5);
  });

  it("is returned to the client in response headers", async () => {
    const answer = await call({ sub: "U2a" }, "broken");
    expect([answer.status, jsonOf(answer).error.data.limit]).toEqual([429, "off"]);
    expect(Number(valuesOf(answer, "Retry-After")[0])).toBeGreaterThan(0);
    expect(valuesOf(answer, "RateLimit-Policy")).toEqual(['"off";q=0;w=60']);
    const allowed = await call({ sub: "U2b", subscription: "free" }, "export_csv");
    expect(valuesOf(allowed, "RateLimit")[0]).toMatch(/^"free";r=1;t=\d+$/);
  });

  it("of the gateway counts calls to all servers", async () => {
    const claims = { sub: "U2a", dct: "T7" };
    const statuses = [];
    for (let count = 0; count < 10; count++) {
      statuses.push((await call(claims, "shared_x", count % 2 === 0 ? "limited" : "other")).status);
    }
    expect(statuses).toEqual([...Array(9).fill(200), 429]);
  });

  it("allows calls while DynamoDB denies access, unless on_store_failure is deny", async () => {
    const { dynamoDb } = stand.gateway;
    if (dynamoDb === undefined) throw new Error("the gateway has no table");
    dynamoDb.intercept = () => {
      throw new Error("not now");
    };
    const free = { sub: "U2down", subscription: "free" };
    const allowed = await call(free, "export_csv");
    const denied = await call(free, "any", "crowded");
    dynamoDb.intercept = undefined;
    expect([allowed.status, denied.status, jsonOf(denied).error.data.reason]).toEqual([
      200,
      503,
      "rate_limit_unavailable",
    ]);
  });
});

/** Starts as many proxy processes as clients will need, so that counting does not compete with cold starts for the processor. */
async function startProcesses(clients: number): Promise<void> {
  const token = await stand.issuer.token({ sub: "U2warm" });
  const body = toolCall("add");
  await Promise.all(Array.from({ length: clients }, () => sendMcp(stand.endpoint("other"), { token, body })));
  stand.recorder.reset();
}

it("allows 64 clients over several proxy processes exactly as many calls as the limits", {
  timeout: 300_000,
}, async () => {
  await startProcesses(64);
  const passed = new Map<string, number>();
  const failed: number[] = [];
  await Promise.all(
    Array.from({ length: 64 }, async (_, client) => {
      const sub = `U2client${client % 32}`;
      const token = await stand.issuer.token({ sub });
      for (let count = 0; count < 3; count++) {
        const { status } = await sendMcp(stand.endpoint("crowded"), { token, body: toolCall("add") });
        if (status === 200) passed.set(sub, (passed.get(sub) ?? 0) + 1);
        else failed.push(status);
      }
    }),
  );
  expect(new Set(failed)).toEqual(new Set([429]));
  expect(stand.recorder.requests).toHaveLength(40);
  expect(Math.max(...passed.values())).toBeLessThanOrEqual(3);
  expect(stand.processes("proxy").length).toBeGreaterThan(1);
});

it("allows 50 clients over several proxy processes exactly as many calls as five limits together", {
  timeout: 300_000,
}, async () => {
  await startProcesses(50);
  const passed = new Map<string, number>();
  const failed = new Set<number>();
  await Promise.all(
    Array.from({ length: 50 }, async (_, client) => {
      const user = client % 25;
      const claims = { sub: `U2five${user}`, dct: `T${user % 3}`, azp: `C${user % 2}` };
      const token = await stand.issuer.token(claims);
      for (let count = 0; count < 3; count++) {
        const { status } = await sendMcp(stand.endpoint("five"), { token, body: toolCall("add") });
        if (status === 200) passed.set(claims.sub, (passed.get(claims.sub) ?? 0) + 1);
        else failed.add(status);
      }
    }),
  );
  expect(failed).toEqual(new Set([429]));
  expect([...passed.values()]).toEqual(Array(25).fill(2));
  expect(stand.recorder.requests).toHaveLength(50);
});
