import { expect, it } from "vitest";
import type { Counter } from "../../../functions/core/rate-limits.ts";
import { cacheReachedLimits } from "../../../functions/proxy/reached-limits.ts";

const NOON = Date.UTC(2026, 0, 1, 12, 0, 0);
const DAY: Counter = { kind: "window", key: "day", limit: 5, endsAt: NOON + 86_400_000 };
const MINUTE: Counter = { kind: "window", key: "minute", limit: 5, endsAt: NOON + 30_000 };

it("does not deny by a limit that was not reached", () => {
  expect(cacheReachedLimits().denyingValue(DAY, 1, NOON)).toBeUndefined();
});

it("denies by a reached limit until the window ends", () => {
  const reached = cacheReachedLimits();
  reached.reached(MINUTE, 5, NOON);
  expect(reached.denyingValue(MINUTE, 1, NOON + 29_999)).toBe(5);
  expect(reached.denyingValue(MINUTE, 1, NOON + 30_000)).toBeUndefined();
});

it("reads the counter again after a minute, so that a reset counter counts again", () => {
  const reached = cacheReachedLimits();
  reached.reached(DAY, 5, NOON);
  expect(reached.denyingValue(DAY, 1, NOON + 59_999)).toBe(5);
  expect(reached.denyingValue(DAY, 1, NOON + 60_000)).toBeUndefined();
});

it("requests as many calls as the counter has left", () => {
  const reached = cacheReachedLimits();
  reached.reached(DAY, 3, NOON);
  expect(reached.denyingValue(DAY, 3, NOON)).toBe(3);
  expect(reached.denyingValue(DAY, 2, NOON)).toBeUndefined();
});

it("reads the counter at once if the limit was raised", () => {
  const reached = cacheReachedLimits();
  reached.reached(DAY, 5, NOON);
  expect(reached.denyingValue({ ...DAY, limit: 6 } as Counter, 1, NOON)).toBeUndefined();
});

it("caches for a minute which counters requests with several limits compete for", () => {
  const reached = cacheReachedLimits();
  expect(reached.isContended(DAY, NOON)).toBe(false);
  reached.contended(DAY, NOON);
  expect([reached.isContended(DAY, NOON + 59_999), reached.isContended(DAY, NOON + 60_000)]).toEqual([
    true,
    false,
  ]);
});
