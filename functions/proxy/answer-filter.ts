// Chooses the filter that an answer passes where the server has rules: lists then name what the caller may reach and no more.
import { hasAccessRules } from "../core/access.ts";
import type { AdmittedRequest } from "../core/admit-request.ts";
import type { BodyFilter } from "../core/body-filter.ts";
import { filterListText } from "../core/list-filter.ts";
import { type ChangeMessage, jsonFilter, sseFilter } from "../platform/sse-relay.ts";

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
 * @param sealTasks seals task ids, where there can be any
 * @returns undefined where neither a rule of the server nor a task id can change anything
 */
export function answerFilter(
  admitted: AdmittedRequest,
  contentType: string | undefined,
  sealTasks?: ChangeMessage,
): BodyFilter | undefined {
  const filterLists = listChange(admitted);
  const change =
    filterLists && sealTasks ? (text: string) => sealTasks(filterLists(text)) : (filterLists ?? sealTasks);
  if (change === undefined) return undefined;
  return isEventStream(contentType) ? sseFilter(change) : jsonFilter(change);
}

function listChange({ principal, server, protocolVersion }: AdmittedRequest): ChangeMessage | undefined {
  if (!hasAccessRules(server) || server.rulesMode !== "enforce") return undefined;
  // Revisions are dates: a later one has the member too.
  const statesCacheScope = protocolVersion !== undefined && protocolVersion >= CACHE_SCOPE_REVISION;
  return (text) => filterListText(text, { server, principal, statesCacheScope });
}
