// The `awslambda` global of the managed Node.js runtime: streamifyResponse and HttpResponseStream. As there, the metadata
// is sent with the first write: only end(), or end(chunk) as the first call, sends none.
import type { ClientRequest } from "node:http";
import type { Writable } from "node:stream";

/** What a streaming handler gets as its second argument. */
export type ResponseStream = Writable & { setContentType(type: string): void };

const STREAMING = Symbol.for("aws.lambda.runtime.handler.streaming");
const DELIMITER = new Uint8Array(8);
const FRAMED = "application/vnd.awslambda.http-integration-response";
const metadataOf = new WeakMap<object, string>();

/** Value of `globalThis.awslambda`. */
export const awslambda = {
  streamifyResponse<T extends object>(handler: T): T {
    return Object.assign(handler, { [STREAMING]: "response" });
  },
  HttpResponseStream: {
    from(stream: ResponseStream, metadata: unknown): ResponseStream {
      stream.setContentType(FRAMED);
      metadataOf.set(stream, JSON.stringify(metadata));
      return stream;
    },
  },
};

/** Whether a handler went through `streamifyResponse`. */
export function isStreaming(handler: object): boolean {
  return STREAMING in handler;
}

// The runtime exposes only these members: with more, node:stream would treat the object as an HTTP request.
const METHODS =
  "addListener cork destroy emit eventNames getMaxListeners listenerCount listeners off on once prependListener prependOnceListener rawListeners removeAllListeners removeListener setMaxListeners uncork".split(
    " ",
  );
const STATE =
  "destroyed writable writableCorked writableEnded writableFinished writableHighWaterMark writableLength writableNeedDrain writableObjectMode".split(
    " ",
  );

/** Creates the response stream on top of the request to the Runtime API. */
export function createResponseStream(request: ClientRequest): ResponseStream {
  const members = request as unknown as Record<string, unknown>;
  const write = request.write.bind(request) as (...args: unknown[]) => boolean;
  let written = false;
  const stream: Record<string, unknown> = {
    // Not through write() below: a first chunk given to end() goes out unframed, as in the managed runtime.
    end: request.end.bind(request),
    setContentType(type: string) {
      if (written) throw new Error("Cannot set content-type, too late.");
      request.setHeader("Content-Type", type);
    },
    write(chunk: unknown, ...rest: unknown[]) {
      const metadata = metadataOf.get(stream);
      if (!written && metadata !== undefined) {
        write(metadata);
        write(DELIMITER);
      }
      written = true;
      const bytes = typeof chunk === "string" || chunk instanceof Uint8Array ? chunk : JSON.stringify(chunk);
      return write(bytes, ...rest);
    },
  };
  for (const name of METHODS) stream[name] = (members[name] as () => unknown).bind(request);
  for (const name of STATE)
    Object.defineProperty(stream, name, { get: () => members[name], enumerable: true });
  return stream as unknown as ResponseStream;
}
