// Chooses the filter that an answer passes where the server has rules: lists then name what the caller may reach and no more.
import { hasAccessRules } from "../core/access.ts";
import type { AdmittedRequest } from "../core/admit-request.ts";
import { filterListText } from "../core/list-filter.ts";
import { type BodyFilter, jsonFilter, sseFilter } from "../platform/sse-relay.ts";

/** From this revision on every list says how it may be cached. */
const CACHE_SCOPE_REVISION = "2026-07-28";

/** True for the answer's media type of an event stream. */
export function isEventStream(contentType: string | undefined): boolean {
  return contentType?.split(";")[0]?.trim().toLowerCase() === "text/event-stream";
}

/**
 * Chooses the filter.
 *
 * @param admitted the request and its caller
 * @param contentType of the downstream's answer
 * @returns undefined where no rule of the server can take anything out
 */
export function answerFilter(
  { principal, server, protocolVersion }: AdmittedRequest,
  contentType: string | undefined,
): BodyFilter | undefined {
  if (!hasAccessRules(server) || server.rulesMode !== "enforce") return undefined;
  // Revisions are dates: a later one has the member too.
  const statesCacheScope = protocolVersion !== undefined && protocolVersion >= CACHE_SCOPE_REVISION;
  const change = (text: string) => filterListText(text, { server, principal, statesCacheScope });
  return isEventStream(contentType) ? sseFilter(change) : jsonFilter(change);
}
