// Sends a request to several members at the same time and reads each one's response.
import type { GatewayRequest } from "../core/admit-request.ts";
import { messageTranslator, streamTranslator } from "../core/combined/client-message.ts";
import { isErrorReason } from "../core/error-response.ts";
import { isJsonObject, objectOrEmpty, readJson } from "../core/json.ts";
import { LENIENT } from "../core/lenient-json.ts";
import { describeFailure } from "../platform/failure.ts";
import { type CombinedCall, membersOf } from "./call.ts";
import type { MemberResponse } from "./member-call.ts";
import { memberResponseText } from "./member-messages.ts";
import type { Member } from "./members.ts";
import { OTHER_PROGRESS, tokenOpener } from "./progress.ts";
import { sendInSession } from "./send-in-session.ts";
import type { UnavailableMember } from "./unavailable.ts";

/**
 * A member's part. `result`: its response with a result, with the clients' names. `unsupported`: it does not have the method. `rejected`: a
 * JSON-RPC error of its own, here with the id of the client's request. `unavailable`: any other response, or none.
 */
export type MemberPart =
  | {
      type: "result";
      member: Member;
      text: string;
      result: Record<string, unknown>;
      response: MemberResponse;
    }
  | { type: "unsupported"; member: Member }
  | { type: "rejected"; member: Member; text: string; status: number }
  | UnavailablePart;

type UnavailablePart = { type: "unavailable" } & UnavailableMember;

export type MemberRequest = {
  member: Member;
  /** with the member's own names */
  request: GatewayRequest;
  /** when the response must have ended, in milliseconds of `monotonicMs` */
  endsAt: number;
  /** receives what the member sends before its response, with the clients' names */
  onMessage: (text: string) => void | Promise<void>;
};

/**
 * Sends the client's request to every member that the caller may use.
 *
 * @returns the members' parts, and the members about which nothing can be decided now
 */
export async function askAll(
  call: CombinedCall,
  onMessage: MemberRequest["onMessage"],
): Promise<{ parts: MemberPart[]; undecided: UnavailableMember[] }> {
  const { members, undecided } = await membersOf(call);
  const { request } = call.exchange;
  const endsAt = call.endOfPart();
  const parts = await Promise.all(
    members.map((member) => askMember(call, { member, request, endsAt, onMessage })),
  );
  return { parts, undecided };
}

/** Asks one member. Never rejects: what fails is unavailable. */
export async function askMember(call: CombinedCall, asked: MemberRequest): Promise<MemberPart> {
  try {
    return await ask(call, asked);
  } catch (cause) {
    return unavailable(asked.member, 502, describeFailure(cause));
  }
}

function unavailable({ name }: Member, status: number, reason: string): UnavailablePart {
  return { type: "unavailable", name, status, reason };
}

async function ask(
  call: CombinedCall,
  { member, request, endsAt, onMessage }: MemberRequest,
): Promise<MemberPart> {
  const response = await sendInSession(call, member, request, { endsAt });
  const { status, rejectsSession, headers } = response;
  const translate = messageTranslator(member.name, call.combined);
  // The member's own response is a part of the merged one: a stream of it has none.
  const translateMessage = streamTranslator(member.name, call.combined, "g", await tokenOpener(call, member));
  const text = translate(
    await memberResponseText(response, async (message) => {
      const translated = translateMessage(message);
      if (translated) await onMessage(translated);
      else call.omitted(member.name, translated === "" ? OTHER_PROGRESS : "a message that cannot be relayed");
    }),
  );
  const message = text === undefined ? undefined : readJson(text, LENIENT).value;
  if (text === undefined || !isJsonObject(message)) {
    return unavailable(member, 502, "the response is not readable");
  }
  const { result, error } = message;
  if (status === 200 && isJsonObject(result)) return { type: "result", member, text, result, response };
  if (!isJsonObject(error)) return unavailable(member, 502, "the response has neither a result nor an error");
  const { code, data } = error;
  if (code === -32601 && !rejectsSession) return { type: "unsupported", member };
  if (rejectsSession || status >= 500 || status === 429 || status === 403) {
    return {
      ...unavailable(member, status, reasonIn(data, call.exchange.requestId)),
      retryAfter: headers["retry-after"],
    };
  }
  // Members may write another id, such as that of another request of the client.
  const rejected = JSON.stringify({ jsonrpc: "2.0", id: call.admitted.id, error });
  return { type: "rejected", member, text: rejected, status };
}

/**
 * The gateway's reason for a denial at the member. A reason of the member's own, which does not know the request's id, is not logged: it may be
 * long, quote a credential, or blame the gateway.
 */
function reasonIn(data: unknown, requestId: string): string {
  const { reason, request_id: id } = objectOrEmpty(data);
  return id === requestId && typeof reason === "string" && isErrorReason(reason) ? reason : "error";
}
