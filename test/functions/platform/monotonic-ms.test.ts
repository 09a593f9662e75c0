import { afterEach, expect, it, vi } from "vitest";
import { monotonicMs } from "../../../functions/platform/monotonic-ms.ts";

afterEach(() => {
  vi.useRealTimers();
});

it("does not go back when the wall clock is set back", () => {
  const startedAt = monotonicMs();
  vi.useFakeTimers({ toFake: ["Date"], now: 0 });
  expect(monotonicMs()).toBeGreaterThanOrEqual(startedAt);
});
