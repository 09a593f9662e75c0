// Finds the members that a request to the combined endpoint is for, and relays the response of one or merges those of several.
import { memberRequest } from "../core/combined/member-request.ts";
import { isListMethod } from "../core/combined/merge-lists.ts";
import { streamOfRequest } from "../core/combined/own-responses.ts";
import { type Route, routeOf } from "../core/combined/routes.ts";
import { errorResponse } from "../core/error-response.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { beginsSession, isStateless } from "../core/protocol-era.ts";
import { acceptNotification, broadcastNotification, broadcastRequest, endSession } from "./broadcast.ts";
import { type CombinedCall, type Outcome, undecidedMember, withoutMember } from "./call.ts";
import { respondWithDiscover, respondWithInitialize } from "./handshake.ts";
import { respondWithList } from "./lists.ts";
import { type MergedReply, openMergedReply } from "./merged-reply.ts";
import { withSealedTokens } from "./progress.ts";
import { relayNeeded } from "./relay-member.ts";
import { sendInSession } from "./send-in-session.ts";
import { respondToGet, respondToListen } from "./streams.ts";
import { targetOf, unknownTarget } from "./unknown-target.ts";

/** Responds to a request. @param received the request; its session has not been opened */
export async function respondToRequest(received: CombinedCall): Promise<Outcome> {
  const { admitted, combined, exchange, sessions } = received;
  if (combined.separator === "" && (await relayedUnchanged(received))) return undefined;
  const opened = await sessions.open(exchange.request, admitted.principal);
  if (opened === "unknown" && !beginsSession(admitted.messages)) return UNKNOWN_SESSION;
  const call = withSealedTokens({ ...received, session: opened === "unknown" ? undefined : opened });
  switch (exchange.request.method) {
    case "GET":
      return respondToGet(call);
    case "DELETE":
      return endSession(call);
    default:
      return respondToPost(call);
  }
}

/**
 * Without a separator, everything is the only member's: its responses are relayed as at its own URL, session ids included.
 *
 * @returns false if the caller may not use it
 */
async function relayedUnchanged(call: CombinedCall): Promise<boolean> {
  const { exchange, combined } = call;
  const [name] = combined.members;
  const access = name === undefined ? undefined : await call.access(name);
  if (access?.type !== "allowed") return false;
  const { status, headers, body } = await call.send(access.member, exchange.request);
  call.relaying(status);
  await exchange.reply.relay({ status, headers }, body);
  return true;
}

async function respondToPost(call: CombinedCall): Promise<Outcome> {
  const { admitted, combined } = call;
  const [message, ...others] = admitted.messages;
  if (message === undefined || others.length > 0) return NO_BATCH;
  const route = routeOf(message, combined);
  switch (route.type) {
    case "one":
      return respondByMember(call, message, route);
    case "members":
      return respondToListen(call, message, route.members);
    case "all":
      if (message.id === undefined) return broadcastNotification(call);
      return inMergedReply(call, (reply) => respondByAll(call, message, reply));
    case "local":
      if (message.id === undefined) return acceptNotification(call);
      // MCP 2026-07-28 has no ping.
      if (isStateless(admitted.protocolVersion))
        return unknownTarget({ kind: "method", name: message.method });
      return inMergedReply(call, async (reply) => {
        await reply.finish(JSON.stringify({ jsonrpc: "2.0", id: admitted.id, result: {} }));
        return undefined;
      });
    case "unknown":
      // A notification that no member can be found for is accepted and goes nowhere: servers ignore what they do not know.
      if (message.method === undefined || message.id !== undefined) return unknownTarget(route);
      return acceptNotification(call);
  }
}

async function respondByMember(
  call: CombinedCall,
  message: McpMessage,
  route: Extract<Route, { type: "one" }>,
): Promise<Outcome> {
  const access = await call.access(route.member);
  switch (access.type) {
    case "absent":
      call.exchange.audit.absent([access]);
      return unknownTarget(targetOf(message));
    case "unavailable":
      return withoutMember(call, undecidedMember(access));
    case "allowed": {
      const { member } = access;
      const request = memberRequest(call.exchange.request, message, member.name, call.combined);
      // A response or a notification belongs to the session of the member's request. If that is unknown here, the client must start again:
      // a new session has no request that waits for it.
      const beginsSession = message.method !== undefined && message.id !== undefined;
      const { session, sessions } = call;
      if (!beginsSession && session !== undefined && !sessions.has(session, member.name))
        return UNKNOWN_SESSION;
      const send = () => sendInSession(call, member, request, { beginsSession });
      return relayNeeded(call, member, send, streamOfRequest(message.id ?? null));
    }
  }
}

async function inMergedReply(
  { exchange, admitted, heartbeatMs }: CombinedCall,
  respond: (reply: MergedReply) => Promise<Outcome>,
): Promise<Outcome> {
  const reply = openMergedReply({ exchange, id: admitted.id, heartbeatMs });
  try {
    const outcome = await respond(reply);
    if (outcome !== undefined) await reply.fail(outcome);
    return undefined;
  } catch (cause) {
    reply.abort(cause);
    throw cause;
  }
}

async function respondByAll(call: CombinedCall, message: McpMessage, reply: MergedReply): Promise<Outcome> {
  const { method } = message;
  if (isListMethod(method)) return respondWithList(call, method, message, reply);
  switch (method) {
    case "initialize":
      return respondWithInitialize(call, message, reply);
    case "server/discover":
      return respondWithDiscover(call, reply);
    default:
      return broadcastRequest(call, message, reply);
  }
}

const UNKNOWN_SESSION = errorResponse(
  "session_unknown",
  "The session id is unknown here, or belongs to another user. Start a new session with initialize.",
);

const NO_BATCH = errorResponse(
  "batch_not_supported",
  "This URL combines several servers and accepts one message in a request. Send the messages one by one.",
);
