// What is done to an answer on its way to the client: comments while an event stream is silent, and a filter over what its messages
// list. Where there is no filter the answer is relayed without being read.
import type { BodyFilter } from "../core/body-filter.ts";
import { FILTERED_MESSAGE_MAX_CHARS } from "../core/limits.ts";
import { createSseSplitter, mapEventData } from "../core/sse-events.ts";

/** Changes one JSON-RPC text; gives the same text where nothing is to change. */
export type ChangeMessage = (text: string) => string;

const BYTE_ORDER_MARK = "\uFEFF";
const COMMENT = ": keep-alive\n\n";

/** Watches over the silence of one stream. */
export type Heartbeat = {
  /** the silence counts from here on */
  start(): void;
  /** what was just sent; the silence counts from here */
  sent(chunk: Buffer): void;
  /** whether what was sent ends with a whole event */
  isBetweenEvents(): boolean;
  stop(): void;
};

/**
 * Sends a comment whenever a stream has been silent for a while, between events alone.
 *
 * @param intervalMs silence before a comment
 * @param send takes the comment
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#authoring-notes
 */
export function openHeartbeat(intervalMs: number, send: (comment: string) => void): Heartbeat {
  let tail = "\n\n";
  let timer: NodeJS.Timeout | undefined;
  const isBetweenEvents = () => /(?:\n\n|\r\r|\r\n\r\n)$/.test(tail);
  return {
    isBetweenEvents,
    start() {
      timer = setInterval(() => {
        if (isBetweenEvents()) send(COMMENT);
      }, intervalMs);
    },
    sent(chunk) {
      timer?.refresh();
      tail = (tail + chunk.toString("latin1", Math.max(0, chunk.length - 4))).slice(-4);
    },
    stop: () => clearInterval(timer),
  };
}

/**
 * Puts the data of each event through a filter. An event that does not change is sent as it came.
 *
 * @param change the filter
 */
export function sseFilter(change: ChangeMessage): BodyFilter {
  const decoder = new TextDecoder("utf-8", { ignoreBOM: true });
  const splitter = createSseSplitter(FILTERED_MESSAGE_MAX_CHARS);
  let begun = false;
  return {
    push(chunk) {
      let text = decoder.decode(chunk, { stream: true });
      const parts: Buffer[] = [];
      // A byte order mark that opens the stream belongs to no field; anywhere else it makes one of another name (HTML §9.2.5).
      if (!begun && text.startsWith(BYTE_ORDER_MARK)) {
        parts.push(Buffer.from(BYTE_ORDER_MARK));
        text = text.slice(1);
        begun = true;
      }
      begun ||= text !== "";
      for (const event of splitter.push(text)) parts.push(Buffer.from(mapEventData(event, change)));
      return parts;
    },
    rest() {
      // Readers drop an event without its blank line, but some don't: it is filtered like the others.
      const rest = splitter.rest();
      return rest === "" ? [] : [Buffer.from(mapEventData(rest, change))];
    },
  };
}

/**
 * Puts a JSON answer through a filter, once it is whole.
 *
 * @param change the filter
 */
export function jsonFilter(change: ChangeMessage): BodyFilter {
  const chunks: Buffer[] = [];
  let size = 0;
  return {
    push(chunk) {
      chunks.push(chunk);
      size += chunk.length;
      if (size > FILTERED_MESSAGE_MAX_CHARS)
        throw new Error(`an answer of more than ${FILTERED_MESSAGE_MAX_CHARS} bytes`);
      return [];
    },
    rest() {
      const whole = Buffer.concat(chunks);
      const text = whole.toString("utf8");
      const changed = change(text);
      return [changed === text ? whole : Buffer.from(changed)];
    },
  };
}
