// The text by which numbers of a token are compared. It keeps every digit: ids that differ in the last digit are different.
import { numberText } from "./json.ts";

/** Longest plain text. A number with a larger exponent keeps its own text. */
const MAX_PLAIN_DIGITS = 400;

const NUMBER = /^(-?)(\d+)(?:\.(\d+))?(?:[eE]([+-]?\d+))?$/;

/**
 * A number's value as text. Zeros and exponents that do not change the value do not change the text: `5.0` and `5e0` are "5".
 *
 * @param value a number as returned by `readJson`
 * @returns undefined for what is not a number
 */
export function exactNumberText(value: unknown): string | undefined {
  const text = numberText(value);
  return text === undefined ? undefined : plainText(text);
}

/**
 * A number as a double, for times and other quantities for which the nearest double is enough.
 *
 * @returns undefined for what is not a number; infinite if it is beyond all doubles
 */
export function approximateNumber(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  const text = numberText(value);
  return text === undefined ? undefined : Number(text);
}

// A fraction that equals a double has the double's text (`1e-7`), like a number in a rule; a whole number has all its digits.
function plainText(text: string): string {
  const shortest = String(Number(text));
  const exact = decimal(text);
  if (exact?.includes(".") && exact === decimal(shortest)) return shortest;
  return exact ?? text;
}

/** Sign, digits and point, without leading and trailing zeros; undefined if that would be too long. */
function decimal(text: string): string | undefined {
  const match = NUMBER.exec(text);
  // Not from JSON: Infinity and NaN.
  if (match === null) return undefined;
  const [, sign = "", whole = "", fraction = "", exponent = "0"] = match;
  const digits = (whole + fraction).replace(/^0+(?=\d)/, "");
  if (/^0*$/.test(digits)) return "0";
  const point = digits.length - fraction.length + Number(exponent);
  if (Math.abs(point) + digits.length > MAX_PLAIN_DIGITS) return undefined;
  const padded = "0".repeat(Math.max(0, 1 - point)) + digits;
  const pointAt = Math.max(1, point);
  const before = padded.slice(0, pointAt).padEnd(pointAt, "0");
  const after = padded.slice(pointAt).replace(/0+$/, "");
  return sign + before + (after === "" ? "" : `.${after}`);
}
