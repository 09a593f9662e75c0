import { expect, it } from "vitest";
import { whenThere } from "../../../functions/core/awaitable.ts";

it("goes on at once with what is there", () => {
  expect(whenThere(1, (value) => value + 1)).toBe(2);
  expect(() =>
    whenThere(1, () => {
      throw new Error("wrong");
    }),
  ).toThrow("wrong");
});

it("goes on with what was promised when it is there", async () => {
  const next = whenThere(Promise.resolve(1), (value) => value + 1);
  expect(next).toBeInstanceOf(Promise);
  expect(await next).toBe(2);
});

it("rejects where the promise does, and goes on with nothing", async () => {
  let called = false;
  const next = whenThere(Promise.reject(new Error("lost")), () => {
    called = true;
  });
  await expect(next).rejects.toThrow("lost");
  expect(called).toBe(false);
});
