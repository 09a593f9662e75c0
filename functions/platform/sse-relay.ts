// Comments that keep a silent event stream open on its way to the client.

const COMMENT = ": keep-alive\n\n";

/** Watches over the silence of one stream. */
export type Heartbeat = {
  /** the silence counts from here on */
  start(): void;
  /** what was just sent; the silence counts from here */
  sent(chunk: Buffer): void;
  stop(): void;
};

/**
 * Sends a comment whenever a stream has been silent for a while, between events alone.
 *
 * @param intervalMs silence before a comment
 * @param send takes the comment
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 */
export function openHeartbeat(intervalMs: number, send: (comment: string) => void): Heartbeat {
  let tail = "\n\n";
  let timer: NodeJS.Timeout | undefined;
  return {
    start() {
      timer = setInterval(() => {
        if (/(?:\n\n|\r\r|\r\n\r\n)$/.test(tail)) send(COMMENT);
      }, intervalMs);
    },
    sent(chunk) {
      timer?.refresh();
      tail = (tail + chunk.toString("latin1", Math.max(0, chunk.length - 4))).slice(-4);
    },
    stop: () => clearInterval(timer),
  };
}
