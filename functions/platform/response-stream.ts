// The streamed answer of a Lambda behind API Gateway: JSON with status and headers, eight NUL bytes, then the body.
// The runtime sends that prelude with the first write; a stream that ends without one gives the client a 500.
import { finished, type Readable, type Transform, type Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Status and headers of an answer. */
export type ResponseHead = { status: number; headers: Readonly<Record<string, string>> };

/** How a body is relayed. */
export type RelayOptions = {
  /** what the body passes on its way, in order */
  steps?: readonly Transform[];
  /** ends the answer, complete as far as it came, after so many milliseconds: for streams that clients resume */
  endAfterMs?: number;
};

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
  relay(head: ResponseHead, body: Readable, options?: RelayOptions): Promise<void>;
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
    async relay(head, body, { steps = [], endAfterMs } = {}) {
      const out = begin(head);
      let timeUp: Error | undefined;
      const endBody = () => {
        timeUp = new Error("the stream was ended before the function's time was up");
        body.destroy(timeUp);
      };
      const timer = endAfterMs === undefined ? undefined : setTimeout(endBody, endAfterMs);
      try {
        // `end: false` leaves the runtime's stream whole on an error: the runtime itself must break it off.
        if (steps.length === 0) await copy(body, out);
        else await pipeline([body, ...steps, out], { end: false });
      } catch (cause) {
        if (timeUp === undefined || cause !== timeUp) throw cause;
      } finally {
        clearTimeout(timer);
      }
      await end(out);
    },
  };
}

// What `pipeline` does for two streams, without the AbortController and the error that it makes for every finished one.
function copy(body: Readable, out: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = (cause?: Error | null) => {
      stopWatchingBody();
      stopWatchingOut();
      if (cause) {
        // Nobody watches the body any more, and an error that nobody hears ends the process.
        body.on("error", () => {}).destroy(cause);
        reject(cause);
      } else resolve();
    };
    const stopWatchingBody = finished(body, { writable: false }, settle);
    const stopWatchingOut = finished(out, { readable: false }, (cause) =>
      settle(cause ?? new Error("the client is gone")),
    );
    body.pipe(out, { end: false });
  });
}

function end(out: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    out.once("error", reject);
    out.end(resolve);
  });
}
