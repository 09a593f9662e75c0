// The HTTP+SSE transport of MCP 2024-11-05: GET opens a stream whose first event, `endpoint`, names another URL for messages. The gateway does
// not relay it, so it recognises such a server and says so.

/** Advice for a server of the old transport. */
export const LEGACY_SSE_ADVICE =
  "This is the HTTP+SSE transport of MCP 2024-11-05, which the gateway does not relay. The administrator must name the server's Streamable HTTP endpoint, often /mcp.";

/** Whether a URL looks like one of the old transport: its path ends with `/sse`. */
export function hasSsePath(url: string): boolean {
  return /\/sse\/?$/i.test(new URL(url).pathname);
}

/**
 * Whether an event stream begins as only the old transport does.
 *
 * @param start the first bytes of the body, as far as they have arrived
 */
export function beginsWithEndpointEvent(start: Buffer): boolean {
  // Comments, ids and retry times may precede it.
  return /^\uFEFF?(?:\s*(?:(?::|id:|retry:)[^\r\n]*[\r\n]+))*\s*event: ?endpoint[\r\n]/.test(
    start.toString("utf8"),
  );
}
