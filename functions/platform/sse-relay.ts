// Filters over what the messages of a response list. Without a filter, a response is relayed without being read.
import { FILTERED_MESSAGE_MAX_CHARS } from "../core/limits.ts";
import { createSseSplitter, mapEventData } from "../core/sse-events.ts";

/** Changes one JSON-RPC text; gives the same text where nothing is to change. */
export type ChangeMessage = (text: string) => string;

const BYTE_ORDER_MARK = "\uFEFF";

/** What a body passes on its way. A part is what can be sent on by then; both throw where the body can't be read. */
export type BodyFilter = {
  push(chunk: Buffer): Buffer[];
  /** what is left when the body has ended */
  rest(): Buffer[];
};

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
