// A timeout for a whole call, including retries and response body. The AWS SDK's timeouts only cover one attempt up to its headers.

/** Thrown by {@link withinTime} after its time. */
export class TimeLimitPassed extends Error {
  override name = "TimeLimitPassed";
}

/**
 * Runs a call with a timeout.
 *
 * @param limitMs milliseconds until the call rejects and its signal aborts
 * @param run the call; should stop when its signal aborts
 * @throws TimeLimitPassed, or the error of the call
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

/** The timeout of one attempt of an AWS SDK client, as its `requestHandler`. */
export function attemptTimeout(ms: number) {
  // Without `throwOnRequestTimeout`, the SDK only logs a warning after the timeout.
  return { connectionTimeout: ms, requestTimeout: ms, throwOnRequestTimeout: true };
}

/**
 * Starts a timer that tolerates a freeze of the Lambda environment. After a freeze, all timers are overdue, although the response may
 * already be in the socket: a timer that fires far too late is restarted.
 *
 * @param onLimit called once on timeout
 * @returns a function that stops the timer
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

/** Maximum delay of a timer on a busy machine. */
const LATE_MS = 500;
