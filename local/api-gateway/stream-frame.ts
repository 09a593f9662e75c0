// The frame of a streamed proxy response: JSON metadata, 8 NUL bytes, then the body. Unframed output never reaches the client.
import type { Readable } from "node:stream";
import type { HeaderLines } from "./gateway-request.ts";
import { clientHeaders, isStatus, mergedHeaders } from "./response-headers.ts";

/** Status and headers of the metadata. */
export type StreamHead = { readonly status: number; readonly headers: HeaderLines };

const DELIMITER = Buffer.alloc(8);
// The delimiter must come within the first 16 KB of the stream.
const MAX_METADATA_BYTES = 16 * 1024;

/**
 * Reads the metadata up to the first byte of the body.
 *
 * @returns undefined if the stream ends, fails or is invalid before the frame is complete.
 */
export async function readStreamHead(stream: Readable): Promise<StreamHead | undefined> {
  let received = Buffer.alloc(0);
  return await new Promise((resolve) => {
    const settle = (head: StreamHead | undefined) => {
      stream.off("data", onData).off("end", onEnd).off("error", onEnd).off("close", onEnd);
      stream.pause();
      resolve(head);
    };
    const onEnd = () => settle(undefined);
    const onData = (chunk: Buffer) => {
      received = Buffer.concat([received, chunk]);
      const at = received.indexOf(DELIMITER);
      if (at === -1 && received.length <= MAX_METADATA_BYTES) return;
      const rest = received.subarray(at + DELIMITER.length);
      settle(at === -1 || at > MAX_METADATA_BYTES ? undefined : readMetadata(received.subarray(0, at)));
      if (at !== -1 && rest.length > 0) stream.unshift(rest);
    };
    stream.on("data", onData).on("end", onEnd).on("error", onEnd).on("close", onEnd);
  });
}

function readMetadata(bytes: Buffer): StreamHead | undefined {
  let metadata: unknown;
  try {
    metadata = JSON.parse(bytes.toString("utf8"));
  } catch {
    return undefined;
  }
  if (typeof metadata !== "object" || metadata === null || Array.isArray(metadata)) return undefined;
  const { statusCode = 200, ...rest } = metadata as Record<string, unknown>;
  const status = Number(statusCode);
  const headers = mergedHeaders(rest);
  if (!isStatus(status) || headers === undefined) return undefined;
  // The length of a stream is not known in advance: it is sent in chunks.
  const unsized = headers.filter(([name]) => name.toLowerCase() !== "content-length");
  return { status, headers: clientHeaders(unsized) };
}
