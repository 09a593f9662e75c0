// The streams of clients: GET, which listens to all members or resumes one stream (revisions with sessions), and `subscriptions/listen` (2026-07-28).
import type { GatewayRequest } from "../core/admit-request.ts";
import { isAcknowledgement, mergeAcknowledgements } from "../core/combined/listen.ts";
import { memberRequest } from "../core/combined/member-request.ts";
import { memberOfEventId } from "../core/combined/names.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import { listenResult } from "../core/listen-result.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { messageIdIn } from "../core/message-id.ts";
import { type CombinedCall, membersOf, type Outcome } from "./call.ts";
import { discardRest } from "./member-call.ts";
import type { Member } from "./members.ts";
import { eventOf } from "./merged-reply.ts";
import { relayMerged, type WriteEvent } from "./merged-streams.ts";
import { relayMember, sendInSession } from "./route-one.ts";
import type { Sessions } from "./sessions.ts";
import { unavailableMembers } from "./unavailable.ts";
import { targetOf, unknownTarget } from "./unknown-target.ts";

export type StreamParts = {
  call: CombinedCall;
  sessions: Sessions;
  /** idle milliseconds before a comment is sent */
  heartbeatMs: number;
};

const UNKNOWN_EVENT = errorResponse(
  "event_unknown",
  "The event id is unknown here, or belongs to another user. Send the request again, or open a new stream.",
);

const NO_STREAM: ErrorResponse = {
  ...errorResponse("method_not_allowed", "No server behind this URL opens a stream for GET. Use POST."),
  headers: { allow: "POST, DELETE" },
};

/** Responds to a GET. */
export async function respondToGet({ call, sessions, heartbeatMs }: StreamParts): Promise<Outcome> {
  const { exchange, names, session } = call;
  const lastEventId = exchange.request.headers.get("last-event-id");
  const resumed = lastEventId === undefined ? undefined : memberOfEventId(lastEventId.join(), names);
  if (lastEventId !== undefined && resumed === undefined) return UNKNOWN_EVENT;
  const { members } = await membersOf(call);
  const taking = members.filter(({ name }) => session === undefined || session.members.has(name));
  const continued = members.find(({ name }) => name === resumed?.member);
  if (resumed !== undefined && continued === undefined) return UNKNOWN_EVENT;
  const requestTo = (member: Member) =>
    withEventId(exchange.request, member === continued ? resumed?.id : undefined);
  // The response to one request, or the stream of the only member.
  if (continued !== undefined && resumed?.kind !== "g") {
    const response = await sendInSession(call, sessions, continued, requestTo(continued));
    if (response === undefined) return unavailableMembers([continued.name]);
    await relayMember(call, continued, response, resumed?.kind ?? "g");
    return "relayed";
  }
  const others = await relayMerged({
    call,
    members: taking,
    open: (member) => sendInSession(call, sessions, member, requestTo(member)),
    heartbeatMs,
  });
  if (others === undefined) return undefined;
  for (const { response } of others) discardRest(response);
  return others.every(({ response }) => response.status === 405)
    ? NO_STREAM
    : unavailableMembers(taking.map(({ name }) => name));
}

function withEventId(request: GatewayRequest, id: string | undefined): GatewayRequest {
  const headers = new Map(request.headers);
  headers.delete("last-event-id");
  if (id !== undefined) headers.set("last-event-id", [id]);
  return { ...request, headers };
}

/** How long the acknowledgement waits for members that have not acknowledged their part, in milliseconds. */
const ACKNOWLEDGED_MS = 3_000;

/** Responds to `subscriptions/listen`. @param subscribed the members that have a part in the subscription */
export async function respondToListen(
  { call, heartbeatMs }: StreamParts,
  message: McpMessage,
  subscribed: readonly string[],
): Promise<Outcome> {
  const { exchange, admitted, names } = call;
  const { members, undecided } = await membersOf(call);
  const taking = members.filter(({ name }) => subscribed.includes(name));
  if (taking.length === 0) {
    const missing = undecided.filter(({ name }) => subscribed.includes(name));
    return missing.length > 0
      ? unavailableMembers(missing.map(({ name }) => name))
      : unknownTarget(targetOf(message));
  }
  const acknowledgement = createAcknowledgement(taking, (texts) => mergeAcknowledgements(texts, admitted.id));
  const others = await relayMerged({
    call,
    members: taking,
    open: (member) => call.send(member, memberRequest(exchange.request, message, member.name, names)),
    heartbeatMs,
    onEvent: (member, event, write) => {
      if (isAcknowledgement(event.data)) acknowledgement.received(member, event.data, write);
      // Each member ends its part with a response; the subscription ends with the last.
      else if (messageIdIn(event.data).hasMethod) acknowledgement.later(event.text, write);
    },
    onEnd: acknowledgement.ended,
    lastEvent: listenResult([message]),
  });
  if (others === undefined) return undefined;
  const [first, ...rest] = others;
  for (const { response } of rest) discardRest(response);
  if (first === undefined) return unavailableMembers(taking.map(({ name }) => name));
  await relayMember(call, first.member, first.response, "p");
  return "relayed";
}

/** The acknowledgement is the first event (MCP 2026-07-28): events that arrive before it wait. */
function createAcknowledgement(members: readonly Member[], merge: (texts: readonly string[]) => string) {
  const texts = new Map<string, string>();
  const waiting = new Set(members.map(({ name }) => name));
  let held: string[] | undefined = [];
  let timer: NodeJS.Timeout | undefined;
  const send = (write: WriteEvent) => {
    clearTimeout(timer);
    if (held === undefined) return;
    write(eventOf(merge(members.flatMap(({ name }) => texts.get(name) ?? []))));
    for (const text of held) write(text);
    held = undefined;
  };
  const settle = ({ name }: Member, write: WriteEvent) => {
    waiting.delete(name);
    if (texts.size > 0 && waiting.size === 0) send(write);
    else if (texts.size > 0) timer ??= setTimeout(send, ACKNOWLEDGED_MS, write);
  };
  return {
    received(member: Member, text: string, write: WriteEvent) {
      texts.set(member.name, text);
      settle(member, write);
    },
    later(text: string, write: WriteEvent) {
      if (held === undefined) write(text);
      else held.push(text);
    },
    ended: settle,
  };
}
