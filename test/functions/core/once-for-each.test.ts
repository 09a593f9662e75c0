import { expect, it } from "vitest";
import { onceForEach } from "../../../functions/core/once-for-each.ts";

it("makes a thing once for each object, however alike two objects are", () => {
  const made: object[] = [];
  const thingOf = onceForEach((key: { name: string }) => {
    made.push(key);
    return { of: key.name };
  });
  const [first, second] = [{ name: "a" }, { name: "a" }];
  expect(thingOf(first)).toEqual({ of: "a" });
  expect(thingOf(first)).toBe(thingOf(first));
  expect(thingOf(second)).not.toBe(thingOf(first));
  expect(made).toEqual([first, second]);
});

it("tries again where making failed", () => {
  let calls = 0;
  const thingOf = onceForEach((_key: object) => {
    calls += 1;
    if (calls === 1) throw new Error("not yet");
    return { calls };
  });
  const key = {};
  expect(() => thingOf(key)).toThrow("not yet");
  expect(thingOf(key)).toEqual({ calls: 2 });
});
