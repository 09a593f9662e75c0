// The beginning of a conversation: `initialize` with all members' capabilities (revisions with sessions), and `server/discover` (2026-07-28).
import packageJson from "../../package.json" with { type: "json" };
import { mergedDiscover, mergedInitialize, mergedVersion } from "../core/combined/merge-capabilities.ts";
import type { MemberSession } from "../core/combined/session-map.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { type CombinedCall, membersOf } from "./call.ts";
import { askMember, type MemberPart } from "./fan-out.ts";
import type { MergedReply } from "./merged-reply.ts";
import type { Sessions } from "./sessions.ts";
import { reportUnavailable, unavailableMembers } from "./unavailable.ts";

export type HandshakeParts = {
  call: CombinedCall;
  sessions: Sessions;
  message: McpMessage;
  reply: MergedReply;
};

type Result = Extract<MemberPart, { type: "result" }>;

/** Responds to `initialize`. @returns the error response to send instead, if there is one */
export async function respondWithInitialize(parts: HandshakeParts): Promise<ErrorResponse | undefined> {
  const { call, sessions, message, reply } = parts;
  const { principal, id } = call.admitted;
  const asked = await askAll(parts);
  if (asked.errorResponse !== undefined) return asked.errorResponse;
  const begun = await Promise.all(
    asked.results.map(async (part): Promise<[Result, MemberSession] | undefined> => {
      const session = await sessions.begun(part.member, part.response, part.text).catch(() => undefined);
      return session && [part, session];
    }),
  );
  const open = begun.filter((each) => each !== undefined);
  const invalid = asked.results.filter((part) => !open.some(([each]) => each === part));
  const unavailable = [...asked.unavailable, ...invalid.map(({ member }) => member.name)];
  if (open.length === 0 && unavailable.length > 0) return unavailableMembers(unavailable);

  const results = open.map(([{ member, result }]) => ({ member: member.name, result }));
  const { protocolVersion: requestedVersion, capabilities, clientInfo } = message.params;
  const session = {
    protocolVersion: mergedVersion(results, requestedVersion),
    client: { capabilities, clientInfo },
    members: new Map(open.map(([{ member }, own]) => [member.name, own])),
  };
  const text = mergedInitialize({ results, gateway: gatewayInfo(call), id, unavailable, requestedVersion });
  await reply.finish(text, { "mcp-session-id": await sessions.seal(session, principal) });
  return undefined;
}

/**
 * Responds to `server/discover`. If any member is of an older revision, the endpoint responds as a server of that revision does: a client of
 * both eras then initialises, which all members understand.
 *
 * @returns the error response to send instead, if there is one
 */
export async function respondWithDiscover(parts: HandshakeParts): Promise<ErrorResponse | undefined> {
  const { call, reply } = parts;
  const asked = await askAll(parts);
  if (asked.errorResponse !== undefined) return asked.errorResponse;
  if (asked.isOlder) return NOT_STATELESS;
  if (asked.results.length === 0 && asked.unavailable.length > 0)
    return unavailableMembers(asked.unavailable);
  const results = asked.results.map(({ member, result }) => ({ member: member.name, result }));
  const { id } = call.admitted;
  const text = mergedDiscover({ results, gateway: gatewayInfo(call), id, unavailable: asked.unavailable });
  if (text === undefined) return NOT_STATELESS;
  await reply.finish(text);
  return undefined;
}

const NOT_STATELESS = errorResponse(
  "unknown_method",
  "Method not found: server/discover. A server behind this URL is of an earlier revision: begin with initialize.",
);

type Asked = { results: Result[]; isOlder: boolean; unavailable: string[]; errorResponse?: ErrorResponse };

async function askAll({ call, sessions, reply }: HandshakeParts): Promise<Asked> {
  const { members, undecided } = await membersOf(call);
  const { request } = call.exchange;
  const parts = await Promise.all(
    members.map((member) => askMember({ call, sessions, member, request, onMessage: reply.message })),
  );
  const results = parts.filter((part) => part.type === "result");
  const others = parts.filter((part) => part.type !== "result");
  const down = others.filter((part) => part.type === "unavailable");
  const isHandshakeOfSessions = call.admitted.messages[0]?.method === "initialize";
  // A member of another era cannot take part in this one.
  const missing = isHandshakeOfSessions ? others : down;
  const { names, errorResponse: failure } = reportUnavailable(call, [
    ...undecided,
    ...missing.map((part) => ({
      name: part.member.name,
      reason: part.type === "unavailable" ? part.reason : part.type,
    })),
  ]);
  return {
    results,
    isOlder: others.length > down.length,
    unavailable: names,
    ...(failure && { errorResponse: failure }),
  };
}

function gatewayInfo({ title }: CombinedCall) {
  const { name, version } = packageJson;
  return { name, version, ...(title !== undefined && { title }) };
}
