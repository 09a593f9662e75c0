// `explain limits` against counters that the proxy's own code has counted.
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { runExplain } from "../../cli/explain.ts";
import { appliedLimits } from "../../functions/core/rate-limits.ts";
import { openRateLimitStore } from "../../functions/platform/rate-limit-store.ts";
import { createRequestCounter } from "../../functions/proxy/count-request.ts";
import { startDynamoDb } from "../../local/dynamodb/dynamodb-service.ts";
import type { JsonService } from "../../local/ssm/json-service.ts";
import { messageFor } from "../support/counted-proxy.ts";
import { configParameters, configSnapshot } from "../support/gateway-config.ts";
import { parameterStoreDouble } from "../support/parameter-store-double.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

const CONFIG = {
  gateway: { rate_limits: [{ name: "wide", per: ["dct"], limit: 9, window: "31d" }] },
  servers: {
    tools: {
      rate_limits: [
        { name: "free", per: ["sub"], limit: 5, window: "31d" },
        { name: "everyone", burst: 4, per_second: 0.001 },
      ],
    },
    notes: {},
  },
};

const store = parameterStoreDouble();
let dynamoDb: JsonService;

beforeEach(async () => {
  vi.useFakeTimers({ toFake: ["Date"], now: Date.UTC(2026, 0, 1, 12) });
  dynamoDb = await startDynamoDb([{ name: "limits-table", key: "pk" }]);
  vi.stubEnv("AWS_ENDPOINT_URL_DYNAMODB", dynamoDb.url);
  for (const { name, text } of configParameters(CONFIG)) {
    store.parameters.put(`/mcp-gateway/prod/${name}`, text);
  }
  store.parameters.put("/mcp-gateway.tables/prod/rate-limits", "limits-table");
});
afterEach(() => {
  vi.useRealTimers();
  return dynamoDb.close();
});

async function count(calls: number): Promise<number> {
  const { rateLimits = [] } = configSnapshot(CONFIG).servers.get("tools") ?? {};
  const counted = createRequestCounter({ store: openRateLimitStore("limits-table", undefined, 30_000) });
  const caller = { sub: "U2alice", issuer: "https://issuer.example", claims: { dct: "T1" } };
  let allowed = 0;
  for (let call = 0; call < calls; call++) {
    const { denial } = await counted(appliedLimits(rateLimits, [messageFor("add")] as never, caller));
    if (denial === undefined) allowed += 1;
  }
  return allowed;
}

function run(...args: string[]) {
  return recordTerminal((terminal) => runExplain(["limits", ...args], terminal, process.stdin));
}

const PROD = ["--prefix", "/mcp-gateway/prod"];

describe("explain limits", () => {
  it("shows the counters of a caller, and which claims it needs for the others", async () => {
    await count(3);
    const { code, out } = await run("--caller", "U2alice", ...PROD);
    expect(code).toBe(0);
    expect(out).toBe(
      [
        "wide (all servers): 9 calls in 31d, for each dct",
        "  not known: give --claim dct=VALUE",
        "free (tools): 5 calls in 31d, for each sub",
        "  3 used, 2 left; more in 475200 s",
        "everyone (tools): 4 calls at once and 0.001 per second, all callers together",
        "  3 used, 1 left; more in 1000 s",
        "",
      ].join("\n"),
    );
  });

  it("shows the counters that a further claim names, of one server, as JSON", async () => {
    await count(2);
    const args = ["--caller", "U2alice", "--claim", "dct=T1", "--server", "notes", "--json"];
    const { out } = await run(...args, ...PROD);
    expect(JSON.parse(out)).toMatchObject([
      { name: "wide", server: "all servers", allows: "9 calls in 31d", per: ["dct"], used: 2, remaining: 7 },
    ]);
  });

  it("shows zero used calls for a caller who has not called", async () => {
    await count(1);
    const { out } = await run("--caller", "U2bob", "--json", ...PROD);
    expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ name: "free", used: 0, remaining: 5 }));
  });

  it("clears one counter, which then counts from zero", async () => {
    expect(await count(5)).toBe(4);
    const { code, out } = await run("--caller", "U2alice", "--clear", "everyone", "--json", ...PROD);
    expect(code).toBe(0);
    expect(JSON.parse(out)).toContainEqual(expect.objectContaining({ name: "everyone", used: 0 }));
    expect(await count(1)).toBe(1);
  });

  it.each<[string, string[], string]>([
    ["no caller", PROD, "--caller is missing"],
    ["no gateway", ["--caller", "a"], "--prefix is missing"],
    [
      "a limit that is not configured",
      ["--caller", "a", "--clear", "x", ...PROD],
      "--clear: no limit x, but wide, free, everyone",
    ],
    [
      "a counter that a claim must name",
      ["--caller", "a", "--clear", "wide", ...PROD],
      "--clear wide needs --claim dct=VALUE",
    ],
    ["a claim without a value", ["--caller", "a", "--claim", "dct", ...PROD], "--claim expects NAME=VALUE"],
    ["a server that is not configured", ["--caller", "a", "--server", "x", ...PROD], "no server x"],
  ])("is a usage error with %s", async (_what, args, message) => {
    const { code, err } = await run(...args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it("says that the stack has no table, and when it has one", async () => {
    store.parameters.delete("/mcp-gateway.tables/prod/rate-limits");
    const { code, err } = await run("--caller", "a", ...PROD);
    expect([code, err]).toEqual([
      2,
      expect.stringContaining("The stack has a table only if it was deployed with rate_limits"),
    ]);
  });
});
