// How many cases each property gets: few with every `npm test`, as many as asked for by `npm run fuzz` (FUZZ_RUNS).
import { readFileSync } from "node:fs";
import type { Parameters } from "fast-check";

const RUNS = Number(process.env["FUZZ_RUNS"] ?? 150);

/** @param share divides the budget for properties that cost more */
export function budget<Values>(
  examples: Values[] = [],
  share = 1,
): Pick<Parameters<Values>, "numRuns" | "examples"> {
  return { numRuns: Math.max(examples.length, Math.ceil(RUNS / share)), examples };
}

/** The kept inputs of one kind. */
export function corpus<Value = string>(name: string): Value[] {
  return JSON.parse(readFileSync(new URL(`corpus/${name}.json`, import.meta.url), "utf8"));
}
