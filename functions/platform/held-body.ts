// Reads the start or the whole of a response body before the status and headers are sent, and hands it on as a body again.
import { Readable } from "node:stream";

/** The start of a body, with what is needed to go on. */
export type HeldBody = {
  start: Buffer;
  hasEnded: boolean;
  /** the whole body, from its first byte on */
  body: Readable;
};

/** The time to read a body was over. */
export class HoldTimeout extends Error {}

/** Bounds on what is held. */
export type HoldLimits = { maxBytes: number; maxMs: number };

/**
 * Reads a body until enough of it has come.
 *
 * @param body a body that has not been read
 * @param isEnough gets each chunk; true ends the reading
 * @param limits most that is held, and how long
 * @returns rejects where the body fails or a limit is reached; the body is then closed
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
  const chunks: Buffer[] = [];
  let size = 0;
  try {
    for await (const chunk of body.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > maxBytes) throw new Error(`a response of more than ${maxBytes} bytes`);
      if (!isEnough(chunk)) continue;
      const start = Buffer.concat(chunks);
      body.unshift(start);
      return { start, hasEnded: false, body };
    }
    const start = Buffer.concat(chunks);
    return { start, hasEnded: true, body: wholeBody(start) };
  } catch (cause) {
    body.destroy();
    throw cause;
  } finally {
    clearTimeout(timer);
  }
}

/** A body that is whole already. */
export function wholeBody(bytes: Buffer): Readable {
  return Readable.from(bytes.length === 0 ? [] : [bytes], { objectMode: false });
}
