// Which responses a member may send on a stream: those to the stream's own request. Clients find the request of a response by its id alone,
// whatever connection it arrives on, so that a member could otherwise respond in the place of another one.
import { hash } from "node:crypto";
import type { RequestId } from "../error-response.ts";
import { numberText, readJson } from "../json.ts";
import { JsonEdits, json, object } from "../json-edits.ts";
import { eachElement, eachProperty, endOfValue, isArray, isObject, isString } from "../json-spans.ts";
import { endOfVisible, startOfVisible } from "../lenient-json.ts";
import type { Watch } from "../list-watch.ts";
import { isRequestId } from "../message-id.ts";
import { misspelledKeys } from "../protocol-keys.ts";

/** A stream: `g` is that of a GET, which has no responses; `p` with a mark of the request is the response to a POST. */
export type MemberStream = "g" | `p${string}`;

/** Enough to tell the requests of one client apart. */
const MARK_CHARS = 11;

/** Matches a stream. */
export const MEMBER_STREAM = `g|p[\\w-]{${MARK_CHARS}}`;

/** The stream of the response to a request. @param id null for a message that has no response */
export function streamOfRequest(id: RequestId): MemberStream {
  return `p${hash("sha256", idText(id), "base64url").slice(0, MARK_CHARS)}`;
}

// Some servers respond to 5 with "5" or 5.0, and clients accept it.
function idText(id: RequestId): string {
  if (id === null) return "null";
  const text = typeof id === "string" ? id : String(numberText(id));
  const isWhole = /^-?\d+(?:\.0+)?$/.test(text) && Number.isSafeInteger(Number(text));
  return isWhole ? String(Number(text)) : JSON.stringify(text);
}

const isMisspelledKey = misspelledKeys(["id", "method"]);

/**
 * Whether each response in a text may be sent on a stream. A response with the id null responds to no request.
 *
 * @param text a JSON-RPC message or a batch of them
 */
export function hasOwnResponses(text: string, stream: MemberStream): boolean {
  const start = startOfVisible(text);
  // UTF-16 or UTF-32, which Python's json.loads recognises: ids in it can't be found.
  if (text.slice(start, endOfVisible(text)).includes("\0")) return false;
  if (!isArray(text, start)) return isOwnMessage(text, start, stream);
  let areOwn = true;
  eachElement(text, start, (at) => {
    // A batch in a batch is not valid JSON-RPC, but a reader may accept it.
    if (isArray(text, at) || !isOwnMessage(text, at, stream)) areOwn = false;
    return endOfValue(text, at);
  });
  return areOwn;
}

/**
 * A response with the id of its stream's request in place of any other. Some servers write an id of their own in an error response.
 *
 * @param text a JSON-RPC response
 * @returns undefined if it is none, or ambiguous
 */
export function withOwnId(text: string, id: RequestId): string | undefined {
  if (hasOwnResponses(text, streamOfRequest(id))) return text;
  const start = startOfVisible(text);
  const edits = new JsonEdits(text);
  object({ id: json(() => JSON.stringify(id)) })(edits, start);
  const changed = edits.result();
  return edits.isReadable && hasOwnResponses(changed, streamOfRequest(id)) ? changed : undefined;
}

function isOwnMessage(text: string, start: number, stream: MemberStream): boolean {
  if (!isObject(text, start)) return true;
  let hasMethod = false;
  // Some servers write a method of null in a response.
  let hasOtherMethod = false;
  let isOwn = true;
  let isMisspelled = false;
  eachProperty(text, start, (key, at) => {
    const end = endOfValue(text, at);
    if (key === "method") {
      if (isString(text, at)) hasMethod = true;
      else hasOtherMethod = true;
    } else if (key === "id") {
      isOwn &&= isOwnId(text.slice(at, end), stream);
    } else {
      isMisspelled ||= isMisspelledKey(key);
    }
    return end;
  });
  const isResponse = !hasMethod || hasOtherMethod;
  return !isMisspelled && (!isResponse || isOwn);
}

function isOwnId(text: string, stream: MemberStream): boolean {
  const { value } = readJson(text);
  return value === null || (isRequestId(value) && streamOfRequest(value) === stream);
}

const NUL = 0x00;
const QUOTE = 0x22;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Longest message, not counting what is inside of the objects and arrays in it. */
const OUTER_MAX_BYTES = 64 * 1024;

/** Watches JSON texts that are too large to be read as a whole for what {@link hasOwnResponses} rejects, before their last byte is sent. */
export function watchResponses(stream: MemberStream): Watch {
  // A text without what is inside of the objects and arrays of its messages.
  let outer: number[] = [];
  let outerDepth = 1;
  let depth = 0;
  let isInString = false;
  let isEscaped = false;
  const passInString = (byte: number) => {
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) isInString = false;
  };
  return {
    sees(bytes) {
      for (const byte of bytes) {
        if (byte === NUL && depth > 0) return true;
        const isOpening = !isInString && (byte === OPEN_OBJECT || byte === OPEN_ARRAY);
        const isClosing = !isInString && (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY);
        if (isOpening && depth === 0) outerDepth = byte === OPEN_ARRAY ? 2 : 1;
        if (isClosing) depth -= 1;
        if (depth <= outerDepth) outer.push(byte);
        if (isOpening) depth += 1;
        if (isInString) passInString(byte);
        else if (byte === QUOTE) isInString = true;
        if (outer.length > OUTER_MAX_BYTES) return true;
        if (isClosing && depth <= 0) {
          if (!hasOwnResponses(Buffer.from(outer).toString("utf8"), stream)) return true;
          outer = [];
          depth = 0;
        }
      }
      return false;
    },
  };
}
