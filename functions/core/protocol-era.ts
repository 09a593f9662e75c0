// The two eras of MCP's revisions: with sessions, up to 2025-11-25, and without.

/** The first revision without sessions, in which every result states its type and every list how long it may be cached. */
const STATELESS_REVISION = "2026-07-28";

/** Whether a protocol revision has no sessions. Revisions are dates. */
export function isStateless(protocolVersion: string | undefined): boolean {
  return protocolVersion !== undefined && protocolVersion >= STATELESS_REVISION;
}
