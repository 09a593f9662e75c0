// Counters in a DynamoDB stand-in that evaluates the real expressions.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { Counter } from "../../../functions/core/rate-limits.ts";
import { openRateLimitStore, type RateLimitStore } from "../../../functions/platform/rate-limit-store.ts";
import { ServiceError } from "../../../local/ssm/json-service.ts";
import { type Counters, startCounters } from "../../support/counted-proxy.ts";

const NOON = Date.UTC(2026, 0, 1, 12, 0, 0);
let counters: Counters;
let store: RateLimitStore;
let keys = 0;

beforeAll(async () => {
  counters = await startCounters();
});
beforeEach(() => {
  counters.service.intercept = undefined;
  store = counters.store();
  keys += 1;
});
afterAll(() => counters?.close());

const window = (limit = 3): Counter => ({
  kind: "window",
  key: `w${keys}`,
  limit,
  endsAt: NOON + 60_000,
});
const bucket = (burst = 3): Counter => ({ kind: "bucket", key: `b${keys}`, burst, usPerCall: 1_000_000 });
const take = (counter: Counter, units = 1, now = NOON, from = store) => from.take(counter, units, now, false);

describe("a rate limit window", () => {
  it("counts up to the limit and returns the stored count", async () => {
    const taken = [];
    for (let call = 0; call < 4; call++) taken.push(await take(window()));
    expect(taken).toEqual([
      { taken: true, value: 1 },
      { taken: true, value: 2 },
      { taken: true, value: 3 },
      { taken: false, value: 3, mixed: false },
    ]);
  });

  it("counts all calls of a batch or none", async () => {
    await take(window(), 2);
    expect(await take(window(), 2)).toEqual({ taken: false, value: 2, mixed: false });
    expect(await take(window(), 1)).toEqual({ taken: true, value: 3 });
  });

  it("counts exactly to the limit with concurrent requests", async () => {
    const stores = Array.from({ length: 8 }, () => counters.store());
    const all = await Promise.all(
      Array.from({ length: 64 }, (_, at) => take(window(20), 1, NOON, stores[at % 8] as RateLimitStore)),
    );
    expect(all.filter(({ taken }) => taken)).toHaveLength(20);
  });

  it("counts again what was given back, and never goes below zero", async () => {
    await take(window(1));
    await store.giveBack(window(1), 1);
    expect(await take(window(1))).toEqual({ taken: true, value: 1 });
    await expect(store.giveBack(window(1), 2)).resolves.toBeUndefined();
    expect((await take(window(1))).taken).toBe(false);
  });

  it("marks that requests with several limits use it", async () => {
    await store.take(window(1), 1, NOON, true);
    expect(await take(window(1))).toEqual({ taken: false, value: 1, mixed: true });
  });
});

describe("a rate limit bucket", () => {
  const full = (ahead: number) => NOON * 1_000 + ahead * 1_000_000;

  it("counts up to the burst, and one more call after each interval", async () => {
    const at = [0, 0, 0, 0, 999, 1_000, 1_000];
    const taken = [];
    for (const ms of at) taken.push((await take(bucket(), 1, NOON + ms)).taken);
    expect(taken).toEqual([true, true, true, false, false, true, false]);
  });

  it("reports when it will be full", async () => {
    expect(await take(bucket())).toEqual({ taken: true, value: full(1) });
    expect(await take(bucket())).toEqual({ taken: true, value: full(2) });
    expect(await take(bucket(), 2)).toEqual({ taken: false, value: full(2), mixed: false });
  });

  it("never has more calls than the burst", async () => {
    await take(bucket());
    expect(await take(bucket(), 3, NOON + 3_600_000)).toEqual({ taken: true, value: full(3_603) });
  });

  it("counts exactly to the burst with concurrent requests", async () => {
    const stores = Array.from({ length: 8 }, () => counters.store());
    const all = await Promise.all(
      Array.from({ length: 64 }, (_, at) => take(bucket(20), 1, NOON, stores[at % 8] as RateLimitStore)),
    );
    expect(all.filter(({ taken }) => taken)).toHaveLength(20);
  });

  it("counts again what was given back", async () => {
    await take(bucket(), 3);
    await store.giveBack(bucket(), 1);
    expect(await take(bucket())).toEqual({ taken: true, value: full(3) });
  });

  it("needs one update if this environment knows its value, and at most three if another environment counts too", async () => {
    const updates = () => counters.service.requests.get("UpdateItem") ?? 0;
    const cost = async (from: RateLimitStore) => {
      const before = updates();
      await take(bucket(9), 1, NOON, from);
      return updates() - before;
    };
    expect([await cost(store), await cost(store), await cost(counters.store()), await cost(store)]).toEqual([
      1, 1, 2, 1,
    ]);
  });
});

describe("a rate limit store that fails", () => {
  it("throws if there is no table, and says what to do", async () => {
    const missing = openRateLimitStore(undefined);
    await expect(missing.take(window(), 1, NOON, false)).rejects.toThrow(
      "the stack has no table for rate limits. Deploy it again with rate_limits in its configuration, or with the setting rateLimits",
    );
    await expect(missing.warm()).resolves.toBeUndefined();
  });

  it("retries once if DynamoDB throttles", async () => {
    let throttled = 0;
    counters.service.intercept = () => {
      throttled += 1;
      if (throttled === 1) throw new ServiceError("ProvisionedThroughputExceededException", "slow down");
    };
    expect(await take(window())).toEqual({ taken: true, value: 1 });
    expect(throttled).toBe(2);
  });

  it("throws if DynamoDB continues to throttle", async () => {
    counters.service.intercept = () => {
      throw new ServiceError("ProvisionedThroughputExceededException", "slow down");
    };
    await expect(take(window())).rejects.toThrow("slow down");
  });

  it("throws if DynamoDB denies access", async () => {
    counters.service.intercept = () => {
      throw new ServiceError("AccessDeniedException", "not authorized to perform: dynamodb:UpdateItem");
    };
    await expect(take(window())).rejects.toThrow("not authorized");
    await expect(store.giveBack(window(), 1)).rejects.toThrow("not authorized");
  });
});
