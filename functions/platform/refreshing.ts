// A value that is read from outside and kept: configuration, keys, secrets, metadata. One read at a time, refreshed by age, served stale
// for a bounded time while reads fail, with a back-off after a failed read. Ages are wall-clock: timers stop in a frozen environment.

/** How a value is read and how long it serves. All durations are milliseconds; ages count from the end of the last good read. */
export type RefreshingOptions<Value> = {
  /** One read. A rejection is a failed read; the last good value stays. */
  read: () => Promise<Value>;
  /** Age from which the value is read again in the background. */
  refreshAfterMs: number;
  /** Age from which callers wait for a read. `refreshAfterMs` unless given. */
  freshMs?: number;
  /** Age up to which the value serves while it can't be read again. */
  staleMs: number;
  /** Wait after a failed read. `hasValue` says whether there is a value to serve meanwhile. */
  retryAfterMs: (failure: unknown, hasValue: boolean) => number;
  /** Factor for `refreshAfterMs` and `retryAfterMs`, drawn after each read, so that a fleet does not read at once. */
  spread?: () => number;
  now?: () => number;
};

/** A value with its reads. */
export type Refreshing<Value> = {
  /**
   * The value: at once while it is fresh, after a read otherwise.
   *
   * @param maxAgeMs shortens `refreshAfterMs` and `freshMs` for this caller
   * @throws the failure of the last read where no value may serve
   */
  get(maxAgeMs?: number): Promise<Value>;
  /** Reads now, or joins the read that is running. Does nothing during a back-off. Never rejects. */
  refresh(): Promise<void>;
  /** True while a read is running. */
  isReading(): boolean;
  /** Number of reads that have ended, failed ones included. */
  reads(): number;
};

/** Makes a value that has not been read yet. */
export function refreshing<Value>(options: RefreshingOptions<Value>): Refreshing<Value> {
  const { read, refreshAfterMs, freshMs = refreshAfterMs, staleMs, retryAfterMs } = options;
  const { spread = () => 1, now = Date.now } = options;
  let current: { value: Value; readAt: number } | undefined;
  let failure: unknown;
  let retryAt = Number.NEGATIVE_INFINITY;
  let factor = 1;
  let ended = 0;
  let reading: Promise<void> | undefined;

  // A clock that was set back must not make an old value young.
  const age = () => (current === undefined ? Number.POSITIVE_INFINITY : Math.abs(now() - current.readAt));

  async function readOnce(): Promise<void> {
    try {
      const value = await read();
      current = { value, readAt: now() };
      retryAt = Number.NEGATIVE_INFINITY;
      factor = spread();
    } catch (cause) {
      failure = cause;
      factor = spread();
      retryAt = now() + retryAfterMs(cause, current !== undefined) * factor;
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

  return {
    async get(maxAgeMs = Number.POSITIVE_INFINITY) {
      if (age() >= Math.min(refreshAfterMs * factor, maxAgeMs)) {
        const refreshed = refresh();
        if (age() >= Math.min(freshMs, maxAgeMs)) await refreshed;
      }
      if (current === undefined || age() > staleMs) throw failure;
      return current.value;
    },
    refresh,
    isReading: () => reading !== undefined,
    reads: () => ended,
  };
}
