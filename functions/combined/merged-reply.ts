// The reply to a request that several members work on: one JSON response, or an event stream from the moment a member sends a notification or a
// request before its response.
import { PassThrough } from "node:stream";
import { MEDIA_TYPE } from "../core/body-format.ts";
import type { Headers } from "../core/headers.ts";
import type { Exchange } from "../proxy/exchange.ts";

export type MergedReply = {
  /** Sends a message of a member now. */
  message(text: string): void;
  /** Sends the response. @param headers additional response headers, if the reply has not begun */
  finish(text: string, headers?: Headers): Promise<void>;
};

/** Opens the reply. @param heartbeatMs idle milliseconds before a comment is sent on an event stream */
export function openMergedReply({ reply, audit, cors }: Exchange, heartbeatMs: number): MergedReply {
  let stream: { events: PassThrough; relayed: Promise<void> } | undefined;

  const begin = () => {
    audit.responded(200);
    const events = new PassThrough();
    const headers = { "content-type": MEDIA_TYPE["event-stream"], "cache-control": "no-store", ...cors };
    const relayed = reply.relay({ status: 200, headers }, events, { heartbeatMs, onSent: audit.sent });
    // Its error is reported by `finish`.
    relayed.catch(() => {});
    return { events, relayed };
  };
  return {
    message(text) {
      stream ??= begin();
      stream.events.write(eventOf(text));
    },
    async finish(text, headers = {}) {
      if (stream === undefined) {
        audit.responded(200);
        audit.sent(Buffer.byteLength(text));
        const all = { "content-type": MEDIA_TYPE.json, "cache-control": "no-store", ...cors, ...headers };
        return reply.send({ status: 200, headers: all }, text);
      }
      stream.events.end(eventOf(text));
      return stream.relayed;
    },
  };
}

/** One event. JSON written by others may contain line breaks. */
export function eventOf(text: string): string {
  const lines = text.split(/\r\n|\n|\r/).map((line) => `data: ${line}`);
  return `event: message\n${lines.join("\n")}\n\n`;
}
