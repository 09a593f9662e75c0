// Cached values that are refreshed from outside, with a fake clock.
import { describe, expect, it } from "vitest";
import { type RefreshingOptions, refreshing } from "../../../functions/platform/refreshing.ts";

const MINUTE = 60_000;

/** A value `n` of the n-th read, refreshed after 4 minutes, fresh for 5, stale for 60, with a back-off of 10 s. */
function counted(overrides: Partial<RefreshingOptions<number>> = {}) {
  const state = { ms: 1_000_000, reads: 0, failing: false };
  const value = refreshing<number>({
    read: async () => {
      state.reads += 1;
      if (state.failing) throw new Error(`read ${state.reads} failed`);
      return state.reads;
    },
    refreshAfterMs: 4 * MINUTE,
    freshMs: 5 * MINUTE,
    staleMs: 60 * MINUTE,
    retryAfterMs: () => 10_000,
    now: () => state.ms,
    ...overrides,
  });
  return { state, value };
}

const turn = () => new Promise((resolve) => setImmediate(resolve));

describe("a refreshed value", () => {
  it("is read on the first request, once for all that wait", async () => {
    const { state, value } = counted();
    expect(state.reads).toBe(0);
    expect(await Promise.all([value.get(), value.get(), value.get()])).toEqual([1, 1, 1]);
    expect(state.reads).toBe(1);
  });

  it("is returned while it is fresh, and read in the background once it is due", async () => {
    const { state, value } = counted();
    await value.get();
    state.ms += 4 * MINUTE - 1;
    expect([await value.get(), state.reads]).toEqual([1, 1]);
    state.ms += 1;
    expect(await value.get()).toBe(1);
    await turn();
    expect([await value.get(), state.reads]).toEqual([2, 2]);
  });

  it("is waited for once it is no longer fresh", async () => {
    const { state, value } = counted();
    await value.get();
    state.ms += 5 * MINUTE;
    expect(await value.get()).toBe(2);
  });

  it("is waited for as soon as it is due, if no separate freshness is set", async () => {
    const { state, value } = counted({ freshMs: undefined as never });
    await value.get();
    state.ms += 4 * MINUTE;
    expect(await value.get()).toBe(2);
  });

  it("is read earlier for a caller that requires a lower maximum age", async () => {
    const { state, value } = counted();
    await value.get();
    state.ms += 30_000;
    expect([await value.get(30_001), await value.get(30_000)]).toEqual([1, 2]);
  });

  it("is not treated as fresh after the clock was set back", async () => {
    const { state, value } = counted();
    await value.get();
    state.ms -= 5 * MINUTE;
    expect(await value.get()).toBe(2);
  });

  it("is read earlier or later by the random factor", async () => {
    const factors = [0.5, 1];
    const { state, value } = counted({ spread: () => factors.shift() ?? 1 });
    await value.get();
    state.ms += 2 * MINUTE;
    await value.get();
    await turn();
    expect(state.reads).toBe(2);
    state.ms += 2 * MINUTE;
    await value.get();
    expect(state.reads).toBe(2);
  });
});

describe("a refreshed value whose reads fail", () => {
  it("is served stale for its time, then the last failure is thrown", async () => {
    const { state, value } = counted();
    await value.get();
    state.failing = true;
    state.ms += 60 * MINUTE;
    expect(await value.get()).toBe(1);
    state.ms += 1;
    await expect(value.get()).rejects.toThrow("read 2 failed");
    state.ms += 10_000;
    await expect(value.get()).rejects.toThrow("read 3 failed");
    state.failing = false;
    state.ms += 10_000;
    expect(await value.get()).toBe(4);
  });

  it("is not read again during the back-off", async () => {
    const { state, value } = counted();
    state.failing = true;
    await expect(value.get()).rejects.toThrow("read 1 failed");
    state.ms += 9_999;
    await expect(value.get()).rejects.toThrow("read 1 failed");
    await value.refresh();
    expect(state.reads).toBe(1);
    state.ms += 1;
    await expect(value.get()).rejects.toThrow("read 2 failed");
  });

  it("has a back-off that depends on the failure and on whether there is a value", async () => {
    const asked: unknown[] = [];
    const { state, value } = counted({
      retryAfterMs: (failure, hasValue) => {
        asked.push([String(failure), hasValue]);
        return 0;
      },
    });
    state.failing = true;
    await expect(value.get()).rejects.toThrow();
    state.failing = false;
    await value.get();
    state.failing = true;
    state.ms += 5 * MINUTE;
    await value.get();
    expect(asked).toEqual([
      ["Error: read 1 failed", false],
      ["Error: read 3 failed", true],
    ]);
  });

  it("handles a reader that throws before it returns a promise", async () => {
    let fails = true;
    const { value } = counted({
      read: () => {
        if (fails) throw new Error("at once");
        return Promise.resolve(7);
      },
      retryAfterMs: () => 0,
    });
    await expect(value.get()).rejects.toThrow("at once");
    fails = false;
    expect(await value.get()).toBe(7);
  });
});

