// Initialises a member for a client whose own session has already begun, with the parameters of the client's `initialize`.
import packageJson from "../../package.json" with { type: "json" };
import type { GatewayRequest } from "../core/admit-request.ts";
import type { MemberSession } from "../core/combined/session-map.ts";
import type { RequestId } from "../core/error-response.ts";
import { isJsonObject, objectOrEmpty, readJson } from "../core/json.ts";
import { wholeBody } from "../platform/held-body.ts";
import type { CombinedCall } from "./call.ts";
import { discardRest } from "./member-call.ts";
import { memberResponseText } from "./member-messages.ts";
import type { Member } from "./members.ts";
import type { SessionResponse } from "./send-in-session.ts";
import type { ClientSession, Sessions } from "./sessions.ts";

/** A member's session, or its error response to `initialize`, for the id of the client's request. */
export type MemberInitialised =
  | { type: "session"; own: MemberSession }
  | { type: "rejected"; response: (id: RequestId) => SessionResponse };

export type InitialiseParts = {
  call: CombinedCall;
  session: ClientSession;
  member: Member;
  /** when the session must have begun, in milliseconds of `monotonicMs` */
  endsAt: number | undefined;
} & Pick<Sessions, "begun" | "requestIn">;

/**
 * Initialises a member.
 *
 * @throws Error if the member's response is neither a result nor an error
 */
export async function initialiseMember(parts: InitialiseParts): Promise<MemberInitialised> {
  const { call, session, member, begun, requestIn } = parts;
  const endsAt = Math.min(parts.endsAt ?? Number.POSITIVE_INFINITY, call.endOfPart());
  const { capabilities = {}, clientInfo = UNKNOWN_CLIENT } = session.client ?? {};
  const params = { protocolVersion: session.protocolVersion, capabilities, clientInfo };
  const request = postOf(call.exchange.request, { id: "initialize", method: "initialize", params });
  const response = await call.send(member, request, endsAt);
  const text = await memberResponseText(response, () => {});
  const { error } = objectOrEmpty(readJson(text).value);
  if (isJsonObject(error)) {
    const { "mcp-session-id": _, ...headers } = response.headers;
    const { status } = response;
    return {
      type: "rejected",
      response: (id) => {
        const body = wholeBody(Buffer.from(JSON.stringify({ jsonrpc: "2.0", id, error })));
        const own = { ...headers, "content-type": "application/json" };
        return { status, headers: own, body, close: () => body.destroy(), rejectsSession: true };
      },
    };
  }
  if (response.status !== 200) throw new Error(`status ${response.status} to initialize`);
  const own = await begun(member, response, text);
  const notification = postOf(request, { method: "notifications/initialized" });
  discardRest(await call.send(member, await requestIn(own, member, notification), endsAt));
  return { type: "session", own };
}

const UNKNOWN_CLIENT = { name: packageJson.name, version: packageJson.version };

/** A POST of the gateway itself in a client's name: with the client's headers, without those that describe its request. */
function postOf({ headers, server }: GatewayRequest, message: object): GatewayRequest {
  const kept = new Map([...headers].filter(([name]) => !name.startsWith("mcp-")));
  kept.set("content-type", ["application/json"]);
  kept.set("accept", ["application/json, text/event-stream"]);
  return { method: "POST", server, headers: kept, body: JSON.stringify({ jsonrpc: "2.0", ...message }) };
}
