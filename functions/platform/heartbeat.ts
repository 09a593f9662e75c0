// Comments that keep an idle event stream open.
import type { Writable } from "node:stream";

const COMMENT = ": keep-alive\n\n";

/** The heartbeat of one event stream. */
export type Heartbeat = {
  /** Call it with each part of the stream that was written. */
  sent(part: Buffer): void;
  /** Whether what was written ends with a whole event: only then may something be added. */
  isBetweenEvents(): boolean;
  stop(): void;
};

/**
 * Adds a comment to an event stream whenever it was silent for a while: between events only, and never for a client that does not read,
 * where comments would pile up.
 *
 * @param out the stream
 * @param intervalMs silence before a comment, milliseconds
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
