// Comments that keep an idle event stream open.
import type { Writable } from "node:stream";

const COMMENT = ": keep-alive\n\n";

export type Heartbeat = {
  /** Must be called with each chunk that is written. */
  sent(part: Buffer): void;
  /** Whether the written data ends with a complete event: only then may a comment be added. */
  isBetweenEvents(): boolean;
  stop(): void;
};

/**
 * Adds a comment to an idle event stream, only between events, and not if the client does not read: comments would accumulate.
 *
 * @param intervalMs idle time before a comment, milliseconds
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 */
export function startHeartbeat(out: Writable, intervalMs: number): Heartbeat {
  let tail = "\n\n";
  const isBetweenEvents = () => /(?:\n\n|\r\r|\r\n\r\n)$/.test(tail);
  const timer = setInterval(() => {
    if (isBetweenEvents() && out.writableLength === 0) out.write(COMMENT);
  }, intervalMs);
  return {
    sent(part) {
      timer.refresh();
      tail = (tail + part.toString("latin1", Math.max(0, part.length - 4))).slice(-4);
    },
    isBetweenEvents,
    stop: () => clearInterval(timer),
  };
}
