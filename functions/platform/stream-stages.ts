// The stages that a response body passes on its way to the client: a filter, a byte counter, comments while an event stream is silent.
import { Transform } from "node:stream";
import type { BodyFilter } from "../core/body-filter.ts";

const COMMENT = ": keep-alive\n\n";

/**
 * Puts a body through a filter.
 *
 * @param filter may throw where the body can't be read: the stage then fails
 */
export function filterStage(filter: BodyFilter): Transform {
  const passing = (stage: Transform, parts: () => Buffer[], done: (cause?: Error) => void) => {
    try {
      for (const part of parts()) stage.push(part);
      done();
    } catch (cause) {
      done(cause as Error);
    }
  };
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      passing(this, () => filter.push(chunk), done);
    },
    flush(done) {
      passing(this, () => filter.rest(), done);
    },
  });
}

/**
 * Reports the size of each part.
 *
 * @param onBytes told a number of bytes
 */
export function counterStage(onBytes: (bytes: number) => void): Transform {
  return new Transform({
    transform(chunk: Buffer, _encoding, done) {
      onBytes(chunk.length);
      done(null, chunk);
    },
  });
}

/** The stage that keeps an event stream open, and what it knows of the stream. */
export type Heartbeat = {
  stage: Transform;
  /** Whether all that has passed was handed on and ends with a whole event: only then may something be added. */
  isBetweenEvents(): boolean;
};

/**
 * Adds a comment to an event stream whenever it has been silent for a while: between events only, and never for a client that does not
 * read, where comments would pile up.
 *
 * @param intervalMs silence before a comment, milliseconds
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 */
export function heartbeatStage(intervalMs: number): Heartbeat {
  let tail = "\n\n";
  const isBetweenEvents = () => stage.readableLength === 0 && /(?:\n\n|\r\r|\r\n\r\n)$/.test(tail);
  const timer = setInterval(() => {
    if (isBetweenEvents() && !stage.isPaused()) stage.push(COMMENT);
  }, intervalMs);
  const stage = new Transform({
    transform(chunk: Buffer, _encoding, done) {
      timer.refresh();
      tail = (tail + chunk.toString("latin1", Math.max(0, chunk.length - 4))).slice(-4);
      done(null, chunk);
    },
    flush(done) {
      clearInterval(timer);
      done();
    },
    destroy(cause, done) {
      clearInterval(timer);
      done(cause);
    },
  });
  return { stage, isBetweenEvents };
}
