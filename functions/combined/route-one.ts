// Sends a request to the one member that it names, and relays the response with the names of the combined endpoint.
import type { GatewayRequest } from "../core/admit-request.ts";
import { chainFilters } from "../core/body-filter.ts";
import { isEventStream } from "../core/body-format.ts";
import { messageTranslator, type TranslateMessage } from "../core/combined/client-message.ts";
import { clientEventId, type StreamKind } from "../core/combined/names.ts";
import { errorBody, errorResponse } from "../core/error-response.ts";
import { eventIdFilter } from "../core/event-ids.ts";
import type { Headers } from "../core/headers.ts";
import { readJson } from "../core/json.ts";
import { FILTERED_MESSAGE_MAX_BYTES } from "../core/limits.ts";
import { messageIdIn } from "../core/message-id.ts";
import { createSseFilter } from "../core/sse-filter.ts";
import { holdBody, wholeBody } from "../platform/held-body.ts";
import { sendErrorResponse } from "../proxy/send-error-response.ts";
import type { CombinedCall } from "./call.ts";
import type { MemberResponse } from "./member-call.ts";
import type { Member } from "./members.ts";
import type { Sessions } from "./sessions.ts";

/**
 * Sends a request to a member. A member that has lost its session is initialised again, and the request is sent once more: the member has
 * not processed it.
 *
 * @param request the request in the member's own words
 * @returns undefined if the member's session could not be begun
 */
export async function sendInSession(
  call: CombinedCall,
  sessions: Sessions,
  member: Member,
  request: GatewayRequest,
  maxMs?: number,
): Promise<MemberResponse | undefined> {
  const { session } = call;
  if (session === undefined) return call.send(member, request, maxMs);
  const own = await sessions.at(call, session, member);
  if (own === undefined) return undefined;
  const response = await call.send(member, await sessions.requestIn(own, member, request), maxMs);
  if (response.status !== 404) return response;
  const held = await holdBody(response.body, () => false, {
    maxBytes: FILTERED_MESSAGE_MAX_BYTES,
    maxMs: 10_000,
  });
  // Servers also respond with 404 to a method that they do not have.
  if (own.session === undefined || isMethodUnknown(held.start)) return { ...response, body: held.body };
  held.body.destroy();
  const renewed = await sessions.at(call, session, member, own);
  return renewed && call.send(member, await sessions.requestIn(renewed, member, request), maxMs);
}

/** Relays a member's response. @param kind of the stream, if the response is one */
export async function relayMember(
  { exchange, names, admitted }: CombinedCall,
  { name }: Member,
  response: MemberResponse,
  kind: StreamKind,
): Promise<void> {
  const { "mcp-session-id": _, ...headers } = response.headers;
  const { status, body } = response;
  const head = { status, headers };
  if (names.separator === "") return exchange.reply.relay(head, body);
  const translate = messageTranslator(name, names);
  if (isEventStream(headers["content-type"])) {
    const errorFor = (data: string) =>
      errorBody(UNREADABLE, messageIdIn(data).hasMethod ? null : admitted.id, exchange.requestId);
    const filter = chainFilters(
      createSseFilter({ maxBytes: FILTERED_MESSAGE_MAX_BYTES, change: skippingEmpty(translate), errorFor }),
      eventIdFilter((id) => clientEventId(name, kind, id, names)),
    );
    return exchange.reply.relay(head, body, { filter });
  }
  const translated = await translatedJson(body, headers, translate);
  if (translated === undefined) return sendErrorResponse(exchange, UNREADABLE, admitted.id);
  return exchange.reply.relay(head, wholeBody(translated));
}

/** An event may be a comment alone. */
function skippingEmpty(translate: TranslateMessage): TranslateMessage {
  return (data) => (data === "" ? data : translate(data));
}

async function translatedJson(
  body: MemberResponse["body"],
  headers: Headers,
  translate: TranslateMessage,
): Promise<Buffer | undefined> {
  const { start } = await holdBody(body, () => false, {
    maxBytes: FILTERED_MESSAGE_MAX_BYTES,
    maxMs: NO_LIMIT_MS,
  });
  if (start.length === 0 || headers["content-type"] === undefined) return start;
  const text = start.toString("utf8");
  const translated = translate(text);
  if (translated === undefined) return undefined;
  return translated === text ? start : Buffer.from(translated);
}

/** The member's own limits hold: its body ends or fails. */
const NO_LIMIT_MS = 2 ** 31 - 1;

function isMethodUnknown(body: Buffer): boolean {
  const { value } = readJson(body.toString("utf8"));
  const { error } = (value ?? {}) as { error?: { code?: unknown } };
  return error?.code === -32601;
}

const UNREADABLE = errorResponse(
  "downstream_invalid_response",
  "The MCP server's response cannot be read in exactly one way, so it cannot be relayed here. The administrator must check the server.",
);
