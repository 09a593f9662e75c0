import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchBlocked } from "../../../functions/proxy/watch-blocked.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("aborts the stream at the first check that finds the caller blocked", async () => {
  let blocked = false;
  const watch = watchBlocked(async () => blocked);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(watch.signal.aborted).toBe(false);
  blocked = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(watch.signal.aborted).toBe(true);
  watch.stop();
});

it("treats a caller that cannot be checked as blocked", async () => {
  const watch = watchBlocked(() => Promise.reject(new Error("no configuration")));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(watch.signal.aborted).toBe(true);
  watch.stop();
});

it("stops checking after it is stopped", async () => {
  const watch = watchBlocked(async () => true);
  watch.stop();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(watch.signal.aborted).toBe(false);
});
