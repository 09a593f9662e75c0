// The streamed answer of a Lambda behind API Gateway: JSON with status and headers, eight NUL bytes, then the body.
// The runtime sends that prelude with the first write; a stream that ends without one gives the client a 500.
import { pipeline, type Readable, type Transform, type Writable } from "node:stream";
import { startHeartbeat } from "./sse-relay.ts";

/** Status and headers of an answer. */
export type ResponseHead = { status: number; headers: Record<string, string> };

/** How a body is relayed. */
export type RelayOptions = {
  /** what the body passes on its way */
  filter?: Transform | undefined;
  /** for event streams: milliseconds of silence before a comment is sent */
  heartbeatMs?: number;
  /** ends the answer, complete as far as it came, after so many milliseconds: for streams that clients resume */
  endAfterMs?: number;
  /** told the size of each part of the answer when it is handed on */
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
    const out = awslambda.HttpResponseStream.from(stream, { statusCode: status, headers });
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
    async relay(head, body, options = {}) {
      const { filter, endAfterMs } = options;
      const out = begin(head);
      let timeUp: Error | undefined;
      const endBody = () => {
        timeUp = new Error("the stream was ended before the function's time was up");
        body.destroy(timeUp);
      };
      const timer = endAfterMs === undefined ? undefined : setTimeout(endBody, endAfterMs);
      try {
        // What ends the body ends the filter with the same error, and the other way round.
        if (filter !== undefined) pipeline(body, filter, () => {});
        await copy(filter ?? body, out, options);
      } catch (cause) {
        if (timeUp === undefined || cause !== timeUp) throw cause;
      } finally {
        clearTimeout(timer);
      }
      await end(out);
    },
  };
}

// What `pipeline` does for two streams, at a third of its cost: every request pays it. `out` is left whole on an error: the runtime
// itself must break it off.
function copy(body: Readable, out: Writable, { onSent, heartbeatMs }: RelayOptions): Promise<void> {
  return new Promise((resolve, reject) => {
    const heartbeat = heartbeatMs === undefined ? undefined : startHeartbeat(heartbeatMs, comment);
    // A client that does not read gets none: they would only pile up.
    function comment(text: string) {
      if (!out.writableNeedDrain) out.write(text);
    }
    const settle = () => {
      heartbeat?.stop();
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
      onSent?.(chunk.length);
      heartbeat?.sent(chunk);
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
    out.once("error", reject).once("close", () => reject(new Error("the client is gone")));
    out.end(resolve);
  });
}
