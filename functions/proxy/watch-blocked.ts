// Checks periodically whether the caller of an open stream is blocked: a stream can last 15 minutes.
import { STREAM_BLOCKED_CHECK_MS } from "../core/limits.ts";

export type BlockedWatch = {
  /** aborted when the caller is blocked */
  signal: AbortSignal;
  stop(): void;
};

/**
 * Starts to watch.
 *
 * @param isBlocked checks the current configuration; a rejection counts as blocked
 */
export function watchBlocked(isBlocked: () => Promise<boolean>): BlockedWatch {
  const blocked = new AbortController();
  const timer = setInterval(async () => {
    if (await isBlocked().catch(() => true)) blocked.abort();
  }, STREAM_BLOCKED_CHECK_MS);
  return { signal: blocked.signal, stop: () => clearInterval(timer) };
}
