// Checks periodically whether the caller of an open stream is blocked: a stream can last 15 minutes.
import { STREAM_BLOCKED_CHECK_MS } from "../core/limits.ts";

/**
 * Starts to watch.
 *
 * @param isBlocked checks the current configuration; a rejection counts as blocked
 * @param onBlocked called when the caller is blocked
 * @returns a function that stops watching
 */
export function watchBlocked(isBlocked: () => Promise<boolean>, onBlocked: () => void): () => void {
  const timer = setInterval(async () => {
    if (await isBlocked().catch(() => true)) onBlocked();
  }, STREAM_BLOCKED_CHECK_MS);
  return () => clearInterval(timer);
}
