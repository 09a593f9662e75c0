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
};

/** Why there is no answer; `timeout` names the phase. */
export type DownstreamFailure = "unreachable" | "connect_timeout" | "first_byte_timeout";

/** Names in lower case; several values where the server sent a header several times. */
export type AnswerHeaders = Readonly<Record<string, string | string[] | undefined>>;

/** An answer whose body is still arriving, or why there is none. */
export type DownstreamResult =
  | { ok: true; status: number; headers: AnswerHeaders; body: AnswerBody }
  | { ok: false; failure: DownstreamFailure; cause: unknown };

/** Sends a request and settles when the answer's headers are there. */
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
    new Promise((resolve) => {
      const { url, method, headers, body = null, timeouts } = request;
      const connection = connections.take(url, timeouts.connectMs);
      const options = {
        path: connection.path,
        method: method as Dispatcher.HttpMethod,
        headers,
        body,
      };
      connection.client.dispatch(options, new Call(connection, timeouts, resolve));
    });
}

/** One call under way, and the body of its answer. */
class Call implements Dispatcher.DispatchHandler, AnswerBody {
  readonly #connection: Connection;
  readonly #timeouts: DownstreamRequest["timeouts"];
  readonly #settle: (result: DownstreamResult) => void;
  #timer: NodeJS.Timeout | undefined;
  #controller: Dispatcher.DispatchController | undefined;
  #reader: BodyReader | undefined;
  #unread: Buffer[] = [];
  #unreadBytes = 0;
  #begun = false;
  #ended = false;
  #isHeld = false;
  #failure: Error | undefined;

  constructor(
    connection: Connection,
    timeouts: DownstreamRequest["timeouts"],
    settle: (result: DownstreamResult) => void,
  ) {
    this.#connection = connection;
    this.#timeouts = timeouts;
    this.#settle = settle;
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
    this.#settle({ ok: true, status, headers, body: this });
  }

  onResponseData(_: Dispatcher.DispatchController, chunk: Buffer): void {
    if (this.#reader !== undefined) {
      if (!this.#isHeld) this.#timer?.refresh();
      this.#reader.data(chunk);
      return;
    }
    this.#unread.push(chunk);
    this.#unreadBytes += chunk.length;
    if (this.#unreadBytes >= UNREAD_MAX_BYTES) this.#connection.hold();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    const broken = this.#connection.brokenBy();
    if (broken !== undefined) {
      this.onResponseError(controller, broken);
      return;
    }
    clearTimeout(this.#timer);
    this.#connection.release();
    this.#ended = true;
    this.#reader?.end();
  }

  onResponseError(_: Dispatcher.DispatchController, cause: Error): void {
    clearTimeout(this.#timer);
    this.#connection.discard();
    this.#failure = cause;
    if (this.#begun) this.#reader?.fail(cause);
    else this.#settle({ ok: false, failure: failureOf(cause), cause });
  }

  read(reader: BodyReader): void {
    this.#reader = reader;
    const unread = this.#unread;
    this.#unread = [];
    for (const chunk of unread) this.#reader?.data(chunk);
    if (this.#failure !== undefined) this.#reader?.fail(this.#failure);
    else if (this.#ended) this.#reader?.end();
    else if (!this.#isHeld) this.resume();
  }

  pause(): void {
    this.#isHeld = true;
    clearTimeout(this.#timer);
    // The connection may carry another call by now.
    if (!this.#ended) this.#connection.hold();
  }

  resume(): void {
    this.#isHeld = false;
    clearTimeout(this.#timer);
    if (this.#ended || this.#failure !== undefined) return;
    const { idleMs } = this.#timeouts;
    const fallSilent = () => this.#controller?.abort(new Error(`downstream silent for ${idleMs} ms`));
    this.#timer = setTimeout(fallSilent, idleMs);
    this.#connection.letGo();
  }

  destroy(): void {
    this.#reader = undefined;
    clearTimeout(this.#timer);
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
