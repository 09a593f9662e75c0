import * as v from "valibot";
import { describe, expect, it } from "vitest";
import { timeoutsSchema } from "../../../../functions/core/config/timeouts.ts";

describe("timeouts", () => {
  it.each([
    ["connect_ms", 60_000],
    ["first_byte_ms", 900_000],
    ["idle_ms", 900_000],
  ])("%s is a whole number of milliseconds from 1 to %i", (key, most) => {
    const messages = (value: unknown) =>
      (v.safeParse(timeoutsSchema, { [key]: value }).issues ?? []).map((issue) => issue.message);
    const words = `expected a whole number of milliseconds from 1 to ${most}, got the number`;
    expect([...messages(1), ...messages(most)]).toEqual([]);
    expect(messages(0)).toEqual([`${words} 0.`]);
    expect(messages(most + 1)).toEqual([`${words} ${most + 1}.`]);
    expect(messages(1.5)).toEqual([`${words} 1.5.`]);
  });
});
