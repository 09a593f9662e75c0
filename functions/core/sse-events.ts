// Event streams, as far as a gateway must read them: where one event ends, and its data. WHATWG HTML §9.2.5 and §9.2.6.

/** Cuts a stream of text into whole events. */
export type SseSplitter = {
  /** Takes what has arrived and gives the events that it completes, each with its ending blank line, as sent. */
  push(text: string): string[];
  /** What is left when the stream ends: an event that was never completed, or nothing. */
  rest(): string;
};

const END_OF_EVENT = /(?:\r\n|\n|\r(?!\n)){2}/g;

/**
 * Opens a splitter.
 *
 * @param maxLength longest event in characters
 */
export function createSseSplitter(maxLength: number): SseSplitter {
  let pending = "";
  let searched = 0;
  return {
    push(text) {
      pending += text;
      const events: string[] = [];
      let start = 0;
      END_OF_EVENT.lastIndex = searched;
      for (let end = END_OF_EVENT.exec(pending); end !== null; end = END_OF_EVENT.exec(pending)) {
        const next = end.index + end[0].length;
        // A CR at the very end may be the first half of CRLF.
        if (next === pending.length && pending.endsWith("\r")) break;
        events.push(pending.slice(start, next));
        start = next;
      }
      pending = pending.slice(start);
      searched = Math.max(0, pending.length - 4);
      if (pending.length > maxLength) throw new Error(`an event of more than ${maxLength} characters`);
      return events;
    },
    rest: () => pending,
  };
}

/**
 * Puts an event's data through a function.
 *
 * @param event one event as sent
 * @param change gets the data and gives what is to stand in its place
 * @returns the event as it was, byte for byte, where the data did not change
 */
export function mapEventData(event: string, change: (data: string) => string): string {
  const lines = event.split(/\r\n|\n|\r/);
  const data = lines.flatMap((line) => (fieldName(line) === "data" ? [fieldValue(line)] : [])).join("\n");
  if (data === "") return event;
  const changed = change(data);
  if (changed === data) return event;
  // Readers ignore a line that begins with a byte order mark, unless it has become the first of the stream: it is not sent on.
  const others = lines.filter((line) => !/^(?:\uFEFF|$)/.test(line) && fieldName(line) !== "data");
  const dataLines = changed.split("\n").map((line) => `data: ${line}`);
  return `${[...others, ...dataLines].join("\n")}\n\n`;
}

function fieldName(line: string): string {
  return line.split(":", 1)[0] as string;
}

function fieldValue(line: string): string {
  const colon = line.indexOf(":");
  if (colon === -1) return "";
  return line.slice(line[colon + 1] === " " ? colon + 2 : colon + 1);
}
