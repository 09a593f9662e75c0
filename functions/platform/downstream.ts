// The call to a downstream MCP server: kept-alive connections, a limit for each phase, no redirects, no proxies, no retries.
// A request that may have arrived is never sent twice: a tool call is not idempotent (RFC 9110 §9.2.2).
import type { Dispatcher } from "undici";
import { type Connection, openConnections } from "./connections.ts";

/** One call. */
export type DownstreamRequest = {
  url: string;
  method: string;
  headers: Readonly<Record<string, string>>;
  body: string | undefined;
  /** milliseconds; a connection is given up at most a second late, the others are exact */
  timeouts: { connectMs: number; firstByteMs: number; idleMs: number };
  /** ends the call at any time, the body included */
  signal?: AbortSignal | undefined;
};

/** Why there is no answer; `timeout` names the phase. */
export type DownstreamFailure = "unreachable" | "connect_timeout" | "first_byte_timeout";

/** Names in lower case; several values where the server sent a header several times. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An answer whose body is still arriving, or why there is none. */
export type DownstreamResult =
  | { ok: true; status: number; headers: AnswerHeaders; body: AnswerBody }
  | { ok: false; failure: DownstreamFailure; cause: unknown };

/**
 * Sends a request and settles when the answer's headers are there.
 *
 * @throws Error where the request is none that can be sent, such as one with a line break in a header: nobody was asked
 */
export type CallDownstream = (request: DownstreamRequest) => Promise<DownstreamResult>;

/** Takes a body as it arrives; `end` or `fail` comes once and last. */
export type BodyReader = {
  data(chunk: Buffer): void;
  end(): void;
  fail(cause: Error): void;
};

/** A body that is arriving. What came before there is a reader is kept; the server is held back before that becomes much. */
export type AnswerBody = {
  /** Hands over what is there, at once, and then what comes. There can be one reader. */
  read(reader: BodyReader): void;
  /** Holds the server back; the time in between does not count as its silence. */
  pause(): void;
  resume(): void;
  /** Gives the rest up, and the connection. The reader hears nothing more. */
  destroy(): void;
};

/** How much may wait for a reader. */
const UNREAD_MAX_BYTES = 65_536;

/** Opens the connection pools. Nothing of a caller's identity is bound to a connection: every request carries its own. */
export function createDownstream(now: () => number = Date.now): CallDownstream {
  const connections = openConnections(now);
  return (request) =>
    new Promise((resolve, reject) => {
      const { url, method, headers, body = null, timeouts } = request;
      const connection = connections.take(url, timeouts.connectMs);
      const options = {
        path: connection.path,
        method: method as Dispatcher.HttpMethod,
        headers,
        body,
      };
      connection.client.dispatch(options, new Call(connection, request, { resolve, reject }));
    });
}

type Settle = { resolve: (result: DownstreamResult) => void; reject: (cause: Error) => void };

/** One call under way, and the body of its answer. */
class Call implements Dispatcher.DispatchHandler, AnswerBody {
  readonly #connection: Connection;
  readonly #timeouts: DownstreamRequest["timeouts"];
  readonly #signal: AbortSignal | undefined;
  readonly #settle: Settle;
  #onAbort: (() => void) | undefined;
  #timer: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #reader: BodyReader | undefined;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #begun = false;
  /** NaN where the server does not say how long its answer is */
  #bytesToCome = Number.NaN;
  #ended = false;
  #isHeld = false;
  #isGivenUp = false;
  #failure: Error | undefined;

