// Streams a server's response to the client: seals ids and, if the server has rules, filters lists.
import type { AdmittedRequest } from "../core/admit-request.ts";
import { chainFilters } from "../core/body-filter.ts";
import { isEventStream, MEDIA_TYPE } from "../core/body-format.ts";
import { errorResponse } from "../core/error-response.ts";
import { listenResult } from "../core/listen-result.ts";
import { createTaskFilter } from "../core/task-filter.ts";
import { checkResponse } from "./check-response.ts";
import type { Exchange } from "./exchange.ts";
import type { Forwarded } from "./forward.ts";
import { readResponse } from "./read-response.ts";
import type { OpenedRequest } from "./request-ids.ts";
import { sealResponseIds } from "./response-ids.ts";
import type { SealedIds } from "./sealed-ids.ts";
import { sendErrorResponse } from "./send-error-response.ts";
import type { StreamEnd, TimeLimit } from "./time-limit.ts";
import { watchBlocked } from "./watch-blocked.ts";

export type RelayParts = {
  exchange: Exchange;
  admitted: AdmittedRequest;
  opened: OpenedRequest;
  response: Extract<Forwarded, { ok: true }>;
  sealedIds: SealedIds;
  /** when the response must end: an event stream ends cleanly, so that the client can reopen or resume it */
  limit: TimeLimit;
  /** whether the caller has been blocked: an event stream then ends, a JSON response is completed */
  isBlocked: () => Promise<boolean>;
  /** called for each list with pinned tools: by tool, whether the definition is the pinned one */
  onPinned: (isPinned: ReadonlyMap<string, boolean>) => void;
  /** idle milliseconds before a comment is sent on an event stream */
  heartbeatMs: number;
};

/**
 * Relays a response, or sends an error response if it can't be relayed.
 *
 * @param parts the response, its request and the remaining time
 * @throws Error if the response fails after it has begun
 */
export async function relayResponse({
  exchange,
  admitted,
  opened,
  response,
  sealedIds,
  limit,
  isBlocked,
  onPinned,
  heartbeatMs,
}: RelayParts): Promise<void> {
  const { request, requestId, audit, reply } = exchange;
  const { "mcp-session-id": session, ...headers } = response.headers;
  const { method } = request;
  const inSession = opened.session !== undefined;
  const maxMs = limit.leftMs();
  const checked = await checkResponse({ admitted, method, ...response, headers, inSession, maxMs });
  if (!checked.ok) return sendErrorResponse(exchange, checked.errorResponse, admitted.id, checked.cause);
  if (checked.note !== undefined) audit.replaced(checked.note);
  const { status } = checked;
  const read = await readResponse({
    admitted,
    method,
    requestId,
    status,
    headers: checked.headers,
    body: checked.body,
    inSession,
    maxMs,
    onReplaced: audit.replaced,
    onPinned,
    cannotReturnLists: request.method === "GET" && opened.origin.cannotReturnLists,
  });
  if (!read.ok) return sendErrorResponse(exchange, read.errorResponse, admitted.id, read.cause);
  const isStream = isEventStream(read.headers["content-type"]);
  const head = { session, isEventStream: isStream };
  const ids = await sealResponseIds(head, admitted, opened, sealedIds).catch((cause: unknown) => {
    // Closes the connection of a response that will not be read.
    read.body.destroy();
    throw cause;
  });
  if (ids === undefined) {
    read.body.destroy();
    const message = `The MCP server's session id of ${session?.length} characters is too long to be relayed.`;
    return sendErrorResponse(exchange, errorResponse("downstream_invalid_response", message), admitted.id);
  }
  audit.responded(status);
  const tasks = ids.sealTasks && createTaskFilter(isStream ? "event-stream" : "json", ids.sealTasks);
  const sealed =
    ids.session === undefined ? read.headers : { ...read.headers, "mcp-session-id": ids.session };
  const relayed = { status, headers: { ...sealed, ...exchange.cors, ...exchange.limitHeaders } };
  const common = { filter: chainFilters(read.filter, tasks, ids.eventIds), onSent: audit.sent };
  if (!isStream) return reply.relay(relayed, read.body, { ...common, breakAfterMs: limit.leftMs() });
  const lastEvent = listenResult(admitted.messages);
  return reply.relay(relayed, read.body, {
    ...common,
    endAfterMs: limit.leftMs(),
    watch: (end) => watchBlocked(isBlocked, end),
    heartbeatMs,
    lastEvent,
    // A GET stream may be idle.
    endsWhenIdle: method === "GET" || lastEvent !== undefined,
    onEnded: (by) => audit.ended(ENDED_BY[by] ?? limit.end),
  });
}

const ENDED_BY = { limit: undefined, idle: "idle", watch: "blocked" } as const;

/** Ends a GET stream whose server sent nothing: the client gets status 200 and an empty event stream. */
export async function endSilentStream({ audit, reply, cors }: Exchange, end: StreamEnd): Promise<void> {
  audit.responded(200);
  audit.ended(end);
  await reply.send({ status: 200, headers: { "content-type": MEDIA_TYPE["event-stream"], ...cors } }, "");
}
