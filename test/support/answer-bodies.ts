// Bodies of downstream answers: read by a test, or made by one.
import type { Readable } from "node:stream";
import { vi } from "vitest";
import type { AnswerBody, BodyReader } from "../../functions/platform/downstream.ts";

/** A reader that keeps what it hears. */
export type Recorded = {
  reader: BodyReader;
  chunks: Buffer[];
  /** what came, as text */
  text(): string;
  ends: number;
  failures: Error[];
  /** settles once all that came so far is this text */
  came(text: string): Promise<void>;
  /** settles with the failure; rejects at an end */
  failed: Promise<Error>;
  /** settles at the end; rejects with a failure */
  ended: Promise<void>;
};

/** Makes a reader that keeps what it hears. */
export function recordReader(): Recorded {
  const failed = Promise.withResolvers<Error>();
  const ended = Promise.withResolvers<void>();
  for (const { promise } of [failed, ended]) promise.catch(() => {});
  let heard: (() => void) | undefined;
  const recorded: Recorded = {
    chunks: [],
    text: () => Buffer.concat(recorded.chunks).toString(),
    ends: 0,
    failures: [],
    async came(text) {
      while (recorded.text() !== text) await new Promise<void>((resolve) => (heard = resolve));
    },
    failed: failed.promise,
    ended: ended.promise,
    reader: {
      data(chunk) {
        recorded.chunks.push(chunk);
        heard?.();
      },
      end() {
        recorded.ends += 1;
        ended.resolve();
        failed.reject(new Error("the body ended"));
      },
      fail(cause) {
        recorded.failures.push(cause);
        failed.resolve(cause);
        ended.reject(cause);
      },
    },
  };
  return recorded;
}

/** Reads a body from now on. */
export function readBody(body: AnswerBody): Recorded {
  const recorded = recordReader();
  body.read(recorded.reader);
  return recorded;
}

/** The whole of a body; rejects where it fails. */
export async function textOf(body: AnswerBody): Promise<string> {
  const recorded = readBody(body);
  await recorded.ended;
  return recorded.text();
}

/** A body made of a stream, read as soon as there is a reader. */
export function bodyOf(stream: Readable): AnswerBody {
  let reader: BodyReader | undefined;
  const fail = (cause: Error) => reader?.fail(cause);
  stream.on("error", fail);
  return {
    read(newReader) {
      reader = newReader;
      if (stream.errored !== null) return fail(stream.errored);
      stream.on("data", (chunk) => reader?.data(Buffer.from(chunk)));
      stream.on("end", () => reader?.end());
    },
    pause: () => void stream.pause(),
    resume: () => void stream.resume(),
    destroy() {
      reader = undefined;
      stream.destroy();
    },
  };
}

/** A body that the test hands to its reader itself, at once and without streams in between. */
export function bodyAtHand(handOver: (reader: BodyReader) => void) {
  return {
    read: vi.fn(handOver),
    pause: vi.fn(),
    resume: vi.fn(),
    destroy: vi.fn(),
  } satisfies AnswerBody;
}
