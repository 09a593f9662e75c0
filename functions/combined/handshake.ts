// How a client begins: `initialize` with all members' capabilities (revisions with sessions), and `server/discover` (2026-07-28).
import { randomBytes } from "node:crypto";
import packageJson from "../../package.json" with { type: "json" };
import {
  type MemberResult,
  mergedDiscover,
  mergedInitialize,
  mergedVersion,
} from "../core/combined/merge-capabilities.ts";
import type { MemberSession } from "../core/combined/session-map.ts";
import { invalidCapabilities } from "../core/combined/valid-parts.ts";
import { errorResponse } from "../core/error-response.ts";
import { objectOrEmpty } from "../core/json.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { logText } from "../core/safe-text.ts";
import { describeFailure } from "../platform/failure.ts";
import type { CombinedCall, Outcome } from "./call.ts";
import { askAll } from "./fan-out.ts";
import type { MergedReply } from "./merged-reply.ts";
import { reportUnavailable, unavailableMembers } from "./unavailable.ts";

/** Responds to `initialize`, which begins a new session. */
export async function respondWithInitialize(
  received: CombinedCall,
  message: McpMessage,
  reply: MergedReply,
): Promise<Outcome> {
  const call = withoutSession(received);
  const { sessions, admitted } = call;
  const { principal, id } = admitted;
  // Messages wait for the response, whose headers contain the session id.
  const { parts, undecided } = await askAll(call, reply.later);
  const missing = [...undecided];
  const open: [member: string, result: unknown, session: MemberSession][] = [];
  for (const part of parts) {
    if (part.type === "unavailable") missing.push(part);
    // A member of another era cannot take part.
    else if (part.type !== "result") missing.push({ name: part.member.name, status: 502, reason: part.type });
    else {
      const { member, response, text, result } = part;
      const session = await sessions.begun(member, response, text).catch(describeFailure);
      if (typeof session === "string") missing.push({ name: member.name, status: 502, reason: session });
      else open.push([member.name, result, session]);
    }
  }
  const { names, errorResponse: failure } = reportUnavailable(call, missing);
  if (failure !== undefined) return failure;
  if (open.length === 0 && missing.length > 0) return unavailableMembers(missing);

  const results = open.map(([member, result]) => ({ member, result }));
  reportInvalid(call, results);
  const { capabilities, clientInfo } = message.params;
  const protocolVersion = mergedVersion(results, message.params["protocolVersion"]);
  const session = {
    nonce: randomBytes(NONCE_BYTES).toString("base64url"),
    protocolVersion,
    client: { capabilities, clientInfo },
    members: new Map(open.map(([member, , own]) => [member, own])),
  };
  const merged = { results, gateway: gatewayInfo(call), id, unavailable: names, protocolVersion };
  await reply.finish(mergedInitialize(merged), {
    "mcp-session-id": await sessions.seal(session, principal),
  });
  return undefined;
}

/**
 * Responds to `server/discover`. If any member is of an older revision, the endpoint responds as a server of that revision does: a client of
 * both eras then initialises, which all members understand.
 */
export async function respondWithDiscover(call: CombinedCall, reply: MergedReply): Promise<Outcome> {
  const { parts, undecided } = await askAll(call, reply.message);
  const missing = [...undecided, ...parts.filter((part) => part.type === "unavailable")];
  const { names, errorResponse: failure } = reportUnavailable(call, missing);
  if (failure !== undefined) return failure;
  if (parts.some(({ type }) => type === "unsupported" || type === "rejected")) return NOT_STATELESS;
  const available = parts.filter((part) => part.type === "result");
  if (available.length === 0 && missing.length > 0) return unavailableMembers(missing);
  const results = available.map(({ member, result }) => ({ member: member.name, result }));
  reportInvalid(call, results);
  const { id } = call.admitted;
  const text = mergedDiscover({ results, gateway: gatewayInfo(call), id, unavailable: names });
  if (text === undefined) return NOT_STATELESS;
  await reply.finish(text);
  return undefined;
}

function reportInvalid({ omitted }: CombinedCall, results: readonly MemberResult[]): void {
  for (const { member, result } of results) {
    const keys = invalidCapabilities(objectOrEmpty(objectOrEmpty(result)["capabilities"]));
    if (keys.length > 0) omitted(member, `invalid capabilities: ${logText(keys.join(", "))}`);
  }
}

const NOT_STATELESS = errorResponse(
  "unknown_method",
  "Method not found: server/discover. A server behind this URL supports only an earlier revision: begin with initialize.",
);

/** Enough to tell the sessions of one caller apart; the session id has little space. */
const NONCE_BYTES = 8;

function withoutSession(call: CombinedCall): CombinedCall {
  const { request } = call.exchange;
  const headers = new Map(request.headers);
  headers.delete("mcp-session-id");
  return { ...call, session: undefined, exchange: { ...call.exchange, request: { ...request, headers } } };
}

function gatewayInfo({ title }: CombinedCall) {
  const { name, version } = packageJson;
  return { name, version, ...(title !== undefined && { title }) };
}
