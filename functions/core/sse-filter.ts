// Filters the events of a stream in which lists may come. An event that can't be read is replaced by an error; one that is too large to be
// held is passed on only while no list is seen in it.
import type { BodyFilter } from "./body-filter.ts";
import { type Watch, watchEvents } from "./list-watch.ts";
import { createSseSplitter, readEvent, withData } from "./sse-events.ts";

/** A list came where it can't be filtered any more. The body must not be sent on. */
export class UnexpectedList extends Error {
  constructor() {
    super("a list in a response to a request that lists nothing");
  }
}

/** What is done with the events of a stream. */
export type SseFilterParts = {
  /** bytes of an event that are held until it is complete */
  maxBytes: number;
  /** gives the data to send on; undefined where it can't be read */
  change(data: string): string | undefined;
  /** gives the JSON-RPC error that takes the place of data that can't be read */
  errorFor(data: string): string;
  /** passes events on as they came in which no list is seen, whether they can be read or not; default false */
  readsListsOnly?: boolean;
};

const BYTE_ORDER_MARK = "\uFEFF";

/**
 * Opens the filter of one stream. Events that do not change are sent as they came, byte for byte.
 *
 * @param parts bounds and functions
 * @returns a filter whose `push` throws {@link UnexpectedList} where a list comes in an event that has been sent in part
 */
export function createSseFilter({
  maxBytes,
  change,
  errorFor,
  readsListsOnly = false,
}: SseFilterParts): BodyFilter {
  const splitter = createSseSplitter();
  let isFirst = true;
  // What becomes of the rest of an event of which more than `maxBytes` came.
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
    const watch = watchEvents();
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
  try {
    return { text: new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes), isUtf8: true };
  } catch {
    return { text: bytes.toString("utf8"), isUtf8: false };
  }
}
