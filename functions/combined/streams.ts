// The streams of clients: GET, which listens to all members or resumes one stream (revisions with sessions), and `subscriptions/listen`
// (2026-07-28).
import type { GatewayRequest } from "../core/admit-request.ts";
import { isAcknowledgement, mergeAcknowledgements } from "../core/combined/listen.ts";
import { memberRequest } from "../core/combined/member-request.ts";
import { memberOfEventId } from "../core/combined/names.ts";
import { streamOfRequest } from "../core/combined/own-responses.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import { objectOrEmpty, readJson } from "../core/json.ts";
import { listenResult } from "../core/listen-result.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { messageIdIn } from "../core/message-id.ts";
import { eventOf } from "../core/sse-events.ts";
import { describeFailure } from "../platform/failure.ts";
import { type CombinedCall, membersOf, type Outcome, withoutMember } from "./call.ts";
import { discardRest } from "./member-call.ts";
import type { Member } from "./members.ts";
import { HELD_MAX_CHARS } from "./merged-reply.ts";
import { type OtherResponse, relayMerged, type WriteEvent } from "./merged-streams.ts";
import { relayMember, relayNeeded } from "./relay-member.ts";
import { sendInSession } from "./send-in-session.ts";
import { reportUnavailable, type UnavailableMember, unavailableMembers } from "./unavailable.ts";
import { targetOf, UNKNOWN_EVENT, unknownTarget } from "./unknown-target.ts";

const NO_STREAM: ErrorResponse = {
  ...errorResponse("method_not_allowed", "No server behind this URL opens a stream for GET. Use POST."),
  headers: { allow: "POST, DELETE" },
};

/** Responds to a GET. */
export async function respondToGet(call: CombinedCall): Promise<Outcome> {
  const { exchange, combined } = call;
  const lastEventId = exchange.request.headers.get("last-event-id");
  const resumed = lastEventId === undefined ? undefined : memberOfEventId(lastEventId.join(), combined);
  if (lastEventId !== undefined && resumed === undefined) return UNKNOWN_EVENT;
  const { members, undecided } = await membersOf(call);
  const continued = members.find(({ name }) => name === resumed?.member);
  if (resumed !== undefined && continued === undefined) return UNKNOWN_EVENT;
  const requestTo = (member: Member) =>
    withEventId(exchange.request, member === continued ? resumed?.id : undefined);
  // The rest of a response to one request.
  if (continued !== undefined && resumed?.stream !== "g") {
    const send = () => sendInSession(call, continued, requestTo(continued));
    return relayNeeded(call, continued, send, resumed?.stream ?? "g");
  }
  const listening = members.filter((member) => member === continued || call.opensStream(member.name));
  const failed: UnavailableMember[] = [...undecided];
  const others = await relayMerged({
    call,
    members: listening,
    stream: "g",
    open: async (member) => {
      try {
        return await sendInSession(call, member, requestTo(member));
      } catch (cause) {
        failed.push({ name: member.name, status: 502, reason: describeFailure(cause) });
        throw cause;
      }
    },
  });
  if (others === undefined) {
    exchange.audit.unavailable(failed);
    return undefined;
  }
  const missing = [...failed, ...others.flatMap(failureOf)];
  for (const { response } of others) discardRest(response);
  if (missing.length === 0) return NO_STREAM;
  reportUnavailable(call, missing);
  return unavailableMembers(missing);
}

/** A client that gets 405 opens no stream and continues; any other error may end its session. */
function failureOf({ member: { name }, response: { status, headers } }: OtherResponse): UnavailableMember[] {
  if (status < 500 && status !== 429) return [];
  return [{ name, status, reason: "error", retryAfter: headers["retry-after"] }];
}

function withEventId(request: GatewayRequest, id: string | undefined): GatewayRequest {
  const headers = new Map(request.headers);
  headers.delete("last-event-id");
  if (id !== undefined) headers.set("last-event-id", [id]);
  return { ...request, headers };
}

