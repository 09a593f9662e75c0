// Relays the response to a request that does not list. A server may send the response to one request on the stream of another, so lists are
// detected: a list is filtered if nothing of its message has been sent; otherwise the response is closed.

import type { BodyFilter } from "./body-filter.ts";
import { firstVisible } from "./body-format.ts";
import { type HeldBytes, holdBytes } from "./held-bytes.ts";
import { watchJson } from "./list-watch.ts";
import { createSseFilter, type SseFilterParts, UnexpectedList } from "./sse-filter.ts";
import { decodeUtf8 } from "./utf8.ts";

/** How many bytes of an incomplete event are buffered, so that a list in it can be filtered. */
const HELD_EVENT_MAX_BYTES = 65_536;

const OPEN_ARRAY = 0x5b;
const OPEN_OBJECT = 0x7b;

/**
 * Creates the filter for one response.
 *
 * @param parts how to filter lists; `maxBytes` is the largest JSON text with a list
 * @returns a filter that throws {@link UnexpectedList} instead of relaying a list that cannot be filtered
 */
export function createWatchedBody(parts: SseFilterParts): BodyFilter {
  let filter: BodyFilter | undefined;
  return {
    push(chunk) {
      const first = firstVisible(chunk);
      if (first === undefined && filter === undefined) return [chunk];
      // What begins with neither bracket is read as an event stream, whatever the server calls it. Text and pages have no lines of data.
      filter ??= beginsJson(first) ? watchedJson(parts) : watchedEvents(parts);
      return filter.push(chunk);
    },
    rest: () => filter?.rest() ?? [],
  };
}

/** Also for the byte order mark of UTF-16, by which Python's json.loads decodes. */
function beginsJson(first: number | undefined): boolean {
  return first === OPEN_OBJECT || first === OPEN_ARRAY || first === 0xfe || first === 0xff;
}

function watchedEvents(parts: SseFilterParts): BodyFilter {
  return createSseFilter({ ...parts, maxBytes: HELD_EVENT_MAX_BYTES, readsListsOnly: true });
}

function watchedJson({ maxBytes, change }: SseFilterParts): BodyFilter {
  const watch = watchJson();
  let hasBegun = false;
  // The whole text, once a list was detected in its first chunk.
  let held: HeldBytes | undefined;
  const hold = (chunk: Buffer): Buffer[] => {
    held ??= holdBytes();
    held.add(chunk);
    if (held.length > maxBytes) throw new UnexpectedList();
    return [];
  };
  return {
    push(chunk) {
      if (held !== undefined) return hold(chunk);
      if (!watch.sees(chunk)) {
        hasBegun = true;
        return [chunk];
      }
      if (hasBegun) throw new UnexpectedList();
      return hold(chunk);
    },
    rest() {
      if (held === undefined) return [];
      const changed = changedText(held.take(), change);
      if (changed === undefined) throw new UnexpectedList();
      return [Buffer.from(changed)];
    },
  };
}

function changedText(bytes: Buffer, change: SseFilterParts["change"]): string | undefined {
  const text = decodeUtf8(bytes);
  return text === undefined ? undefined : change(text);
}
