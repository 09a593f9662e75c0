// Replaces the event ids of a stream (SSE `id:` fields, WHATWG HTML §9.2.6) by sealed ones, and limits its `retry:` fields. Changes nothing
// else, and delays only the line of such a field.
import type { BodyFilter } from "./body-filter.ts";
import type { McpMessage } from "./mcp-message.ts";

/** What the gateway must know to resume a stream. */
export type StreamOrigin = {
  /** the stream has no response to a list method, so it cannot contain a list */
  cannotReturnLists: boolean;
  /** the tool that was called, if the server has tool rules */
  tool?: string | undefined;
};

/** The text to seal: an event id and what the gateway must know to resume the stream. */
export function eventIdText(id: string, { cannotReturnLists, tool }: StreamOrigin): string {
  return JSON.stringify([id, cannotReturnLists, ...(tool === undefined ? [] : [tool])]);
}

/** Reads what {@link eventIdText} made. */
export function readEventIdText(text: string): StreamOrigin & { id: string } {
  const [id, cannotReturnLists, tool] = JSON.parse(text) as [string, boolean, string?];
  return { id, cannotReturnLists, ...(tool !== undefined && { tool }) };
}

// Any method but these may return a list.
const METHODS_WITHOUT_LISTS: ReadonlySet<string | undefined> = new Set([
  "completion/complete",
  "initialize",
  "ping",
  "prompts/get",
  "resources/read",
  "resources/subscribe",
  "resources/unsubscribe",
  "tools/call",
]);

/** Whether the response to these messages cannot contain one of the server's lists. */
export function cannotReturnLists(messages: readonly McpMessage[]): boolean {
  return messages.length > 0 && messages.every(({ method }) => METHODS_WITHOUT_LISTS.has(method));
}

const LF = 0x0a;
const CR = 0x0d;
const COLON = 0x3a;
const ID = Buffer.from("id");
const RETRY = Buffer.from("retry");
const BYTE_ORDER_MARK = Buffer.from("\uFEFF");
// RFC 9110 §5.5: characters that are invalid in `Last-Event-ID`.
// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are invalid in headers
const UNSENDABLE = /[\0-\x08\x0a-\x1f\x7f]/;
/** Longest id. Clients could not send back a longer one. */
const MAX_ID_BYTES = 4_096;
/** Most parts of a chunk: 64 KiB have fewer. An event of 16 MiB of ids, which is one chunk if it was buffered, took 1.5 GB of memory. */
const PARTS_MAX = 100_000;
/**
 * The time in a `retry` field, in milliseconds: how long a client waits before it opens a stream again.
 *
 * @param value what a server wrote
 * @returns at most `maxMs`; undefined if the standard ignores the value
 */
export function limitedRetry(value: string, maxMs: number): string | undefined {
  return /^\d+$/.test(value) ? String(Math.min(Number(value), maxMs)) : undefined;
}

// A comment in place of the field: an empty line would end the event.
const COMMENT = Buffer.from(":");

/**
 * Replaces the event ids of a stream.
 *
 * An empty id is kept: it resets the client's last id. Ids with NUL, which the standard ignores, with another character that is invalid in
 * `Last-Event-ID`, or that can't be sealed are omitted: the client then resumes from the event before.
 *
 * @param seal returns the client's id for the server's; undefined if it can't be sealed
 * @param maxRetryMs longest time of a `retry` field, in milliseconds; default: any
 * @returns a filter whose `push` throws if an event has too many ids
 */
export function eventIdFilter(seal: (id: string) => string | undefined, maxRetryMs?: number): BodyFilter {
  const fields = maxRetryMs === undefined ? [ID] : [ID, RETRY];
  // `mark` and `start`: bytes of a byte order mark, or of the field's name, seen so far; `value`: in an id; `other`: in another line.
  let state: "mark" | "start" | "value" | "other" = "mark";
  let field = ID;
  let matched = 0;
  let value: Buffer[] = [];
  let length = 0;

  const changed = (text: string): string | undefined => {
    if (maxRetryMs !== undefined && field === RETRY) return limitedRetry(text, maxRetryMs);
    return UNSENDABLE.test(text) ? undefined : seal(text);
  };
  const changedLine = (): Buffer => {
    if (length > MAX_ID_BYTES) return COMMENT;
    const text = Buffer.concat(value).toString("utf8").replace(/^ /, "");
    const written = text === "" ? "" : changed(text);
    if (written === undefined) return COMMENT;
    return Buffer.from(written === "" ? `${field}:` : `${field}: ${written}`);
  };
  const addToValue = (bytes: Buffer) => {
    length += bytes.length;
    if (length <= MAX_ID_BYTES) value.push(bytes);
  };

  return {
    push(chunk) {
      const parts: Buffer[] = [];
      const endOfLine = lineEnds(chunk);
      // `from` is the first byte that has not been returned yet, `at` the next byte to read.
      let from = 0;
      let at = 0;
      const passUpTo = (end: number) => {
        if (end > from) parts.push(chunk.subarray(from, end));
        from = end;
      };
      while (at < chunk.length) {
        if (parts.length > PARTS_MAX) throw new Error("an event has too many ids");
        switch (state) {
          case "mark":
            if (chunk[at] === BYTE_ORDER_MARK[matched]) {
              at += 1;
              matched += 1;
              if (matched < BYTE_ORDER_MARK.length) break;
            }
            // A part of a mark is the name of another field.
            state = matched % BYTE_ORDER_MARK.length === 0 ? "start" : "other";
            matched = 0;
            break;
          case "start": {
            const byte = chunk[at] as number;
            if (matched === 0) field = fields.find(([first]) => first === byte) ?? ID;
            if (matched < field.length && byte === field[matched]) {
              if (matched === 0) passUpTo(at);
              matched += 1;
              at += 1;
              from = at;
              break;
            }
            if (matched === field.length && byte === COLON) {
              state = "value";
              at += 1;
              from = at;
            } else {
              if (matched > 0) parts.push(field.subarray(0, matched));
              state = "other";
            }
            matched = 0;
            break;
          }
          case "value": {
            const end = endOfLine(at);
            addToValue(chunk.subarray(at, end));
            at = end;
            from = end;
            if (end === chunk.length) break;
            parts.push(changedLine());
            value = [];
            length = 0;
            state = "other";
            break;
          }
          case "other":
            at = endOfLine(at) + 1;
            if (at <= chunk.length) state = "start";
        }
      }
      passUpTo(chunk.length);
      return parts;
    },
    rest() {
      if (state === "value") return [changedLine()];
      return state === "start" && matched > 0 ? [field.subarray(0, matched)] : [];
    },
  };
}

/** Finds the first CR or LF from an index on, or the chunk's length. Reads each byte at most twice. */
function lineEnds(chunk: Buffer): (from: number) => number {
  const search = (byte: number) => {
    let found = -1;
    return (from: number): number => {
      if (found < from) {
        const next = chunk.indexOf(byte, from);
        found = next === -1 ? chunk.length : next;
      }
      return found;
    };
  };
  const nextLf = search(LF);
  const nextCr = search(CR);
  return (from) => Math.min(nextLf(from), nextCr(from));
}
