// Merged lists: the members' entries in their order. Pages are followed within bounds; then a sealed cursor says where each member's list
// continues.
import type { GatewayRequest } from "../core/admit-request.ts";
import {
  decodeCursor,
  encodeCursor,
  type ListPosition,
  type ListPositions,
  unknownCursor,
} from "../core/combined/list-cursor.ts";
import { type ListMethod, type ListPage, listPage, mergedList } from "../core/combined/merge-lists.ts";
import { COMBINED } from "../core/config/combined-endpoint.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import { isJsonObject, readJson } from "../core/json.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import type { SealedIds } from "../proxy/sealed-ids.ts";
import { type CombinedCall, membersOf } from "./call.ts";
import { askMember, type MemberPart } from "./fan-out.ts";
import type { Member } from "./members.ts";
import type { MergedReply } from "./merged-reply.ts";
import type { Sessions } from "./sessions.ts";
import { reportUnavailable } from "./unavailable.ts";

/** Pages of one member, and entries of all members, that one response contains before it ends with a cursor. */
const PAGES_MAX = 10;
const ENTRIES_MAX = 2_000;

export type ListParts = {
  call: CombinedCall;
  sessions: Sessions;
  ids: SealedIds;
  method: ListMethod;
  message: McpMessage;
  reply: MergedReply;
};

/** Responds to a list request. @returns the error response to send instead, if there is one */
export async function respondWithList(parts: ListParts): Promise<ErrorResponse | undefined> {
  const { call, ids, method, message, reply } = parts;
  const { principal, id, protocolVersion } = call.admitted;
  const cursor = message.params["cursor"];
  const positions = cursor === undefined ? undefined : await openCursor(cursor, parts);
  if (cursor !== undefined && positions === undefined) return unknownCursor();

  const { members, undecided } = await membersOf(call);
  const asked = members.filter(({ name }) => positions === undefined || positions.has(name));
  const read = await Promise.all(
    asked.map((member) => readPages(parts, member, positions?.get(member.name))),
  );
  const failed = read.flatMap(({ failure }) => failure ?? []);
  const unavailable = reportUnavailable(call, [
    ...undecided,
    ...failed.map(({ member, reason }) => ({ name: member.name, reason })),
  ]);
  if (unavailable.errorResponse !== undefined) return unavailable.errorResponse;
  const continued = read.flatMap(({ member, next }) => (next === undefined ? [] : [[member, next] as const]));
  const nextCursor = continued.length === 0 ? undefined : await sealCursor(new Map(continued));
  if (continued.length > 0 && nextCursor === undefined) return CURSOR_TOO_LONG;
  const pages = read.flatMap(({ member, pages }) => pages.map((page) => ({ ...page, member })));
  await reply.finish(
    mergedList({ method, id, pages, nextCursor, unavailable: unavailable.names, protocolVersion }),
  );
  return undefined;

  async function sealCursor(next: ListPositions): Promise<string | undefined> {
    const text = encodeCursor(method, next);
    return text === undefined ? undefined : (await ids.sealer())("cursor", text, binding());
  }

  function binding() {
    return { ...principal, server: COMBINED };
  }
}

/** A list must not end early without a notice. */
const CURSOR_TOO_LONG = errorResponse(
  "downstream_invalid_response",
  "The servers' cursors are too long to be combined. Use each server's own URL.",
);

async function openCursor(
  cursor: unknown,
  { ids, call, method }: ListParts,
): Promise<ListPositions | undefined> {
  if (typeof cursor !== "string") return undefined;
  const text = (await ids.opener())("cursor", cursor, { ...call.admitted.principal, server: COMBINED });
  return text === undefined ? undefined : decodeCursor(text, method);
}

type ReadPages = {
  member: string;
  pages: ListPage[];
  /** where the member's list continues */
  next?: ListPosition;
  failure?: Extract<MemberPart, { type: "unavailable" }>;
};

async function readPages(parts: ListParts, member: Member, from?: ListPosition): Promise<ReadPages> {
  const { call, sessions, method, reply } = parts;
  const { name } = member;
  const share = Math.ceil(ENTRIES_MAX / call.names.members.length);
  const pages: ListPage[] = [];
  let count = 0;
  let position: ListPosition = from ?? { from: "start" };
  while (pages.length < PAGES_MAX && count < share) {
    const request = listRequest(call.exchange.request, position);
    const part = await askMember({ call, sessions, member, request, onMessage: reply.message });
    if (part.type === "unsupported") return { member: name, pages };
    const page = part.type === "result" ? listPage(part.text, method) : undefined;
    if (page === undefined) {
      const failure: ReadPages["failure"] =
        part.type === "unavailable"
          ? part
          : {
              type: "unavailable",
              member,
              status: 502,
              reason: part.type === "rejected" ? "rejected" : "no list",
            };
      return pages.length > 0 ? { member: name, pages, next: position } : { member: name, pages, failure };
    }
    pages.push(page);
    count += page.entries.length;
    if (page.nextCursor === undefined) return { member: name, pages };
    position = { from: "cursor", cursor: page.nextCursor };
  }
  return { member: name, pages, next: position };
}

/** The client's request with a member's own cursor, or none. */
function listRequest(request: GatewayRequest, position: ListPosition): GatewayRequest {
  const { value } = readJson(request.body as string);
  const message = value as Record<string, unknown>;
  const { cursor: _, ...params } = isJsonObject(message["params"]) ? message["params"] : {};
  const own = position.from === "cursor" ? { ...params, cursor: position.cursor } : params;
  return {
    ...request,
    body: JSON.stringify({ ...message, ...(Object.keys(own).length > 0 && { params: own }) }),
  };
}
