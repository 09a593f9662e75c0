// The `awslambda` global of the runtime, as far as the proxy's bundle needs it: the prelude goes to `begin`, the body is what is written.
import type { Writable } from "node:stream";

/** A response stream that takes the answer's head before the body. */
export type HeadedStream = Writable & { begin(status: number, headers: Record<string, string>): void };

/** What `streamifyResponse` was given. */
export type StreamingHandler = (
  event: object,
  stream: Writable,
  context: { getRemainingTimeInMillis(): number },
) => Promise<void>;

/** Puts the global in place; call it before a bundle is loaded. */
export function installAwsLambda(): void {
  const HttpResponseStream = {
    from(
      stream: HeadedStream,
      { statusCode, headers }: { statusCode: number; headers: Record<string, string> },
    ) {
      stream.begin(statusCode, headers);
      return stream;
    },
  };
  const awslambda = { HttpResponseStream, streamifyResponse: (handler: StreamingHandler) => handler };
  Object.assign(globalThis, { awslambda });
}

/** What a context says to the proxy. */
export const CONTEXT = { getRemainingTimeInMillis: () => 900_000, awsRequestId: "bench" };
