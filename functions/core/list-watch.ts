// Detects lists in a body as it is relayed, with bounded memory.
import { stringAt } from "./json-spans.ts";
import { foldKey, LIST_KEYS } from "./protocol-keys.ts";

export type Watch = {
  /** Whether a list begins in these bytes, or they are JSON in another encoding than UTF-8. */
  sees(bytes: Buffer): boolean;
};

const NUL = 0x00;
const LF = 0x0a;
const CR = 0x0d;
const QUOTE = 0x22;
const COMMA = 0x2c;
const COLON = 0x3a;
const OPEN_ARRAY = 0x5b;
const BACKSLASH = 0x5c;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/** Longest key that is compared, as written: each character of the longest list's name may be an escape of six. */
const KEY_MAX_BYTES = 128;
const LISTS = new Set(Object.keys(LIST_KEYS).map(foldKey));

/** Watches JSON texts, valid or not, one or several in a row, for `{"result":{"tools":[` and its like, in a batch too. */
export function watchJson(): Watch {
  let depth = 0;
  // Depth of a message's members: one more in a batch.
  let messageDepth = 1;
  let isInResult = false;
  let isInString = false;
  let isEscaped = false;
  const key = Buffer.alloc(KEY_MAX_BYTES);
  let keyLength = 0;
  // The folded key of the member whose value comes next.
  let member = "";

  const isRead = () => depth === messageDepth || (isInResult && depth === messageDepth + 1);
  const passInString = (byte: number) => {
    if (isEscaped) isEscaped = false;
    else if (byte === BACKSLASH) isEscaped = true;
    else if (byte === QUOTE) isInString = false;
    if (isInString && keyLength < KEY_MAX_BYTES) key[keyLength++] = byte;
  };
  const open = (byte: number) => {
    // A batch, or a batch in a batch.
    if (byte === OPEN_ARRAY && depth === messageDepth - 1) messageDepth += 1;
    if (byte === OPEN_OBJECT && depth === messageDepth && member === "result") isInResult = true;
    depth += 1;
    member = "";
  };
  const close = () => {
    depth = Math.max(0, depth - 1);
    if (depth <= messageDepth) isInResult = false;
    messageDepth = Math.min(messageDepth, depth + 1);
  };
  return {
    sees(bytes) {
      for (const byte of bytes) {
        if (isInString) {
          passInString(byte);
        } else if (byte === NUL && depth > 0) {
          // UTF-16 or UTF-32, which Python's json.loads recognises: lists in it can't be found.
          return true;
        } else if (byte === QUOTE) {
          isInString = true;
          keyLength = 0;
        } else if (byte === COLON) {
          if (isRead()) member = foldKey(stringOf(key.toString("utf8", 0, keyLength)));
        } else if (byte === COMMA) {
          member = "";
        } else if (byte === OPEN_OBJECT || byte === OPEN_ARRAY) {
          if (byte === OPEN_ARRAY && isInResult && depth === messageDepth + 1 && LISTS.has(member))
            return true;
          open(byte);
        } else if (byte === CLOSE_OBJECT || byte === CLOSE_ARRAY) {
          close();
        }
      }
      return false;
    },
  };
}

function stringOf(raw: string): string {
  const text = `"${raw}"`;
  return stringAt(text, 0, text.length);
}

const FIELD_NAME_MAX_BYTES = 16;
/** Last bytes of characters other than CR and LF that end a line for some readers: VT, FF, FS, GS, RS, U+0085, U+2028 and U+2029. */
const OTHER_LINE_ENDS = new Set([0x0b, 0x0c, 0x1c, 0x1d, 0x1e, 0x85, 0xa8, 0xa9]);

/** Watches the data of each event of a stream. @param watchText makes the watch of one event's data; default: for lists */
export function watchEvents(watchText: () => Watch = watchJson): Watch {
  let json = watchText();
  let field = "";
  let isInData = false;
  let isLineEmpty = true;
  let wasCr = false;
  const endLine = () => {
    if (isLineEmpty) json = watchText();
    isLineEmpty = true;
    isInData = false;
    field = "";
  };
  return {
    sees(bytes) {
      let dataStart = isInData ? 0 : -1;
      for (let at = 0; at < bytes.length; at++) {
        const byte = bytes[at] as number;
        if (byte === LF || byte === CR) {
          if (dataStart !== -1 && json.sees(bytes.subarray(dataStart, at))) return true;
          dataStart = -1;
          if (byte === CR || !wasCr) endLine();
          wasCr = byte === CR;
          continue;
        }
        wasCr = false;
        isLineEmpty = false;
        if (isInData) continue;
        if (byte === COLON) {
          isInData = /^[^a-z]*data\s*$/i.test(field);
          if (isInData) dataStart = at + 1;
          field = ":";
        } else if (OTHER_LINE_ENDS.has(byte)) {
          field = "";
        } else if (byte !== NUL && field.length < FIELD_NAME_MAX_BYTES) {
          field += String.fromCharCode(byte);
        }
      }
      return dataStart !== -1 && json.sees(bytes.subarray(dataStart));
    },
  };
}
