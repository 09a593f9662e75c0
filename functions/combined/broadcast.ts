// Messages that concern every member: notifications, the log level, and the end of a session.
import type { ErrorResponse } from "../core/error-response.ts";
import { errorResponse } from "../core/error-response.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { type CombinedCall, MERGED_PART_MS, membersOf } from "./call.ts";
import { askMember } from "./fan-out.ts";
import { discardRest } from "./member-call.ts";
import type { MergedReply } from "./merged-reply.ts";
import { sendInSession } from "./route-one.ts";
import type { Sessions } from "./sessions.ts";
import { unavailableMembers } from "./unavailable.ts";

export type BroadcastParts = { call: CombinedCall; sessions: Sessions };

/** Sends a notification to every member that takes part in the session, and responds with 202. */
export async function broadcastNotification({ call, sessions }: BroadcastParts): Promise<void> {
  const { exchange, session } = call;
  const { members } = await membersOf(call);
  const taking = members.filter(({ name }) => session === undefined || session.members.has(name));
  await Promise.all(
    taking.map(async (member) => {
      // A notification has no response. If it fails, the member's audit line says why.
      const response = await sendInSession(call, sessions, member, exchange.request, MERGED_PART_MS).catch(
        () => undefined,
      );
      if (response !== undefined) discardRest(response);
    }),
  );
  await acceptNotification(call);
}

/** Responds to a notification, which has no other response. */
export async function acceptNotification({ exchange }: CombinedCall): Promise<void> {
  exchange.audit.responded(202);
  await exchange.reply.send({ status: 202, headers: { ...exchange.cors } }, "");
}

/** Sends a request without a result of its own to every member. @returns the error response to send instead, if there is one */
export async function broadcastRequest(
  { call, sessions }: BroadcastParts,
  { id }: McpMessage,
  reply: MergedReply,
): Promise<ErrorResponse | undefined> {
  const { members } = await membersOf(call);
  const { request } = call.exchange;
  const parts = await Promise.all(
    members.map((member) => askMember({ call, sessions, member, request, onMessage: reply.message })),
  );
  if (parts.some(({ type }) => type === "result")) {
    await reply.finish(JSON.stringify({ jsonrpc: "2.0", id, result: {} }));
    return undefined;
  }
  const [rejected] = parts.flatMap((part) => ("text" in part ? [part.text] : []));
  if (rejected !== undefined) {
    await reply.finish(rejected);
    return undefined;
  }
  return unavailableMembers(parts.map(({ member }) => member.name));
}

/** Ends the client's session at every member. */
export async function endSession({ call, sessions }: BroadcastParts): Promise<ErrorResponse | undefined> {
  const { exchange, session } = call;
  if (session === undefined) {
    const message = "DELETE ends a session. Send its id in Mcp-Session-Id.";
    return { ...errorResponse("method_not_allowed", message), headers: { allow: "POST, GET" } };
  }
  const { members } = await membersOf(call);
  await Promise.all(
    members.map(async (member) => {
      const own = session.members.get(member.name);
      if (own?.session === undefined) return;
      const request = await sessions.requestIn(own, member, exchange.request);
      const response = await call.send(member, request, MERGED_PART_MS).catch(() => undefined);
      if (response !== undefined) discardRest(response);
    }),
  );
  sessions.end(session);
  exchange.audit.responded(204);
  await exchange.reply.send({ status: 204, headers: { ...exchange.cors } }, "");
  return undefined;
}
