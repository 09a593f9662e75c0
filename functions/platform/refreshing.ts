// A cached value from an external source: configuration, keys, secrets, metadata. One read at a time, refreshed by age, served stale for
// a bounded time while reads fail, with a back-off. Ages use the wall clock, because timers stop in a frozen environment.
import { withinTime } from "./within-time.ts";

/**
 * How a value is read and cached. Durations are in milliseconds. Ages count from the start of the last successful read: its response may
 * have been in the socket while the environment was frozen.
 */
export type RefreshingOptions<Value> = {
  /** Reads the value. If it rejects, the last value is kept. */
  read: () => Promise<Value>;
  /** Age at which the value is refreshed in the background. */
  refreshAfterMs: number;
  /** Age at which callers wait for a read. Default: `refreshAfterMs`. */
  freshMs?: number;
  /** Maximum age of a stale value. */
  staleMs: number;
  /** Longest wait for a read while a stale value can be used; the read goes on. Default: until the read ends. */
  staleWaitMs?: number;
  /** Back-off after a failed read, or after a wait of `staleWaitMs`. `hasValue`: whether a value is cached. */
  retryAfterMs: (failure: unknown, hasValue: boolean) => number;
  /** Random factor for `refreshAfterMs` and `retryAfterMs`, chosen after each read. */
  spread?: () => number;
  now?: () => number;
};

/** A value with its reads. */
export type Refreshing<Value> = {
  /**
   * Returns the value, after a read if it is not fresh.
   *
   * @param maxAgeMs shortens `refreshAfterMs` and `freshMs` for this caller
   * @throws the error of the last failed read if there is no value, or it is older than `staleMs`
   */
  get(maxAgeMs?: number): Promise<Value>;
  /** Reads now, or waits for the current read. Does nothing during a back-off. Never rejects. */
  refresh(): Promise<void>;
  /** True while a read is running. */
  isReading(): boolean;
  /** Number of completed reads, including failed ones. */
  reads(): number;
};

/** Creates a value that has not been read yet. */
export function refreshing<Value>(options: RefreshingOptions<Value>): Refreshing<Value> {
  const { read, refreshAfterMs, freshMs = refreshAfterMs, staleMs, staleWaitMs, retryAfterMs } = options;
  const { spread = () => 1, now = Date.now } = options;
  let current: { value: Value; readAt: number } | undefined;
  let failure: unknown;
  let retryAt = Number.NEGATIVE_INFINITY;
  let factor = 1;
  let ended = 0;
  let reading: Promise<void> | undefined;

  // A clock that was set back must not extend the lifetime.
  const age = () => (current === undefined ? Number.POSITIVE_INFINITY : Math.abs(now() - current.readAt));

  function backOff(cause: unknown): void {
    failure = cause;
    factor = spread();
    retryAt = now() + retryAfterMs(cause, current !== undefined) * factor;
  }

  async function readOnce(): Promise<void> {
    const readAt = now();
    try {
      const value = await read();
      current = { value, readAt };
      retryAt = Number.NEGATIVE_INFINITY;
      factor = spread();
    } catch (cause) {
      backOff(cause);
    } finally {
      ended += 1;
    }
  }

  function refresh(): Promise<void> {
    if (reading === undefined && now() < retryAt) return Promise.resolve();
    reading ??= readOnce().finally(() => {
      reading = undefined;
    });
    return reading;
  }

  /** Waits for a read, within `staleWaitMs` if there is a value to use instead. */
  async function waitFor(refreshed: Promise<void>): Promise<void> {
    if (staleWaitMs === undefined || current === undefined || age() > staleMs) return refreshed;
    // One request has waited for the running read: the others do not.
    if (now() < retryAt) return;
    await withinTime(staleWaitMs, () => refreshed).catch(backOff);
  }

  return {
    async get(maxAgeMs = Number.POSITIVE_INFINITY) {
      const needsRead = () => age() >= Math.min(freshMs, maxAgeMs);
      if (age() >= Math.min(refreshAfterMs * factor, maxAgeMs)) {
        const joined = reading !== undefined;
        const before = current;
        const refreshed = refresh();
        if (needsRead()) await waitFor(refreshed);
        // A read that started before the environment was frozen.
        if (joined && current !== before && needsRead()) await waitFor(refresh());
      }
      if (current === undefined || age() > staleMs) throw failure;
      return current.value;
    },
    refresh,
    isReading: () => reading !== undefined,
    reads: () => ended,
  };
}
