// The limits that this environment has seen reached: their calls are denied without a call to DynamoDB until the window ends.
import QuickLRU from "quick-lru";
import { RATE_LIMIT_CACHE_MS } from "../core/limits.ts";
import { type Counter, deniedForMs } from "../core/rate-limits.ts";

/** What is cached of counters. Times in milliseconds since 1970. */
export type ReachedLimits = {
  /** The stored value of a counter that would deny so many calls; undefined where DynamoDB must be asked. */
  denyingValue(counter: Counter, units: number, now: number): number | undefined;
  /** A counter has denied a call for good: `value` is what is stored. */
  reached(counter: Counter, value: number, now: number): void;
  /** A counter has denied a call while requests that use several limits count on it too. */
  contended(counter: Counter, now: number): void;
  isContended(counter: Counter, now: number): boolean;
};

// Holds the most recently used entries, at most twice as many.
const CACHED = 5_000;

/** Opens an empty cache. */
export function cacheReachedLimits(): ReachedLimits {
  const values = new QuickLRU<string, { value: number; until: number }>({ maxSize: CACHED });
  const contended = new QuickLRU<string, number>({ maxSize: CACHED });
  return {
    denyingValue(counter, units, now) {
      const known = values.get(counter.key);
      if (known === undefined || now >= known.until) return undefined;
      return deniedForMs(counter, known.value, units, now) > 0 ? known.value : undefined;
    },
    reached(counter, value, now) {
      values.set(counter.key, { value, until: now + RATE_LIMIT_CACHE_MS });
    },
    contended(counter, now) {
      contended.set(counter.key, now + RATE_LIMIT_CACHE_MS);
    },
    isContended(counter, now) {
      return now < (contended.get(counter.key) ?? 0);
    },
  };
}
