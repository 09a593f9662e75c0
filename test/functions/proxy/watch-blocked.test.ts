import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { watchBlocked } from "../../../functions/proxy/watch-blocked.ts";

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

it("ends the stream at the first check that finds the caller blocked", async () => {
  let blocked = false;
  const end = vi.fn();
  const stop = watchBlocked(async () => blocked, end);
  await vi.advanceTimersByTimeAsync(60_000);
  expect(end).not.toHaveBeenCalled();
  blocked = true;
  await vi.advanceTimersByTimeAsync(10_000);
  expect(end).toHaveBeenCalled();
  stop();
});

it("treats a caller that cannot be checked as blocked", async () => {
  const end = vi.fn();
  const stop = watchBlocked(() => Promise.reject(new Error("no configuration")), end);
  await vi.advanceTimersByTimeAsync(10_000);
  expect(end).toHaveBeenCalled();
  stop();
});

it("stops checking after it is stopped", async () => {
  const end = vi.fn();
  watchBlocked(async () => true, end)();
  await vi.advanceTimersByTimeAsync(60_000);
  expect(end).not.toHaveBeenCalled();
});
