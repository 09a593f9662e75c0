import { describe, expect, it } from "vitest";
import { durationSeconds } from "../../../../functions/core/config/durations.ts";

describe("durationSeconds", () => {
  it.each<[string | number, number]>([
    ["1s", 1],
    ["5m", 300],
    ["12h", 43_200],
    ["1d", 86_400],
    ["90", 90],
    [90, 90],
    [1, 1],
    ["999999999s", 999_999_999],
  ])("reads %j as %i seconds", (duration, seconds) => {
    expect(durationSeconds(duration)).toBe(seconds);
  });

  it.each([
    "",
    "0",
    "0d",
    0,
    -1,
    1.5,
    "1000000000",
    1e9,
    "s",
    "5w",
    "5 m",
    " 5m",
    "5m ",
    "5m\n",
    "5ms",
    "x5m",
    "5M",
    "1e3",
    Number.NaN,
    Number.POSITIVE_INFINITY,
  ])("refuses %j", (duration) => {
    expect(durationSeconds(duration)).toBeUndefined();
  });
});