/** How long events wait for the acknowledgements of all members, in milliseconds. */
const ACKNOWLEDGED_MS = 3_000;

/** Responds to `subscriptions/listen`. @param subscribed the members that have a part in the subscription */
export async function respondToListen(
  call: CombinedCall,
  message: McpMessage,
  subscribed: readonly string[],
): Promise<Outcome> {
  const { exchange, admitted, combined } = call;
  const { members, undecided } = await membersOf(call);
  const isSubscribed = ({ name }: { name: string }) => subscribed.includes(name);
  const taking = members.filter(isSubscribed);
  const missing = undecided.filter(isSubscribed);
  const unavailable = reportUnavailable(call, missing);
  if (unavailable.errorResponse !== undefined) return unavailable.errorResponse;
  if (taking.length === 0) {
    return missing.length > 0 ? unavailableMembers(missing) : unknownTarget(targetOf(message));
  }
  const acknowledgement = createAcknowledgement(taking, (texts) => mergeAcknowledgements(texts, admitted.id));
  let rejection: unknown;
  const stream = streamOfRequest(admitted.id);
  const others = await relayMerged({
    call,
    members: taking,
    stream,
    open: (member) =>
      sendInSession(call, member, memberRequest(exchange.request, message, member.name, combined)),
    onEvent: (member, { data, text }, write) => {
      if (isAcknowledgement(data)) acknowledgement.received(member, data, write);
      else if (messageIdIn(data).hasMethod) return acknowledgement.later(text, write);
      // Each member ends its part with a response; the subscription ends with the last. An error may be the response to all of it.
      else rejection ??= errorIn(data);
      return undefined;
    },
    onEnd: acknowledgement.ended,
    lastEvent: () =>
      rejection !== undefined && !acknowledgement.isSent()
        ? eventOf(JSON.stringify({ jsonrpc: "2.0", id: admitted.id, error: rejection }))
        : listenResult([message]),
  });
  if (others === undefined) return undefined;
  const [first, ...rest] = others;
  for (const { response } of rest) discardRest(response);
  if (first !== undefined) return relayMember(call, first.member, first.response, stream);
  const [{ name }] = taking as [Member];
  return withoutMember(call, { name, status: 502, reason: "no response" });
}

function errorIn(data: string): unknown {
  return objectOrEmpty(readJson(data, { allowNonFinite: true }).value)["error"];
}

/** The acknowledgement is the first event (MCP 2026-07-28): events that arrive before it wait. */
function createAcknowledgement(members: readonly Member[], merge: (texts: readonly string[]) => string) {
  const texts = new Map<string, string>();
  const waiting = new Set(members.map(({ name }) => name));
  let held: string[] | undefined = [];
  let heldChars = 0;
  const sent = Promise.withResolvers<void>();
  let timer: NodeJS.Timeout | undefined;
  let isSent = false;
  const send = (write: WriteEvent) => {
    clearTimeout(timer);
    if (texts.size > 0) {
      write(eventOf(merge(members.flatMap(({ name }) => texts.get(name) ?? []))));
      isSent = true;
    }
    for (const text of held ?? []) write(text);
    held = undefined;
    sent.resolve();
  };
  const settle = (write: WriteEvent) => {
    if (held === undefined) return;
    if (waiting.size === 0) send(write);
    else timer ??= setTimeout(send, ACKNOWLEDGED_MS, write);
  };
  return {
    isSent: () => isSent,
    received({ name }: Member, text: string, write: WriteEvent) {
      texts.set(name, text);
      waiting.delete(name);
      settle(write);
    },
    /** Resolves when more events can be held or sent. */
    async later(text: string, write: WriteEvent) {
      if (held === undefined) return write(text);
      held.push(text);
      heldChars += text.length;
      settle(write);
      if (heldChars > HELD_MAX_CHARS) await sent.promise;
    },
    ended({ name }: Member, write: WriteEvent) {
      waiting.delete(name);
      if (waiting.size === 0) settle(write);
    },
  };
}
