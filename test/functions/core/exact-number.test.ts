import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { approximateNumber, exactNumberText } from "../../../functions/core/exact-number.ts";
import { readJson } from "../../../functions/core/json.ts";

/** A number as it comes out of a JSON text. */
function read(json: string): unknown {
  const reading = readJson(json);
  if (!reading.ok) throw new Error(reading.fault);
  return reading.value;
}

describe("exactNumberText", () => {
  it.each([
    ["5", "5"],
    ["5.0", "5"],
    ["5e0", "5"],
    ["50e-1", "5"],
    ["0.50", "0.5"],
    ["-5.00", "-5"],
    ["-0", "0"],
    ["0.0e9", "0"],
    ["1e3", "1000"],
    ["1e21", "1000000000000000000000"],
    ["1e+21", "1000000000000000000000"],
    ["1000000000000000000000", "1000000000000000000000"],
    ["1e-7", "1e-7"],
    ["0.0000001", "1e-7"],
    ["1915883588174806058", "1915883588174806058"],
    ["1915883588174806058.0", "1915883588174806058"],
    ["9007199254740993", "9007199254740993"],
    ["9007199254740993e-3", "9007199254740.993"],
    ["0.1000000000000000055", "0.1000000000000000055"],
    ["1e398", `1${"0".repeat(398)}`],
    ["1e400", "1e400"],
    ["1e-500", "1e-500"],
    ["1e-330", `0.${"0".repeat(329)}1`],
    ["123456789012345678901234567890", "123456789012345678901234567890"],
  ])("writes %s as %s", (json, text) => {
    expect(exactNumberText(read(json))).toBe(text);
  });

  it("writes a number that JSON cannot express by its name", () => {
    expect(exactNumberText(Number.POSITIVE_INFINITY)).toBe("Infinity");
  });

  it.each([
    ["a text", "5"],
    ["null", null],
    ["an object", { rawJSON: "5" }],
    ["a list", [5]],
    ["true", true],
  ])("returns undefined for %s", (_, value) => {
    expect(exactNumberText(value)).toBeUndefined();
  });

  it("distinguishes any two integers, however large", () => {
    const digits = fc.bigInt({ min: -(10n ** 40n), max: 10n ** 40n });
    fc.assert(
      fc.property(digits, digits, (a, b) => {
        expect(exactNumberText(read(String(a))) === exactNumberText(read(String(b)))).toBe(a === b);
      }),
    );
  });

  it("ignores trailing zeros of a fraction", () => {
    fc.assert(
      fc.property(fc.double({ noNaN: true, noDefaultInfinity: true }), fc.nat(5), (value, zeros) => {
        const text = JSON.stringify(value);
        fc.pre(/^-?\d+\.\d+$/.test(text));
        expect(exactNumberText(read(text + "0".repeat(zeros)))).toBe(exactNumberText(read(text)));
      }),
    );
  });
});

describe("approximateNumber", () => {
  it.each<[string, number]>([
    ["1700000000.5", 1_700_000_000.5],
    ["17000000005e-1", 1_700_000_000.5],
    ["1e400", Number.POSITIVE_INFINITY],
    ["-1e400", Number.NEGATIVE_INFINITY],
    ["9007199254740993", 9_007_199_254_740_992],
  ])("reads %s", (json, value) => {
    expect(approximateNumber(read(json))).toBe(value);
  });

  it("returns undefined for a value that is not a number", () => {
    for (const value of ["5", null, undefined, {}, [5]]) expect(approximateNumber(value)).toBeUndefined();
  });
});
