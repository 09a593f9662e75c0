// Splits event streams into events and reads their data (WHATWG HTML §9.2.5 and §9.2.6). Works on bytes: lines end in CR, LF or both, which no
// other character of UTF-8 contains.
import { holdBytes } from "./held-bytes.ts";

/** Splits a stream into whole events. Each byte is read once, whatever the size of the chunks. */
export type SseSplitter = {
  /** bytes of the event that is not complete yet */
  readonly pendingBytes: number;
  /** Takes a chunk and returns the events that it completes, each as sent with its blank line. */
  push(chunk: Buffer): Buffer[];
  /** Returns the pending bytes of an event that is not complete; its end is still recognised. */
  take(): Buffer;
};

const LF = 0x0a;
const CR = 0x0d;

/** Opens a splitter at the start of a stream. */
export function createSseSplitter(): SseSplitter {
  const pending = holdBytes();
  // The current line is empty so far.
  let isLineEmpty = false;
  let isAfterCr = false;
  return {
    get pendingBytes() {
      return pending.length;
    },
    push(chunk) {
      const events: Buffer[] = [];
      let start = 0;
      for (let at = 0; at < chunk.length; at++) {
        const byte = chunk[at];
        const isSecondHalf = isAfterCr && byte === LF;
        isAfterCr = byte === CR;
        if (isSecondHalf) continue;
        if (byte !== LF && byte !== CR) {
          isLineEmpty = false;
        } else if (isLineEmpty) {
          // If the LF of a CRLF has not arrived yet, it precedes the next event, and is ignored.
          if (isAfterCr && chunk[at + 1] === LF) {
            at += 1;
            isAfterCr = false;
          }
          pending.add(chunk.subarray(start, at + 1));
          events.push(pending.take());
          start = at + 1;
          isLineEmpty = false;
        } else {
          isLineEmpty = true;
        }
      }
      pending.add(chunk.subarray(start));
      return events;
    },
    take: pending.take,
  };
}

// Includes NUL, which some readers skip.
const MISTAKEN_FOR_DATA = /^[\s\0\uFEFF]*(?:data\s*(?::|$)|[{}[\]"])/i;
// Characters that end a line for Python's `splitlines`, which httpx and httpx-sse used, but not in this standard.
// biome-ignore lint/suspicious/noControlCharactersInRegex: the control characters that end lines there
const OTHER_LINE_BREAKS = /[\v\f\x1c-\x1e\x85\u2028\u2029]+/;

/** Whether a text has a character that ends a line for some readers of event streams, but not in the standard. */
export function hasOtherLineBreaks(text: string): boolean {
  return OTHER_LINE_BREAKS.test(text);
}

/** An event's lines, with its data joined. `isClear` is false if some readers may take another of its lines for data. */
export type SseEvent = { lines: string[]; data: string; isClear: boolean };

/**
 * Reads an event.
 *
 * @param event one event as sent, without a byte order mark that opens the stream
 * @see https://html.spec.whatwg.org/multipage/server-sent-events.html#event-stream-interpretation
 */
export function readEvent(event: string): SseEvent {
  const lines = event.split(/\r\n|\n|\r/);
  const data: string[] = [];
  let isClear = true;
  for (const line of lines) {
    if (isData(line)) data.push(fieldValue(line));
    // A line that begins like JSON belongs to a JSON text that is called an event stream.
    else if (isMistakenForData(line)) isClear = false;
  }
  return { lines, data: data.join("\n"), isClear };
}

/** Writes an event with other data, or without any. Its other fields stay, `id` among them. @param event the event as read */
export function withData({ lines }: SseEvent, data: string): string {
  const others = lines.filter(
    (line) => /^(?:id|event|retry)(?::|$)|^:/.test(line) && !isMistakenForData(line),
  );
  const dataLines = data === "" ? [] : data.split("\n").map((line) => `data: ${line}`);
  return `${[...others, ...dataLines].join("\n")}\n\n`;
}

/** Writes an event with a message. JSON written by others may contain line breaks. */
export function eventOf(text: string): string {
  const lines = text.split(/\r\n|\n|\r/).map((line) => `data: ${line}`);
  return `event: message\n${lines.join("\n")}\n\n`;
}

function isData(line: string): boolean {
  return line === "data" || line.startsWith("data:");
}

function isMistakenForData(line: string): boolean {
  return line.split(OTHER_LINE_BREAKS).some((part) => MISTAKEN_FOR_DATA.test(part));
}

function fieldValue(line: string): string {
  return line.slice(line[5] === " " ? 6 : 5);
}
