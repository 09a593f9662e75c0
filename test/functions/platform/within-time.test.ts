import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { withinTime } from "../../../functions/platform/within-time.ts";

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

describe("withinTime", () => {
  it("returns the result of the call, and leaves no timer running", async () => {
    expect(await withinTime(1_000, async () => "answer")).toBe("answer");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("throws the error of the call", async () => {
    await expect(withinTime(1_000, () => Promise.reject(new Error("failed")))).rejects.toThrow("failed");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("throws and aborts a call that never responds", async () => {
    let told: AbortSignal | undefined;
    const given = withinTime(1_000, (signal) => {
      told = signal;
      return new Promise(() => {});
    });
    const outcome = expect(given).rejects.toThrow("no complete response within 1000 ms");
    vi.advanceTimersByTime(999);
    expect(told?.aborted).toBe(false);
    vi.advanceTimersByTime(1);
    await outcome;
    expect(told?.aborted).toBe(true);
  });

  it("gives a call its full time again after the environment was frozen", async () => {
    let respond = (_text: string) => {};
    const result = withinTime(8_000, () => new Promise<string>((resolve) => (respond = resolve)));
    await vi.advanceTimersByTimeAsync(10);
    // Frozen: the clock goes on, timers do not.
    vi.setSystemTime(Date.now() + 60_000);
    await vi.advanceTimersByTimeAsync(7_990);
    respond("read");
    expect(await result).toBe("read");
  });
});
