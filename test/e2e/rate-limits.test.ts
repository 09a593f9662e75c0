// Rate limits in the whole gateway: real processes, DynamoDB's stand-in, tokens with claims. Many concurrent clients get exactly as many calls as
// the limits allow.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { jsonOf, sendMcp, toolCall } from "../support/mcp-request.ts";
import { clockAtFullHour } from "../support/movable-clock.ts";
import { valuesOf } from "../support/raw-http.ts";

const HOUR = { window: "1h" };

const CLIENTS = 16;

/** How many clients call at once in each attempt. DynamoDB's stand-in has one thread: on a busy machine, many updates take too long. */
const CONCURRENT_CLIENTS = { 1: CLIENTS, 2: 4, 3: 1 };
type Attempt = keyof typeof CONCURRENT_CLIENTS;
const ATTEMPTS: Attempt[] = [1, 2, 3];

/** A server for each attempt, with counters of its own. */
function attempts(name: string, limits: object[]) {
  const rate_limits = limits.map((limit) => ({ ...limit, ...HOUR, on_store_failure: "deny" }));
  return Object.fromEntries(ATTEMPTS.map((attempt) => [`${name}-${attempt}`, { rate_limits }]));
}

const clock = clockAtFullHour();
let stand: GatewayStand;

beforeAll(async () => {
  const config = {
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
      ...attempts("crowded", [
        { name: "everyone", limit: 10 },
        { name: "user", per: ["sub"], limit: 3 },
      ]),
      ...attempts("five", [
        { name: "all", limit: 20 },
        { name: "each-user", per: ["sub"], limit: 2 },
        { name: "each-tenant", per: ["dct"], limit: 7 },
        { name: "each-client", per: ["azp"], limit: 9 },
        { name: "one-tool", tools: ["add"], limit: 18 },
      ]),
      other: {},
    },
  };
  stand = await startStand(config, { runtime: clock.runtime });
});
afterAll(async () => {
  await stand?.close();
  clock.remove();
});
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
    const response = await call({ sub: "U2a" }, "broken");
    expect([response.status, jsonOf(response).error.data.limit]).toEqual([429, "off"]);
    expect(Number(valuesOf(response, "Retry-After")[0])).toBeGreaterThan(0);
    expect(valuesOf(response, "RateLimit-Policy")).toEqual(['"off";q=0;w=60']);
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
    const denied = await call(free, "any", "crowded-1");
    dynamoDb.intercept = undefined;
    expect([allowed.status, denied.status, jsonOf(denied).error.data.reason]).toEqual([
      200,
      503,
      "rate_limit_unavailable",
    ]);
  });
});

/** Starts as many proxy processes as clients will need, so that counting does not compete with cold starts for the processor. */
async function startProcesses(): Promise<void> {
  const token = await stand.issuer.token({ sub: "U2warm" });
  const body = toolCall("add");
  await Promise.all(Array.from({ length: CLIENTS }, () => sendMcp(stand.endpoint("other"), { token, body })));
  stand.recorder.reset();
}

/** Sends three calls from each client. */
async function crowd(name: string, attempt: Attempt, claimsOf: (client: number) => { sub: string }) {
  const passed = new Map<string, number>();
  const failed = new Set<number>();
  stand.recorder.reset();
  const waiting = Array.from({ length: CLIENTS }, (_, client) => claimsOf(client)).values();
  await Promise.all(
    Array.from({ length: CONCURRENT_CLIENTS[attempt] }, async () => {
      for (const claims of waiting) {
        for (let count = 0; count < 3; count++) {
          const { status } = await call(claims, "add", `${name}-${attempt}`);
          if (status === 200) passed.set(claims.sub, (passed.get(claims.sub) ?? 0) + 1);
          else failed.add(status);
        }
      }
    }),
  );
  return { passed: [...passed.values()], failed, received: stand.recorder.requests.length };
}

/**
 * The first attempt in which the counters responded in time. On a machine that is too slow for that, calls are denied with 503, or counted by a
 * request that timed out: fewer calls pass, but never more.
 *
 * @param most calls that the limits allow, in all and for one user
 */
async function firstExact(
  run: (attempt: Attempt) => ReturnType<typeof crowd>,
  most: { calls: number; perUser: number },
) {
  let counted = await run(1);
  for (const attempt of ATTEMPTS.slice(1)) {
    expect(counted.received).toBeLessThanOrEqual(most.calls);
    expect(Math.max(...counted.passed)).toBeLessThanOrEqual(most.perUser);
    if (counted.received === most.calls && !counted.failed.has(503)) break;
    counted = await run(attempt);
  }
  return counted;
}

it("allows 16 clients over several proxy processes exactly as many calls as the limits", {
  timeout: 120_000,
}, async () => {
  await startProcesses();
  const user = (client: number) => ({ sub: `U2client${client % 8}` });
  const { passed, failed, received } = await firstExact((attempt) => crowd("crowded", attempt, user), {
    calls: 10,
    perUser: 3,
  });
  expect(failed).toEqual(new Set([429]));
  expect(received).toBe(10);
  expect(Math.max(...passed)).toBeLessThanOrEqual(3);
  expect(stand.processes("proxy").length).toBeGreaterThan(1);
});

it("allows 16 clients over several proxy processes exactly as many calls as five limits together", {
  timeout: 120_000,
}, async () => {
  await startProcesses();
  const user = (client: number) => {
    const number = client % 8;
    return { sub: `U2five${number}`, dct: `T${number % 3}`, azp: `C${number % 2}` };
  };
  const { passed, failed, received } = await firstExact((attempt) => crowd("five", attempt, user), {
    calls: 16,
    perUser: 2,
  });
  expect(failed).toEqual(new Set([429]));
  expect(passed).toEqual(Array(8).fill(2));
  expect(received).toBe(16);
});
