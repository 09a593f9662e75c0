// Seals the task ids in a response body. Text that is not valid JSON or too large to buffer is relayed unchanged: no client finds a task in
// it.
import type { BodyFilter } from "./body-filter.ts";
import { holdBytes } from "./held-bytes.ts";
import { FILTERED_MESSAGE_MAX_BYTES } from "./limits.ts";
import { createSseSplitter, readEvent, withData } from "./sse-events.ts";

const BYTE_ORDER_MARK = "\uFEFF";

/** Seals the ids of one message; returns the same text if it has none. */
export type SealTasks = (text: string) => string;

/** Creates the filter for one response. @param seal changes the text of one message */
export function createTaskFilter(format: "json" | "event-stream", seal: SealTasks): BodyFilter {
  return format === "json" ? jsonFilter(seal) : eventFilter(seal);
}

function eventFilter(seal: SealTasks): BodyFilter {
  const splitter = createSseSplitter();
  let isFirst = true;
  let isLarge = false;
  const changed = (bytes: Buffer): Buffer => {
    const text = bytes.toString("utf8");
    const mark = isFirst && text.startsWith(BYTE_ORDER_MARK) ? BYTE_ORDER_MARK : "";
    isFirst = false;
    const event = readEvent(text.slice(mark.length));
    const data = seal(event.data);
    return data === event.data ? bytes : Buffer.from(mark + withData(event, data));
  };
  return {
    push(chunk) {
      const parts: Buffer[] = [];
      for (const event of splitter.push(chunk)) {
        parts.push(isLarge ? event : changed(event));
        isLarge = false;
      }
      isLarge ||= splitter.pendingBytes > FILTERED_MESSAGE_MAX_BYTES;
      if (isLarge) {
        isFirst = false;
        parts.push(splitter.take());
      }
      return parts;
    },
    rest() {
      const rest = splitter.take();
      return rest.length === 0 ? [] : [changed(rest)];
    },
  };
}

function jsonFilter(seal: SealTasks): BodyFilter {
  const held = holdBytes();
  let isLarge = false;
  return {
    push(chunk) {
      held.add(chunk);
      isLarge ||= held.length > FILTERED_MESSAGE_MAX_BYTES;
      return isLarge ? [held.take()] : [];
    },
    rest() {
      const whole = held.take();
      const text = whole.toString("utf8");
      const changed = seal(text);
      return [changed === text ? whole : Buffer.from(changed)];
    },
  };
}
