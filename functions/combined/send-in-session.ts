// Sends a request to a member within the client's session.
import type { GatewayRequest } from "../core/admit-request.ts";
import { readJson } from "../core/json.ts";
import { FILTERED_MESSAGE_MAX_BYTES } from "../core/limits.ts";
import { holdBody } from "../platform/held-body.ts";
import type { CombinedCall } from "./call.ts";
import { initialiseMember } from "./initialise-member.ts";
import type { Member } from "./members.ts";
import type { SessionResponse } from "./sessions.ts";

/** How long a 404 may take to say whether the session is lost, in milliseconds. */
const HELD_MS = 10_000;

export type SendOptions = {
  /** when the response must have ended, in milliseconds of `monotonicMs`; omitted: with the function's time */
  endsAt?: number;
  /** false for a message of one session, such as a response to the member's request: default true */
  beginsSession?: boolean;
};

/**
 * Sends a request to a member. A member that has lost its session is initialised again, and the request is sent once more: the member has
 * not processed it (MCP, Streamable HTTP, session management).
 *
 * @param request the request with the member's own names
 * @throws Error if the member's session could not be begun and there is no response that says why
 */
export async function sendInSession(
  call: CombinedCall,
  member: Member,
  request: GatewayRequest,
  { endsAt, beginsSession = true }: SendOptions = {},
): Promise<SessionResponse> {
  const { session, sessions } = call;
  if (session === undefined) return call.send(member, request, endsAt);
  const initialise = () => initialiseMember(call, session, member, endsAt);
  const begun = await sessions.at(session, member, initialise);
  if (begun.type === "rejected") return begun.response(call.admitted.id);
  const response = await call.send(member, await sessions.requestIn(begun.own, member, request), endsAt);
  if (response.status !== 404 || begun.own.session === undefined || !beginsSession) return response;
  const held = await holdBody(response.body, () => false, {
    maxBytes: FILTERED_MESSAGE_MAX_BYTES,
    maxMs: HELD_MS,
  });
  if (isProcessed(held.start)) return { ...response, body: held.body };
  const renewed = await sessions.at(session, member, initialise, begun.own);
  if (renewed.type === "rejected") return renewed.response(call.admitted.id);
  return call.send(member, await sessions.requestIn(renewed.own, member, request), endsAt);
}

// Method not found, invalid parameters, resource not found: some servers respond with 404 to these, too.
const PROCESSED: ReadonlySet<unknown> = new Set([-32601, -32602, -32002]);

function isProcessed(body: Buffer): boolean {
  const { value } = readJson(body.toString("utf8"));
  const { result, error } = (value ?? {}) as { result?: unknown; error?: { code?: unknown } };
  return result !== undefined || PROCESSED.has(error?.code);
}
