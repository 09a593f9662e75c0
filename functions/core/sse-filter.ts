// Filters the lists in an event stream. An event that cannot be read is replaced by an error; one that is too large to buffer is relayed
// until a list is detected in it.

import type { BodyFilter } from "./body-filter.ts";
import { type Watch, watchEvents } from "./list-watch.ts";
import { createSseSplitter, readEvent, withData } from "./sse-events.ts";
import { decodeUtf8 } from "./utf8.ts";

/** A list was detected that can no longer be filtered. The body must not be relayed any further. */
export class UnexpectedList extends Error {
  constructor() {
    super("a list in a response to a request that lists nothing");
  }
}

/** How to handle the events of a stream. */
export type SseFilterParts = {
  /** how many bytes of an incomplete event are buffered */
  maxBytes: number;
  /** returns the data to send; undefined if it cannot be read */
  change(data: string): string | undefined;
  /** returns the JSON-RPC error that replaces data that cannot be read */
  errorFor(data: string): string;
  /** relays events without a list unchanged, whether they can be read or not; default false */
  readsListsOnly?: boolean;
  /** makes the watch of an event that is larger than `maxBytes`; default: for lists. It may throw */
  watchLarge?: () => Watch;
};

const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Creates the filter for one stream. Events that do not change are sent byte for byte.
 *
 * @returns a filter whose `push` throws {@link UnexpectedList} if a list is detected in an event of which a part has been sent
 */
export function createSseFilter({
  maxBytes,
  change,
  errorFor,
  readsListsOnly = false,
  watchLarge = watchEvents,
}: SseFilterParts): BodyFilter {
  const splitter = createSseSplitter();
  let isFirst = true;
  // How to handle the rest of an event that is larger than `maxBytes`.
  let large: Watch | "dropped" | undefined;

  const filterEvent = (bytes: Buffer): Buffer => {
    if (readsListsOnly && !watchEvents().sees(bytes)) {
      isFirst = false;
      return bytes;
    }
    const { text, isUtf8 } = decode(bytes);
    // A byte order mark that opens the stream belongs to no field; anywhere else it makes one of another name (HTML §9.2.5).
    const mark = isFirst && text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
    isFirst = false;
    const event = readEvent(text.slice(mark.length));
    const changed = isUtf8 && event.isClear ? change(event.data) : undefined;
    if (changed === event.data) return bytes;
    return Buffer.from(mark + withData(event, changed ?? errorFor(event.data)));
  };

  const passLarge = (bytes: Buffer): Buffer[] => {
    if (large === undefined || large === "dropped") return [];
    if (large.sees(bytes)) throw new UnexpectedList();
    return [bytes];
  };

  const beginLarge = (bytes: Buffer): Buffer[] => {
    const watch = watchLarge();
    const event = readEvent(decode(bytes).text);
    if ((event.isClear || readsListsOnly) && !watch.sees(bytes)) {
      large = watch;
      isFirst = false;
      return [bytes];
    }
    large = "dropped";
    return [Buffer.from(withData(event, errorFor(event.data)))];
  };

  return {
    push(chunk) {
      const parts: Buffer[] = [];
      for (const event of splitter.push(chunk)) {
        if (large === undefined) parts.push(filterEvent(event));
        else parts.push(...passLarge(event));
        large = undefined;
      }
      if (large !== undefined) parts.push(...passLarge(splitter.take()));
      else if (splitter.pendingBytes > maxBytes) parts.push(...beginLarge(splitter.take()));
      return parts;
    },
    rest() {
      const rest = splitter.take();
      // Readers drop an event without its blank line, but some don't: it is filtered like the others.
      return rest.length === 0 ? [] : [filterEvent(rest)];
    },
  };
}

function decode(bytes: Buffer): { text: string; isUtf8: boolean } {
  const text = decodeUtf8(bytes);
  return { text: text ?? bytes.toString("utf8"), isUtf8: text !== undefined };
}
