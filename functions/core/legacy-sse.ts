// The HTTP+SSE transport of MCP 2024-11-05: GET opens a stream whose first event, `endpoint`, names another URL for messages. The gateway does
// not relay it, so it recognises such a server and says so.

/** Advice for a server of the old transport. */
export const LEGACY_SSE_ADVICE =
  "This is the HTTP+SSE transport of MCP 2024-11-05, which the gateway does not relay. The administrator must name the server's Streamable HTTP endpoint, often /mcp.";

/** Whether a URL looks like one of the old transport: its path ends with `/sse`. */
export function hasSsePath(url: string): boolean {
  // Few URLs are parsed: that takes longer than the rest of a response's checks.
  return /\/sse/i.test(url) && /\/sse\/?$/i.test(new URL(url).pathname);
}

// Comments, ids and retry times may precede the event, and blank lines.
const MAY_PRECEDE = /^\s*(?::|id:|retry:|$)/;

/**
 * Whether an event stream begins as only the old transport does.
 *
 * @param start the first bytes of the body, as far as they have arrived
 */
export function beginsWithEndpointEvent(start: Buffer): boolean {
  // The last line may continue. One expression for all lines would take exponential time for many comments.
  const lines = start
    .toString("utf8")
    .split(/[\r\n]/)
    .slice(0, -1);
  return /^\s*event: ?endpoint$/.test(lines.find((line) => !MAY_PRECEDE.test(line)) ?? "");
}
