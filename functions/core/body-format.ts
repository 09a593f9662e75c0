// Tells whether a response body is JSON or an event stream by its content: servers send a wrong, doubled or missing content type.

/** The format of a body. `unknown` until enough of it has arrived; `empty` if it ended without a visible character. */
export type BodyFormat = "json" | "event-stream" | "empty" | "unknown";

/** The media type to send for a body of this format. */
export const MEDIA_TYPE = { json: "application/json", "event-stream": "text/event-stream" } as const;

/** Whether a stated media type is that of an event stream, even if it is repeated or malformed. */
export function isEventStream(contentType: string | undefined): boolean {
  const types = (contentType ?? "").split(/[,;]/).filter((part) => part.includes("/") && !part.includes("="));
  return types.length > 0 && types.every((type) => type.trim().toLowerCase() === MEDIA_TYPE["event-stream"]);
}

/**
 * Tells the format of a body.
 *
 * @param start the bytes so far
 * @param hasEnded whether the body has ended
 * @param contentType the stated media type; decides only if the first characters do not
 */
export function bodyFormat(start: Buffer, hasEnded: boolean, contentType: string | undefined): BodyFormat {
  const text = withoutInvisible(start);
  if (text === "") return hasEnded ? "empty" : "unknown";
  if (/^[[{]/.test(text)) return "json";
  if (/^(?:data|event|id|retry)?[:\r\n]/.test(text)) return "event-stream";
  if (!hasEnded && FIELDS.some((field) => field.startsWith(text))) return "unknown";
  return isEventStream(contentType) ? "event-stream" : "json";
}

const FIELDS = ["data:", "event:", "id:", "retry:"];
const FIELD_MAX_LENGTH = 6;

/** The first byte of a body that is neither white space nor part of a byte order mark; undefined if the body is empty. */
export function firstVisible(bytes: Buffer): number | undefined {
  return bytes.find((byte) => !isInvisible(byte));
}

// As Latin-1: one character per byte. No JSON text and no field of an event starts with the bytes of a byte order mark.
function withoutInvisible(bytes: Buffer): string {
  const start = bytes.findIndex((byte) => !isInvisible(byte));
  return start === -1 ? "" : bytes.toString("latin1", start, start + FIELD_MAX_LENGTH);
}

function isInvisible(byte: number): boolean {
  return byte <= 0x20 || byte === 0xef || byte === 0xbb || byte === 0xbf;
}
