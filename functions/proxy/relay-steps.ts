// Which steps an answer passes on its way: comments on event streams, and a filter where the server has rules. Else none.
import type { Transform } from "node:stream";
import { hasAccessRules } from "../core/access.ts";
import type { AdmittedRequest } from "../core/admit-request.ts";
import { filterListText } from "../core/list-filter.ts";
import { jsonFilter, sseFilter, sseHeartbeat } from "../platform/sse-relay.ts";

/** From this revision on every list says how it may be cached. */
const CACHE_SCOPE_REVISION = "2026-07-28";

/** True for the answer's media type of an event stream. */
export function isEventStream(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "text/event-stream";
}

/**
 * Chooses the steps.
 *
 * @param admitted the request and its caller
 * @param contentType of the downstream's answer
 * @param heartbeatMs silence before a comment
 */
export function relaySteps(
  { principal, server, protocolVersion }: AdmittedRequest,
  contentType: string | undefined,
  heartbeatMs: number,
): Transform[] {
  const streams = isEventStream(contentType);
  const steps: Transform[] = [];
  if (hasAccessRules(server) && server.rulesMode === "enforce") {
    // Revisions are dates: a later one has the member too.
    const statesCacheScope = protocolVersion !== undefined && protocolVersion >= CACHE_SCOPE_REVISION;
    const change = (text: string) => filterListText(text, { server, principal, statesCacheScope });
    steps.push(streams ? sseFilter(change) : jsonFilter(change));
  }
  if (streams) steps.push(sseHeartbeat(heartbeatMs));
  return steps;
}
