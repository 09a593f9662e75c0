// Messages that concern every member: notifications, the log level, and the end of a session.
import type { GatewayRequest } from "../core/admit-request.ts";
import { errorResponse } from "../core/error-response.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import type { Exchange } from "../proxy/exchange.ts";
import { type CombinedCall, membersOf, type Outcome } from "./call.ts";
import { askAll } from "./fan-out.ts";
import { discardRest } from "./member-call.ts";
import type { MergedReply } from "./merged-reply.ts";
import { sendInSession } from "./send-in-session.ts";
import { reportUnavailable, unavailableMembers } from "./unavailable.ts";
import { unknownTarget } from "./unknown-target.ts";

/** Sends a notification to every member that takes part in the session, and responds with 202. */
export async function broadcastNotification(call: CombinedCall): Promise<Outcome> {
  const { exchange, session, sessions } = call;
  const request = withoutReason(exchange.request, call.admitted.messages);
  const { members } = await membersOf(call);
  const taking = members.filter(({ name }) => session === undefined || sessions.has(session, name));
  const endsAt = call.endOfPart();
  await Promise.all(
    taking.map(async (member) => {
      // A notification has no response. If it fails, the member's audit line says why.
      const response = await sendInSession(call, member, request, { endsAt }).catch(() => undefined);
      if (response !== undefined) discardRest(response);
    }),
  );
  return acceptNotification(call);
}

/**
 * A cancellation goes to every member, because the gateway does not record which one has the request. Its reason may quote what only that
 * member knows, so only the id of the client's request is sent.
 */
function withoutReason(request: GatewayRequest, [message]: readonly McpMessage[]): GatewayRequest {
  if (message?.method !== "notifications/cancelled") return request;
  const { requestId } = message.params;
  return {
    ...request,
    body: JSON.stringify({ jsonrpc: "2.0", method: message.method, params: { requestId } }),
  };
}

/** Responds to a notification, which has no other response. */
export function acceptNotification({ exchange }: CombinedCall): Promise<Outcome> {
  return sendEmpty(exchange, 202);
}

/** Sends a request without a result of its own to every member. */
export async function broadcastRequest(
  call: CombinedCall,
  { id, method }: McpMessage,
  reply: MergedReply,
): Promise<Outcome> {
  const { parts, undecided } = await askAll(call, reply.message);
  const missing = [...undecided, ...parts.filter((part) => part.type === "unavailable")];
  const { errorResponse: failure } = reportUnavailable(call, missing);
  if (failure !== undefined) return failure;
  if (parts.some(({ type }) => type === "result")) {
    await reply.finish(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
    return undefined;
  }
  const [rejected] = parts.flatMap((part) => (part.type === "rejected" ? [part.text] : []));
  if (rejected !== undefined) {
    await reply.finish(rejected);
    return undefined;
  }
  return missing.length > 0 ? unavailableMembers(missing) : unknownTarget({ kind: "method", name: method });
}

/** Ends the client's session at every member. */
export async function endSession(call: CombinedCall): Promise<Outcome> {
  const { exchange, session, sessions } = call;
  if (session === undefined) {
    const message = "DELETE ends a session. Send its id in Mcp-Session-Id.";
    return { ...errorResponse("method_not_allowed", message), headers: { allow: "POST, GET" } };
  }
  sessions.end(session);
  const { members } = await membersOf(call);
  const endsAt = call.endOfPart();
  await Promise.all(
    members.map(async (member) => {
      const own = await sessions.known(session, member.name);
      if (own?.session === undefined) return;
      const request = await sessions.requestIn(own, member, exchange.request);
      // The session has ended for the client, whatever the member responds: its audit line says it.
      const response = await call.send(member, request, endsAt).catch(() => undefined);
      if (response !== undefined) discardRest(response);
    }),
  );
  return sendEmpty(exchange, 204);
}

async function sendEmpty({ audit, reply, cors }: Exchange, status: number): Promise<Outcome> {
  audit.responded(status);
  await reply.send({ status, headers: { ...cors } }, "");
  return undefined;
}
