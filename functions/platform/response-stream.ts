// The streamed answer of a Lambda behind API Gateway: JSON with status and headers, eight NUL bytes, then the body.
// The runtime sends that prelude with the first write; a stream that ends without one gives the client a 500.
import type { Writable } from "node:stream";
import type { BodyFilter } from "../core/body-filter.ts";
import type { AnswerBody, BodyReader } from "./downstream.ts";
import { type Heartbeat, openHeartbeat } from "./sse-relay.ts";

/** Status and headers of an answer. */
export type ResponseHead = { status: number; headers: Record<string, string> };

/** How a body is relayed. */
export type RelayOptions = {
  /** what the body passes on its way */
  filter?: BodyFilter | undefined;
  /** for event streams: milliseconds of silence before a comment is sent */
  heartbeatMs?: number;
  /** ends the answer, complete as far as it came, after so many milliseconds: for streams that clients resume */
  endAfterMs?: number;
  /** what is sent last where the answer is ended so, unless it is in the middle of an event */
  lastEvent?: string | undefined;
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
  relay(head: ResponseHead, body: AnswerBody, options?: RelayOptions): Promise<void>;
};

/**
 * Opens the reply of one invocation.
 *
 * @param stream the runtime's response stream
 * @see https://docs.aws.amazon.com/apigateway/latest/developerguide/response-transfer-mode-lambda.html
 */
export function openReply(stream: awslambda.HttpResponseStream): Reply {
  const begin = ({ status, headers }: ResponseHead): Writable => {
    reply.begun = true;
    return awslambda.HttpResponseStream.from(stream, { statusCode: status, headers });
  };
  // No getter: a literal with one costs a hidden class that lives until the next full collection.
  const reply = {
    begun: false,
    send(head: ResponseHead, body: string) {
      const out = begin(head);
      out.write(body);
      return new Promise<void>((resolve, reject) => {
        out.on("error", reject);
        out.on("close", () => out.writableFinished || reject(new Error(CLIENT_GONE)));
        out.end(resolve);
      });
    },
    relay(head: ResponseHead, body: AnswerBody, options: RelayOptions = {}) {
      const out = begin(head);
      return new Promise<void>((resolve, reject) => {
        new Relay(out, body, options, { resolve, reject }).start();
      });
    },
  };
  return reply;
}

const CLIENT_GONE = "the client is gone";

// One answer on its way. `out` is left whole on an error: the runtime itself must break it off.
class Relay implements BodyReader {
  readonly #out: Writable;
  readonly #body: AnswerBody;
  readonly #filter: BodyFilter | undefined;
  readonly #onSent: RelayOptions["onSent"];
  readonly #resolve: () => void;
  readonly #reject: (cause: Error) => void;
  readonly #heartbeat: Heartbeat | undefined;
  readonly #endAfterMs: number | undefined;
  readonly #lastEvent: string | undefined;
  #timer: NodeJS.Timeout | undefined;
  #begun = false;
  #ended = false;

  constructor(
    out: Writable,
    body: AnswerBody,
    { filter, heartbeatMs, endAfterMs, lastEvent, onSent }: RelayOptions,
    settle: { resolve: () => void; reject: (cause: Error) => void },
  ) {
    this.#out = out;
    this.#body = body;
    this.#filter = filter;
    this.#onSent = onSent;
    this.#resolve = settle.resolve;
    this.#reject = settle.reject;
    this.#endAfterMs = endAfterMs;
    this.#lastEvent = lastEvent;
    if (heartbeatMs !== undefined)
      this.#heartbeat = openHeartbeat(heartbeatMs, (text) => this.#comment(text));
  }

  start(): void {
    const out = this.#out;
    out.on("drain", this.#onDrain).on("error", this.#onError).on("close", this.#onClose);
    if (out.destroyed) {
      this.#onClose();
      return;
    }
    // First what has arrived.
    this.#body.read(this);
    this.#begin();
    if (!this.#ended) this.#startTimers();
  }

  #startTimers(): void {
    this.#heartbeat?.start();
    const ms = this.#endAfterMs;
    if (ms !== undefined) this.#timer = setTimeout(() => this.#giveUpTheRest(), ms);
  }

  data(chunk: Buffer): void {
    if (this.#filter === undefined) this.#write(chunk);
    else this.#filtered(this.#filter, chunk);
  }

  end(): void {
    if (this.#filter === undefined || this.#filtered(this.#filter)) this.#finish();
  }

  fail(cause: Error): void {
    if (!this.#ended) this.#body.destroy();
    this.#settle();
    this.#reject(cause);
  }

  // What a filter makes of a part may be nothing yet, and it may refuse.
  #filtered(filter: BodyFilter, chunk?: Buffer): boolean {
    try {
      for (const part of chunk === undefined ? filter.rest() : filter.push(chunk)) this.#write(part);
      return true;
    } catch (cause) {
      this.fail(cause as Error);
      return false;
    }
  }

  #write(chunk: Buffer): void {
    this.#begun = true;
    const isRoom = this.#out.write(chunk);
    this.#onSent?.(chunk.length);
    this.#heartbeat?.sent(chunk);
    if (!isRoom) this.#body.pause();
  }

  // Status and headers leave with the first write, at the latest when it is known that there is nothing to be written yet.
  #begin(): void {
    if (!this.#begun && !this.#out.destroyed) this.#out.write("");
    this.#begun = true;
  }

  // A client that does not read gets none: they would only pile up.
  #comment(text: string): void {
    if (!this.#out.writableNeedDrain) this.#out.write(text);
  }

  #giveUpTheRest(): void {
    this.#body.destroy();
    if (this.#lastEvent !== undefined && this.#heartbeat?.isBetweenEvents() === true)
      this.#write(Buffer.from(this.#lastEvent));
    this.#finish();
  }

  #finish(): void {
    this.#settle();
    this.#out.end(this.#onFinish);
  }

  #settle(): void {
    this.#ended = true;
    clearTimeout(this.#timer);
    this.#heartbeat?.stop();
    this.#begin();
  }

  readonly #onDrain = () => {
    if (!this.#ended) this.#body.resume();
  };
  readonly #onError = (cause: Error) => this.fail(cause);
  readonly #onClose = () => this.fail(new Error(CLIENT_GONE));
  readonly #onFinish = () => {
    // The stream may outlive the answer, and with it all that hangs on these.
    this.#out
      .off("drain", this.#onDrain)
      .off("close", this.#onClose)
      .on("error", ignore)
      .off("error", this.#onError);
    this.#resolve();
  };
}

function ignore(): void {}
