// The streamed answer of a Lambda behind API Gateway: JSON with status and headers, eight NUL bytes, then the body.
// The runtime sends that prelude with the first write; a stream that ends without one gives the client a 500.
import type { Readable, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Status and headers of an answer. */
export type ResponseHead = { status: number; headers: Readonly<Record<string, string>> };

/** The answer to one request. It can be begun once. */
export type Reply = {
  /** true once status and headers have left: from then on the stream can only be completed or broken off */
  readonly begun: boolean;
  /** Sends a whole answer. */
  send(head: ResponseHead, body: string): Promise<void>;
  /**
   * Relays a body as it arrives, with backpressure.
   *
   * @throws whatever ended the body early; the caller must let it out of the handler, which breaks the answer off
   */
  relay(head: ResponseHead, body: Readable): Promise<void>;
};

/**
 * Opens the reply of one invocation.
 *
 * @param stream the runtime's response stream
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function openReply(stream: awslambda.HttpResponseStream): Reply {
  let begun = false;
  const begin = ({ status, headers }: ResponseHead): Writable => {
    begun = true;
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: status, headers: { ...headers } });
    out.write("");
    return out;
  };
  return {
    get begun() {
      return begun;
    },
    async send(head, body) {
      const out = begin(head);
      out.write(body);
      await end(out);
    },
    async relay(head, body) {
      const out = begin(head);
      // `end: false` leaves the runtime's stream whole on an error: the runtime itself must break it off.
      await pipeline(body, out, { end: false });
      await end(out);
    },
  };
}

function end(out: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    out.once("error", reject);
    out.end(resolve);
  });
}
