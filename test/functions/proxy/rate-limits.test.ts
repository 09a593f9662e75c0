// Rate limits from the configuration to the response, with counters in a DynamoDB stand-in.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { RateLimitStore } from "../../../functions/platform/rate-limit-store.ts";
import { RATE_LIMIT_ROWS } from "../../fixtures/rate-limit-rows.ts";
import { type Counters, countedProxy, messageFor, startCounters } from "../../support/counted-proxy.ts";
import { type Recorder, startRecorder } from "../../support/recorder-server.ts";

let counters: Counters;
let recorder: Recorder;

beforeAll(async () => {
  [counters, recorder] = await Promise.all([startCounters(), startRecorder()]);
});
afterAll(() => Promise.all([counters?.close(), recorder?.close()]));

/** Keeps the rows apart in one table. */
function inRow(row: number, store: RateLimitStore): RateLimitStore {
  const own = <C extends { key: string }>(counter: C): C => ({
    ...counter,
    key: `row-${row}/${counter.key}`,
  });
  return {
    take: (counter, ...rest) => store.take(own(counter), ...rest),
    giveBack: (counter, units) => store.giveBack(own(counter), units),
    warm: () => store.warm(),
  };
}

function bodyOf(sent: string | string[]): unknown {
  if (typeof sent === "string") {
    const message = messageFor(sent);
    return sent.startsWith("notifications/") ? { ...message, id: undefined } : message;
  }
  return sent.map((each, index) => messageFor(each, index + 1));
}

it("the table of rate limit cases has at least 60 rows", () =>
  expect(RATE_LIMIT_ROWS.length).toBeGreaterThanOrEqual(60));

describe("a rate limit", () => {
  it.each(RATE_LIMIT_ROWS.map((row, index) => ({ name: row[0], row, index })))(
    "$name",
    async ({ row, index }) => {
      const [, written, ...steps] = row;
      const { server = [], gateway = [] } = "name" in written ? { server: [written] } : written;
      const proxy = countedProxy(recorder.url, inRow(index, counters.store()), {
        tools: { rate_limits: server },
        gateway: { rate_limits: gateway },
      });
      for (const [at, step] of steps.entries()) {
        if (typeof step === "number") {
          proxy.time.ms += step * 1_000;
          continue;
        }
        const [claims, sent, expected] = step;
        recorder.reset();
        const { status, json } = await proxy.call(claims, bodyOf(sent));
        const denied = `${json?.error?.data?.limit}${status === 429 ? "" : ` ${status}`}`;
        const outcome = status < 300 ? "ok" : denied;
        expect(outcome, `step ${at + 1}: ${JSON.stringify(json)}`).toBe(expected);
        expect(recorder.requests.length, "requests that reached the MCP server").toBe(status < 300 ? 1 : 0);
      }
    },
  );
});

const CALL = messageFor("add");
const proxyWith = (rate_limits: object[], row: number) =>
  countedProxy(recorder.url, inRow(1_000 + row, counters.store()), { tools: { rate_limits } });

describe("the response to a call that a limit denies", () => {
  const limits = [{ name: "free", per: ["sub"], tools: ["export_*"], limit: 1, window: "1m" }];

  it("is 429 with the limit's name, the time of the next try, and what a model can do", async () => {
    const proxy = proxyWith(limits, 1);
    proxy.time.ms = Date.UTC(2026, 0, 1, 12, 0, 37);
    await proxy.call({}, messageFor("export_csv"));
    const { status, headers, json } = await proxy.call({}, messageFor("export_csv", 9));
    expect(status).toBe(429);
    expect(headers).toMatchObject({
      "retry-after": "23",
      "ratelimit-policy": '"free";q=1;w=60',
      ratelimit: '"free";r=0;t=23',
    });
    expect(json).toEqual({
      jsonrpc: "2.0",
      id: 9,
      error: {
        code: 429,
        message:
          'Rate limit "free" is reached: 1 call in 1m for each sub. Wait 23 seconds before you call export_csv again; a call before that is denied too.',
        data: {
          reason: "rate_limited",
          request_id: expect.any(String),
          limit: "free",
          retry_after_seconds: 23,
        },
      },
    });
  });

  it("comes with an audit line that names the limit and no claim values except the subject", async () => {
    const proxy = proxyWith(limits, 2);
    await proxy.call({}, messageFor("export_csv"));
    const { audit } = await proxy.call({}, messageFor("export_csv"));
    expect(audit).toMatchObject({
      decision: "deny",
      reason: "rate_limited",
      status: 429,
      rate_limit: "free",
      rate_limit_ms: expect.any(Number),
      mcp_name: "export_csv",
    });
  });
});

