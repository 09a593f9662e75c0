// Reads from SSM again and again until an answer comes or the time is up. Waits grow and are spread by chance: when many environments
// start at once, SSM throttles most of them, and those must not come back together.
import { CONFIG_LOAD_TIMEOUT_MS, CONFIG_RETRY_MS } from "../core/limits.ts";

/** Bounds of one read, in milliseconds. `first` and `longest` are upper ends: the wait itself is any time up to it. */
export type RetryLimits = { totalMs: number; first: number; longest: number };

const LIMITS: RetryLimits = { totalMs: CONFIG_LOAD_TIMEOUT_MS, ...CONFIG_RETRY_MS };
const THROTTLED = /Throttl|TooManyRequests|LimitExceeded|RequestTimeout/;
const STATUS_TOO_MANY_REQUESTS = 429;

/**
 * Reads until it works. What AWS refuses for another reason than the rate, such as a missing permission, is not tried again.
 *
 * @param read one try; it should give up when its signal aborts
 * @param random between 0 and 1
 * @param limits replaced in tests
 * @throws the last try's error once the time is up
 */
export async function readWithRetries<Result>(
  read: (signal: AbortSignal) => Promise<Result>,
  random: () => number = Math.random,
  limits: RetryLimits = LIMITS,
): Promise<Result> {
  const ending = new AbortController();
  const { signal } = ending;
  let failure: unknown = new Error(`no answer from SSM within ${limits.totalMs} ms`);
  const timer = startTimer(limits.totalMs, () => ending.abort());
  const timedOut = new Promise<never>((_, reject) => {
    signal.addEventListener("abort", () => reject(failure));
  });
  try {
    return await Promise.race([retrying(), timedOut]);
  } finally {
    timer.stop();
    ending.abort();
  }

  async function retrying(): Promise<Result> {
    for (let longest = limits.first; !signal.aborted; longest = Math.min(longest * 2, limits.longest)) {
      try {
        return await read(signal);
      } catch (cause) {
        // What fails because the time is up says less than what failed before it.
        if (!signal.aborted) failure = cause;
        if (isFinal(cause)) throw cause;
      }
      const waitMs = longest * random();
      await new Promise((resolve) => setTimeout(resolve, waitMs));
    }
    throw failure;
  }
}

/** What is looked at in an error that AWS answered with. */
type ServiceFailure = { $fault?: unknown; $metadata?: { httpStatusCode?: unknown }; name?: unknown };

/** A refusal by AWS that asking again does not change. */
function isFinal(cause: unknown): boolean {
  const { $fault, $metadata, name } = cause as ServiceFailure;
  if ($metadata?.httpStatusCode === STATUS_TOO_MANY_REQUESTS) return false;
  return $fault === "client" && !THROTTLED.test(String(name));
}

// A frozen environment wakes up with all timers overdue, while the answer still lies in its socket: such a timer starts anew.
function startTimer(ms: number, onEnd: () => void): { stop: () => void } {
  let timer: NodeJS.Timeout;
  const arm = () => {
    const dueAt = Date.now() + ms;
    timer = setTimeout(() => (Date.now() > dueAt + ms / 2 ? arm() : onEnd()), ms);
  };
  arm();
  return { stop: () => clearTimeout(timer) };
}