describe("a refreshed value whose read hangs", () => {
  /** A value whose reads end when the test says so; callers with a stale value wait 5 ms. */
  function hanging(overrides: Partial<RefreshingOptions<string>> = {}) {
    const pending: ((value: string) => void)[] = [];
    const state = { ms: 1_000_000 };
    const value = refreshing<string>({
      read: () => new Promise((resolve) => pending.push(resolve)),
      refreshAfterMs: MINUTE,
      freshMs: MINUTE,
      staleMs: 60 * MINUTE,
      staleWaitMs: 5,
      retryAfterMs: () => 10_000,
      now: () => state.ms,
      ...overrides,
    });
    const end = async (text: string) => {
      pending.shift()?.(text);
      await turn();
    };
    return { state, value, pending, end };
  }
  async function withValue(overrides?: Partial<RefreshingOptions<string>>) {
    const parts = hanging(overrides);
    const first = parts.value.get();
    await parts.end("first");
    expect(await first).toBe("first");
    return parts;
  }

  it("is served stale after the longest wait, and replaced as soon as the read ends", async () => {
    const { state, value, end } = await withValue();
    state.ms += 2 * MINUTE;
    expect(await value.get()).toBe("first");
    await end("second");
    expect(await value.get()).toBe("second");
  });

  it("is waited for by one caller per back-off, and read once", async () => {
    const { state, value, pending, end } = await withValue();
    state.ms += 2 * MINUTE;
    await value.get();
    // Would wait for the running read if the back-off did not apply to it.
    state.ms += 9_999;
    expect(await value.get()).toBe("first");
    expect(pending).toHaveLength(1);
    state.ms += 1;
    const waiting = value.get();
    await end("second");
    expect(await waiting).toBe("second");
  });

  it.each<[string, Partial<RefreshingOptions<string>>, number]>([
    ["callers that have no value to use instead", {}, 61 * MINUTE],
    ["all callers if there is no longest wait", { staleWaitMs: undefined as never }, 2 * MINUTE],
  ])("is waited for to the end by %s", async (_callers, overrides, afterMs) => {
    const { state, value, end } = await withValue(overrides);
    state.ms += afterMs;
    const waiting = value.get();
    await new Promise((resolve) => setTimeout(resolve, 20));
    await end("second");
    expect(await waiting).toBe("second");
  });

  it("is read again if the read started before the environment was frozen", async () => {
    const { state, value, pending, end } = await withValue();
    state.ms += MINUTE;
    void value.get();
    state.ms += 30 * MINUTE;
    const waiting = value.get();
    await end("read before the freeze");
    expect(pending).toHaveLength(1);
    await end("read after it");
    expect(await waiting).toBe("read after it");
  });
});

describe("refresh", () => {
  it("reads at once, or joins the running read, and never rejects", async () => {
    const { state, value } = counted();
    const first = value.get();
    expect(value.isReading()).toBe(true);
    await value.refresh();
    expect([await first, state.reads, value.reads()]).toEqual([1, 1, 1]);
    state.failing = true;
    await value.refresh();
    expect([await value.get(), value.reads(), value.isReading()]).toEqual([1, 2, false]);
  });
});
