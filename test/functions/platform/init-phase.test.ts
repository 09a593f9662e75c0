import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { readInInitPhase } from "../../../functions/platform/init-phase.ts";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("waits for the read", async () => {
  const read = Promise.withResolvers<void>();
  const ended = vi.fn();
  void readInInitPhase(() => read.promise).then(ended);
  await vi.advanceTimersByTimeAsync(8_999);
  expect(ended).not.toHaveBeenCalled();
  read.resolve();
  await vi.advanceTimersByTimeAsync(0);
  expect(ended).toHaveBeenCalledOnce();
});

it("ends before Lambda's limit of 10 s if the read does not", async () => {
  const ended = vi.fn();
  void readInInitPhase(() => new Promise(() => {})).then(ended);
  await vi.advanceTimersByTimeAsync(9_000);
  expect(ended).toHaveBeenCalledOnce();
});

it.each([
  ["rejects", () => Promise.reject(new Error("down"))],
  [
    "throws",
    () => {
      throw new Error("down");
    },
  ],
])("resolves if the read %s", async (_, read) => {
  await expect(readInInitPhase(read)).resolves.toBeUndefined();
});