  constructor(connection: Connection, { timeouts, signal }: DownstreamRequest, settle: Settle) {
    this.#connection = connection;
    this.#timeouts = timeouts;
    this.#signal = signal;
    this.#settle = settle;
    if (signal === undefined) return;
    this.#onAbort = () => this.#abort(signal.reason);
    signal.addEventListener("abort", this.#onAbort);
  }

  #abort(reason: unknown): void {
    if (this.#controller === undefined) this.#connection.discard();
    else this.#controller.abort(reason instanceof Error ? reason : new Error(String(reason)));
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    const { firstByteMs } = this.#timeouts;
    this.#timer = setTimeout(() => controller.abort(new FirstByteTimeout(firstByteMs)), firstByteMs);
  }

  onResponseStart(_: Dispatcher.DispatchController, status: number, headers: AnswerHeaders): void {
    // Interim answers (RFC 9110 §15.2) say nothing that a client would need.
    if (status < 200) return;
    clearTimeout(this.#timer);
    this.#begun = true;
    this.#bytesToCome = Number(headers["content-length"]);
    this.#settle.resolve({ ok: true, status, headers, body: this });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    // A parser that goes on after a pause may begin with nothing.
    if (chunk.length === 0 || this.#isGivenUp) return;
    this.#bytesToCome -= chunk.length;
    if (this.#reader !== undefined) {
      if (!this.#isHeld) this.#timer?.refresh();
      this.#reader.data(chunk);
      return;
    }
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes >= UNREAD_MAX_BYTES) controller.pause();
  }

  onResponseEnd(
    controller: Dispatcher.DispatchController,
    trailers: Readonly<Record<string, unknown>> = {},
  ): void {
    const broken = this.#connection.brokenBy();
    if (broken !== undefined) {
      this.onResponseError(controller, broken);
      return;
    }
    // It has no place there (RFC 9110 §6.5.1), and undici's parser would take nothing more after a `close`.
    if (trailers["connection"] === undefined) this.#connection.release();
    else this.#connection.discard();
    this.#end();
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    this.#connection.discard();
    // The server closed after the last byte, while a held parser had not come to see that it was the last.
    if (this.#bytesToCome === 0) {
      this.#end();
      return;
    }
    this.#clear();
    this.#failure = cause;
    if (this.#begun) this.#reader?.fail(cause);
    else if (this.#controller === undefined && isUnsendable(cause)) this.#settle.reject(cause);
    else this.#settle.resolve({ ok: false, failure: failureOf(cause), cause });
  }

  #end(): void {
    this.#clear();
    this.#ended = true;
    this.#reader?.end();
  }

  #clear(): void {
    clearTimeout(this.#timer);
    if (this.#onAbort !== undefined) this.#signal?.removeEventListener("abort", this.#onAbort);
  }

  read(reader: BodyReader): void {
    // Until all of it is handed over, what arrives meanwhile comes after it.
    for (let chunk = this.#unread.shift(); chunk !== undefined; chunk = this.#unread.shift()) {
      reader.data(chunk);
    }
    if (this.#isGivenUp) return;
    this.#reader = reader;
    if (this.#failure !== undefined) reader.fail(this.#failure);
    else if (this.#ended) reader.end();
    else if (!this.#isHeld) this.resume();
  }

  pause(): void {
    this.#isHeld = true;
    clearTimeout(this.#timer);
    // The connection may carry another call by now.
    if (!this.#ended) this.#controller?.pause();
  }

  resume(): void {
    this.#isHeld = false;
    clearTimeout(this.#timer);
    // The connection may carry another call by now.
    if (this.#ended || this.#failure !== undefined) return;
    const { idleMs } = this.#timeouts;
    const fallSilent = () => this.#controller?.abort(new Error(`downstream silent for ${idleMs} ms`));
    this.#timer = setTimeout(fallSilent, idleMs);
    this.#controller?.resume();
  }

  destroy(): void {
    this.#isGivenUp = true;
    this.#reader = undefined;
    this.#unread = [];
    this.#clear();
    if (!this.#ended) this.#controller?.abort(new Error("the rest of the answer was given up"));
  }
}

/** The server took the request and did not begin to answer in time. */
class FirstByteTimeout extends Error {
  constructor(ms: number) {
    super(`first_byte_timeout after ${ms} ms`);
  }
}

function failureOf(cause: Error & { code?: string }): DownstreamFailure {
  if (cause instanceof FirstByteTimeout) return "first_byte_timeout";
  return cause.code === "UND_ERR_CONNECT_TIMEOUT" ? "connect_timeout" : "unreachable";
}

/** undici's word that a header, the method or the path can't be written. */
function isUnsendable({ code }: Error & { code?: string }): boolean {
  return code === "UND_ERR_INVALID_ARG" || code === "UND_ERR_NOT_SUPPORTED";
}
