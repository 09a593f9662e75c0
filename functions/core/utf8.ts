// Strict UTF-8. A lenient decoder turns all invalid bytes into one character: two users could become one, and a server could read another
// text than the checked one.
const DECODER = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** The text, with its byte order mark if it has one; undefined if the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return DECODER.decode(bytes);
  } catch {
    return undefined;
  }
}
