// Looks an open stream's caller up in `blocked` again and again: a stream can last 15 minutes, and a block must not wait for its end.
import { STREAM_BLOCKED_CHECK_MS } from "../core/limits.ts";

/** A watch that runs until it is stopped. */
export type BlockedWatch = {
  /** aborted once the caller is blocked */
  signal: AbortSignal;
  stop(): void;
};

/**
 * Starts to watch.
 *
 * @param isBlocked asks the configuration as it is by then; a rejection counts as blocked
 */
export function watchBlocked(isBlocked: () => Promise<boolean>): BlockedWatch {
  const blocked = new AbortController();
  const timer = setInterval(async () => {
    if (await isBlocked().catch(() => true)) blocked.abort();
  }, STREAM_BLOCKED_CHECK_MS);
  return { signal: blocked.signal, stop: () => clearInterval(timer) };
}
