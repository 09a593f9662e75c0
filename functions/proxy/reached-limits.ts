// Cache of limits that are reached: their calls are denied without a call to DynamoDB.
import QuickLRU from "quick-lru";
import { RATE_LIMIT_CACHE_MS } from "../core/limits.ts";
import { type Counter, deniedForMs } from "../core/rate-limits.ts";

/** Cached counters. Times in milliseconds since 1970. */
export type ReachedLimits = {
  /** The cached value if the counter denies `units` more calls; undefined if DynamoDB must be called. */
  denyingValue(counter: Counter, units: number, now: number): number | undefined;
  /** Caches the stored value of a counter that has denied a call. */
  reached(counter: Counter, value: number, now: number): void;
  /** Records that a counter has denied a call and is shared with requests that have several limits. */
  contended(counter: Counter, now: number): void;
  isContended(counter: Counter, now: number): boolean;
};

// quick-lru may keep twice as many entries.
const CACHED = 5_000;

/** Opens an empty cache, for one execution environment. */
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
