// Proof that work on a large input ends: work that is quadratic in the input's size takes longer than the limit, which is many times
// what linear work takes on a busy machine.
import { runInNewContext } from "node:vm";
import { expect } from "vitest";

const LIMIT_MS = 10_000;

export function expectLinearWork(work: () => unknown): void {
  expect(() => runInNewContext("void work()", { work }, { timeout: LIMIT_MS })).not.toThrow();
}
