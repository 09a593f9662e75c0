// The parts of Lambda's Node.js runtime that a function's bundle needs: the `awslambda` global and a context.
import type { Writable } from "node:stream";

/** The runtime's response stream: receives status and headers first, then the body. */
export type ResponseStream = Writable & { begin(status: number, headers: Record<string, string>): void };

/** A handler after `streamifyResponse`. */
export type StreamingHandler = (event: object, stream: ResponseStream, context: object) => Promise<void>;

/** Sets the global; call it before a bundle is loaded. */
export function installAwsLambda(): void {
  type Head = { statusCode: number; headers: Record<string, string> };
  const HttpResponseStream = {
    from(stream: ResponseStream, { statusCode, headers }: Head) {
      stream.begin(statusCode, headers);
      return stream;
    },
  };
  const awslambda = { HttpResponseStream, streamifyResponse: (handler: StreamingHandler) => handler };
  Object.assign(globalThis, { awslambda });
}

/** The context of an invocation. */
export const CONTEXT = { getRemainingTimeInMillis: () => 900_000, awsRequestId: "bench" };