describe("an allowed call that a rate limit counts", () => {
  it("returns the limits and the remaining calls in its headers", async () => {
    const limits = [
      { name: "minute", per: ["sub"], limit: 5, window: "1m" },
      { name: "steady", per: [], burst: 4, per_second: 0.1 },
      { name: "silent", per: [], limit: 1, window: "1m", mode: "log_only" },
    ];
    const proxy = proxyWith(limits, 3);
    proxy.time.ms = Date.UTC(2026, 0, 1, 12, 0, 30);
    const { status, headers } = await proxy.call({}, CALL);
    expect(status).toBe(200);
    expect(headers).toMatchObject({
      "ratelimit-policy": '"minute";q=5;w=60, "steady";q=4;w=40',
      ratelimit: '"minute";r=4;t=30, "steady";r=3;t=10',
    });
  });

  it("returns the rate limit headers even if the MCP server does not respond", async () => {
    const limits = [{ name: "few", per: ["sub"], limit: 2, window: "1m" }];
    const proxy = countedProxy("http://127.0.0.1:9/mcp", inRow(1_004, counters.store()), {
      tools: { rate_limits: limits },
    });
    const { status, headers } = await proxy.call({}, CALL);
    expect([status, headers["ratelimit-policy"]]).toEqual([502, '"few";q=2;w=60']);
  });
});

describe("a rate limit in log_only mode", () => {
  it("logs in the audit line what it would have denied", async () => {
    const proxy = proxyWith([{ name: "few", per: [], limit: 1, window: "1m", mode: "log_only" }], 5);
    await proxy.call({}, CALL);
    const { status, headers, audit } = await proxy.call({}, CALL);
    expect(status).toBe(200);
    expect(headers).not.toHaveProperty("ratelimit");
    expect(audit).toMatchObject({
      decision: "allow",
      would_deny: "rate_limited",
      rate_limits_would_deny: ["few"],
    });
  });
});

describe("if DynamoDB does not respond,", () => {
  const failing: RateLimitStore = {
    take: () => Promise.reject(new Error("no complete response within 2500 ms")),
    giveBack: () => Promise.reject(new Error("no complete response within 2500 ms")),
    warm: async () => {},
  };
  const call = (rate_limits: object[]) =>
    countedProxy(recorder.url, failing, { tools: { rate_limits } }).call({}, CALL);

  it("a call is allowed, and the audit line names the limit that could not count it", async () => {
    const { status, audit, headers } = await call([{ name: "few", limit: 1, window: "1m" }]);
    expect(status).toBe(200);
    expect(audit).toMatchObject({
      decision: "allow",
      rate_limits_not_counted: ["few"],
      cause: "Error: no complete response within 2500 ms",
    });
    expect([headers["ratelimit-policy"], headers["ratelimit"]]).toEqual(['"few";q=1;w=60', undefined]);
  });

  it("a call is denied with 503 if on_store_failure is deny", async () => {
    recorder.reset();
    const { status, json, headers, audit } = await call([
      { name: "few", limit: 1, window: "1m", on_store_failure: "deny" },
    ]);
    expect([status, json.error.data.reason, json.error.data.limit]).toEqual([
      503,
      "rate_limit_unavailable",
      "few",
    ]);
    expect(headers["retry-after"]).toBe("5");
    expect(audit).toMatchObject({ reason: "rate_limit_unavailable", rate_limits_not_counted: ["few"] });
    expect(recorder.requests).toEqual([]);
  });

  it("a rate limit in log_only mode never denies", async () => {
    const { status } = await call([
      { name: "few", limit: 1, window: "1m", on_store_failure: "deny", mode: "log_only" },
    ]);
    expect(status).toBe(200);
  });
});

describe("no DynamoDB request is made", () => {
  const updates = () => counters.service.requests.get("UpdateItem") ?? 0;

  it("for a call that no limit counts", async () => {
    const proxy = proxyWith([{ name: "few", tools: ["other"], limit: 1, window: "1m" }], 6);
    const before = updates();
    await proxy.call({}, CALL);
    expect(updates()).toBe(before);
  });

  it("for a call that a tool rule denies", async () => {
    const proxy = countedProxy(recorder.url, inRow(1_007, counters.store()), {
      tools: {
        rate_limits: [{ name: "few", limit: 5, window: "1m" }],
        tool_authorization: { add: { required_scopes: ["admin"] } },
      },
    });
    const before = updates();
    expect((await proxy.call({}, CALL)).status).toBe(403);
    expect(updates()).toBe(before);
  });

  it("for a call over a limit that this environment saw reached, until the window ends", async () => {
    const proxy = proxyWith([{ name: "few", limit: 1, window: "1m" }], 8);
    await proxy.call({}, CALL);
    await proxy.call({}, CALL);
    const before = updates();
    for (let count = 0; count < 5; count++) expect((await proxy.call({}, CALL)).status).toBe(429);
    expect(updates()).toBe(before);
    proxy.time.ms += 60_000;
    expect((await proxy.call({}, CALL)).status).toBe(200);
    expect(updates()).toBe(before + 1);
  });
});
