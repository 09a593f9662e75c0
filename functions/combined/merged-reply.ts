// The reply to a request that several members work on: one JSON response, or an event stream from the moment a member sends a notification or a
// request before its response.
import { PassThrough } from "node:stream";
import { MEDIA_TYPE } from "../core/body-format.ts";
import { type ErrorResponse, errorBody, loggedReason, type RequestId } from "../core/error-response.ts";
import type { Headers } from "../core/headers.ts";
import { eventOf } from "../core/sse-events.ts";
import type { Exchange } from "../proxy/exchange.ts";
import { sendErrorResponse } from "../proxy/send-error-response.ts";

export type MergedReply = {
  /** Sends a message of a member now. Resolves when the client has room for more. */
  message(text: string): Promise<void>;
  /**
   * Sends a member's message with the response: the response's headers are not known yet. Beyond {@link HELD_MAX_CHARS}, messages are
   * omitted: before the response to `initialize`, MCP allows only pings and log messages.
   */
  later(text: string): void;
  /** Sends the response. @param headers additional response headers; only if no message has been sent, as is a `status` other than 200 */
  finish(text: string, headers?: Headers, status?: number): Promise<void>;
  /** Sends an error response instead. */
  fail(response: ErrorResponse): Promise<void>;
  /** Closes a reply that has begun and cannot be completed: the caller must throw. */
  abort(cause: unknown): void;
};

export type MergedReplyParts = {
  exchange: Exchange;
  /** the client's request */
  id: RequestId;
  /** idle milliseconds before a comment is sent on an event stream */
  heartbeatMs: number;
};

/** Most characters of messages that wait until events can be sent. */
export const HELD_MAX_CHARS = 1024 * 1024;

/** Opens the reply. */
export function openMergedReply({ exchange, id, heartbeatMs }: MergedReplyParts): MergedReply {
  const { reply, audit, cors, requestId } = exchange;
  const held: string[] = [];
  let heldChars = 0;
  let stream: { events: PassThrough; relayed: Promise<void> } | undefined;

  const begin = (own: Headers = {}) => {
    audit.responded(200);
    const events = new PassThrough();
    const headers = {
      "content-type": MEDIA_TYPE["event-stream"],
      "cache-control": "no-store",
      ...cors,
      ...own,
    };
    const relayed = reply.relay({ status: 200, headers }, events, { heartbeatMs, onSent: audit.sent });
    // Its error is reported by `finish` and `fail`.
    relayed.catch(() => {});
    return { events, relayed };
  };
  const end = ({ events, relayed }: { events: PassThrough; relayed: Promise<void> }, text: string) => {
    for (const message of held) events.write(eventOf(message));
    events.end(eventOf(text));
    return relayed;
  };
  return {
    async message(text) {
      stream ??= begin();
      const { events } = stream;
      if (events.writable && !events.write(eventOf(text))) await drained(events);
    },
    later(text) {
      if (heldChars + text.length > HELD_MAX_CHARS) return;
      heldChars += text.length;
      held.push(text);
    },
    async finish(text, headers = {}, status = 200) {
      if (held.length > 0) stream ??= begin(headers);
      if (stream !== undefined) return end(stream, text);
      audit.responded(status);
      audit.sent(Buffer.byteLength(text));
      const all = { "content-type": MEDIA_TYPE.json, "cache-control": "no-store", ...cors, ...headers };
      return reply.send({ status, headers: all }, text);
    },
    async fail(response) {
      if (stream === undefined) return sendErrorResponse(exchange, response, id);
      audit.errorSent(loggedReason(response), 200);
      return end(stream, errorBody(response, id, requestId));
    },
    abort(cause) {
      stream?.events.destroy(cause instanceof Error ? cause : new Error("the reply failed", { cause }));
    },
  };
}

/** Resolves when a stream has room for more, or has closed. */
export function drained(stream: PassThrough): Promise<void> {
  return new Promise((resolve) => {
    const settle = () => {
      stream.off("drain", settle).off("close", settle);
      resolve();
    };
    stream.once("drain", settle).once("close", settle);
  });
}
