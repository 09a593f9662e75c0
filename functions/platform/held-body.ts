// Reads the start of a response body, or all of it, before the status is sent, and returns it as a readable body.
import { Readable } from "node:stream";
import { holdBytes } from "../core/held-bytes.ts";

/** The start of a body, and the body. */
export type HeldBody = {
  start: Buffer;
  hasEnded: boolean;
  /** the whole body, from its first byte on */
  body: Readable;
};

/** Thrown if the start of a body was not read in time. */
export class HoldTimeout extends Error {}

export type HoldLimits = { maxBytes: number; maxMs: number };

/**
 * Reads a body until enough of it has arrived.
 *
 * @param body a body that has not been read
 * @param isEnough receives each chunk; true stops reading
 * @param limits maximum size and time
 * @returns rejects if the body fails or a limit is exceeded; the body is then closed
 */
export async function holdBody(
  body: Readable,
  isEnough: (chunk: Buffer) => boolean,
  { maxBytes, maxMs }: HoldLimits,
): Promise<HeldBody> {
  const timer = setTimeout(
    () => body.destroy(new HoldTimeout(`no complete response after ${maxMs} ms`)),
    maxMs,
  );
  const held = holdBytes();
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      held.add(chunk);
      if (held.length > maxBytes) throw new Error(`response exceeds ${maxBytes} bytes`);
      if (!isEnough(chunk)) continue;
      const start = held.take();
      body.unshift(start);
      return { start, hasEnded: false, body };
    }
    const start = held.take();
    return { start, hasEnded: true, body: wholeBody(start) };
  } catch (cause) {
    body.destroy();
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

/** A body from bytes in memory. */
export function wholeBody(bytes: Buffer): Readable {
  return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
}
