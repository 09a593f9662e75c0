// The two eras of MCP's revisions: with sessions, up to 2025-11-25, and without.
import type { McpMessage } from "./mcp-message.ts";

/** The first revision without sessions, in which every result states its type and every list how long it may be cached. */
const STATELESS_REVISION = "2026-07-28";

/** Whether a protocol revision has no sessions. Revisions are dates. */
export function isStateless(protocolVersion: string | undefined): boolean {
  return protocolVersion !== undefined && protocolVersion >= STATELESS_REVISION;
}

/** Whether a body begins a session, regardless of the session id in its headers. MCP does not allow `initialize` in a batch. */
export function beginsSession([message, ...others]: readonly McpMessage[]): boolean {
  return message?.method === "initialize" && others.length === 0;
}
