// Reads the start or the whole of a response body before the status and headers are sent, and hands it on as a body again.
import type { AnswerBody, BodyReader } from "./downstream.ts";

/** The start of a body, with what is needed to go on. */
export type HeldBody = {
  start: Buffer;
  hasEnded: boolean;
  /** the whole body, from its first byte on */
  body: AnswerBody;
};

/** The time to read a body was over. */
export class HoldTimeout extends Error {}

/** Bounds on what is held. */
export type HoldLimits = { maxBytes: number; maxMs: number };

/**
 * Reads a body until enough of it has come.
 *
 * @param body a body without a reader
 * @param isEnough gets each chunk; true ends the reading
 * @param limits most that is held, and how long
 * @returns rejects where the body fails or a limit is reached; the body is then closed
 */
export function holdBody(
  body: AnswerBody,
  isEnough: (chunk: Buffer) => boolean,
  { maxBytes, maxMs }: HoldLimits,
): Promise<HeldBody> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = [];
    let size = 0;
    let next: BodyReader | undefined;
    let end: { cause?: Error } | undefined;
    let isHeld = false;
    let isPaused = false;
    let isClosed = false;
    const timer = setTimeout(() => {
      giveUp(new HoldTimeout(`no complete response after ${maxMs} ms`));
    }, maxMs);
    const giveUp = (cause: Error) => {
      isHeld = true;
      clearTimeout(timer);
      body.destroy();
      reject(cause);
    };
    const hold = (hasEnded: boolean) => {
      isHeld = true;
      clearTimeout(timer);
      if (!hasEnded) body.pause();
      resolve({ start: Buffer.concat(chunks), hasEnded, body: resumed });
    };
    const resumed: AnswerBody = {
      read(reader) {
        next = reader;
        for (const chunk of chunks.splice(0)) if (!isClosed) reader.data(chunk);
        if (isClosed) return;
        if (end?.cause !== undefined) reader.fail(end.cause);
        else if (end !== undefined) reader.end();
        else if (!isPaused) body.resume();
      },
      pause() {
        isPaused = true;
        body.pause();
      },
      resume() {
        isPaused = false;
        body.resume();
      },
      destroy() {
        isClosed = true;
        body.destroy();
      },
    };
    body.read({
      data(chunk) {
        if (next !== undefined) return next.data(chunk);
        chunks.push(chunk);
        size += chunk.length;
        if (isHeld) return;
        if (size > maxBytes) giveUp(new Error(`a response of more than ${maxBytes} bytes`));
        else if (isEnough(chunk)) hold(false);
      },
      end() {
        end = {};
        if (next !== undefined) next.end();
        else if (!isHeld) hold(true);
      },
      fail(cause) {
        end = { cause };
        if (next !== undefined) next.fail(cause);
        else if (!isHeld) giveUp(cause);
      },
    });
  });
}

/** A body that is whole already. */
export function wholeBody(bytes: Buffer): AnswerBody {
  return {
    read(reader) {
      if (bytes.length > 0) reader.data(bytes);
      reader.end();
    },
    pause() {},
    resume() {},
    destroy() {},
  };
}
