// The streamed answer of a Lambda behind API Gateway: JSON with status and headers, eight NUL bytes, then the body.
// The runtime sends that prelude with the first write; a stream that ends without one gives the client a 500.
import type { Readable, Transform, Writable } from "node:stream";
import { pipeline } from "node:stream/promises";

/** Status and headers of an answer. */
export type ResponseHead = { status: number; headers: Readonly<Record<string, string>> };

/** How a body is relayed. */
export type RelayOptions = {
  /** what the body passes on its way, in order */
  steps?: readonly Transform[];
  /** ends the answer, complete as far as it came, after so many milliseconds: for streams that clients resume */
  endAfterMs?: number;
  /** told the size of each part of the body when it is handed on */
  onSent?: (bytes: number) => void;
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
    async relay(head, body, { steps = [], endAfterMs, onSent = () => {} } = {}) {
      const out = begin(head);
      let timeUp: Error | undefined;
      const endBody = () => {
        timeUp = new Error("the stream was ended before the function's time was up");
        body.destroy(timeUp);
      };
      const timer = endAfterMs === undefined ? undefined : setTimeout(endBody, endAfterMs);
      try {
        // `end: false` leaves the runtime's stream whole on an error: the runtime itself must break it off.
        if (steps.length === 0) await copy(body, out, onSent);
        else {
          body.pause().on("data", (chunk: Buffer) => onSent(chunk.length));
          await pipeline([body, ...steps, out], { end: false });
        }
      } catch (cause) {
        if (timeUp === undefined || cause !== timeUp) throw cause;
      } finally {
        clearTimeout(timer);
      }
      await end(out);
    },
  };
}

// What `pipeline` does for two streams, at a third of its cost: every request pays it.
function copy(body: Readable, out: Writable, onSent: (bytes: number) => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const settle = () => {
      body.off("data", onData).off("end", onEnd).off("error", fail).off("close", onBodyClosed);
      out.off("drain", onDrain).off("error", fail).off("close", onOutClosed);
    };
    const fail = (cause: Error) => {
      settle();
      // Nobody watches the body any more, and an error that nobody hears ends the process.
      body.on("error", () => {}).destroy(cause);
      reject(cause);
    };
    const onData = (chunk: Buffer) => {
      onSent(chunk.length);
      if (!out.write(chunk)) body.pause();
    };
    const onDrain = () => body.resume();
    const onEnd = () => {
      settle();
      resolve();
    };
    const onBodyClosed = () => fail(body.errored ?? new Error("the answer broke off"));
    const onOutClosed = () => fail(new Error("the client is gone"));
    if (body.destroyed) return onBodyClosed();
    if (out.destroyed) return onOutClosed();
    body.on("data", onData).on("end", onEnd).on("error", fail).on("close", onBodyClosed);
    out.on("drain", onDrain).on("error", fail).on("close", onOutClosed);
    if (!out.writableNeedDrain) body.resume();
  });
}

function end(out: Writable): Promise<void> {
  return new Promise((resolve, reject) => {
    out.once("error", reject);
    out.end(resolve);
  });
}
