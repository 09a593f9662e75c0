// Initialises a member for a client whose own session has already begun, with the parameters of the client's `initialize`.
import packageJson from "../../package.json" with { type: "json" };
import type { GatewayRequest } from "../core/admit-request.ts";
import { isJsonObject, objectOrEmpty, readJson } from "../core/json.ts";
import { wholeBody } from "../platform/held-body.ts";
import type { CombinedCall } from "./call.ts";
import { discardRest } from "./member-call.ts";
import { memberResponseText } from "./member-messages.ts";
import type { Member } from "./members.ts";
import type { ClientSession, MemberInitialised } from "./sessions.ts";

/**
 * Initialises a member.
 *
 * @param endsAt when the session must have begun, in milliseconds of `monotonicMs`; never later than the end of a member's part
 * @throws Error if the member's response is neither a result nor an error
 */
export async function initialiseMember(
  call: CombinedCall,
  session: ClientSession,
  member: Member,
  endsAt = Number.POSITIVE_INFINITY,
): Promise<MemberInitialised> {
  const { begun, requestIn } = call.sessions;
  const endOfPart = Math.min(endsAt, call.endOfPart());
  const { capabilities = {}, clientInfo = UNKNOWN_CLIENT } = session.client ?? {};
  const params = { protocolVersion: session.protocolVersion, capabilities, clientInfo };
  const request = postOf(call.exchange.request, { id: "initialize", method: "initialize", params });
  const response = await call.send(member, request, endOfPart);
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
  discardRest(await call.send(member, await requestIn(own, member, notification), endOfPart));
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
