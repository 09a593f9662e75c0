// A time limit over a whole call, retries and response body included. The AWS SDK's own limits cover one attempt up to its headers.

/** Thrown where a call has not ended in time. */
export class TimeLimitPassed extends Error {
  override name = "TimeLimitPassed";
}

/**
 * Runs a call with a time limit.
 *
 * @param limitMs milliseconds after which the call is given up and its signal aborts
 * @param run the call; it should stop when its signal aborts, but need not
 * @throws TimeLimitPassed, or whatever the call throws
 */
export async function withinTime<Result>(
  limitMs: number,
  run: (signal: AbortSignal) => Promise<Result>,
): Promise<Result> {
  const ending = new AbortController();
  let stop = () => {};
  const timedOut = new Promise<never>((_, reject) => {
    stop = startLimit(limitMs, () => {
      reject(new TimeLimitPassed(`no complete response within ${limitMs} ms`));
      ending.abort();
    });
  });
  try {
    return await Promise.race([run(ending.signal), timedOut]);
  } finally {
    stop();
  }
}

/**
 * Starts a timer that survives a freeze of the Lambda environment: a thawed one finds all its timers overdue, while the response may lie
 * unread in its socket. A timer that fires far too late starts again.
 *
 * @param limitMs milliseconds
 * @param onLimit called once when the time is up
 * @returns stops the timer
 */
export function startLimit(limitMs: number, onLimit: () => void): () => void {
  let timer: NodeJS.Timeout;
  const arm = () => {
    const dueAt = Date.now() + limitMs;
    timer = setTimeout(() => (Date.now() > dueAt + limitMs / 2 + LATE_MS ? arm() : onLimit()), limitMs);
  };
  arm();
  return () => clearTimeout(timer);
}

/** How late a timer may fire on a busy machine. */
const LATE_MS = 500;
