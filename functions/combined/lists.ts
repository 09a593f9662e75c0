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
import { objectOrEmpty, readJson } from "../core/json.ts";
import { LENIENT } from "../core/lenient-json.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { type CombinedCall, membersOf, type Outcome } from "./call.ts";
import { askMember, type MemberPart, type MemberRequest } from "./fan-out.ts";
import type { MergedReply } from "./merged-reply.ts";
import { reportUnavailable, type UnavailableMember, unavailableMembers } from "./unavailable.ts";
import { unknownTarget } from "./unknown-target.ts";

/** Pages of one member, and entries and characters of all members, after which a response ends with a cursor. */
const PAGES_MAX = 10;
const PAGED_ENTRIES_MAX = 2_000;
const CHARACTERS_MAX = 8 * 1024 * 1024;

/** Responds to a list request. */
export async function respondWithList(
  call: CombinedCall,
  method: ListMethod,
  { params }: McpMessage,
  reply: MergedReply,
): Promise<Outcome> {
  const { id, protocolVersion } = call.admitted;
  // Some clients write null for no cursor.
  const cursor = params["cursor"] ?? undefined;
  const positions = cursor === undefined ? undefined : await openCursor(call, method, cursor);
  if (cursor !== undefined && positions === undefined) return unknownCursor();

  const { members, undecided } = await membersOf(call);
  const isAsked = ({ name }: { name: string }) => positions === undefined || positions.has(name);
  const asked = { method, endsAt: call.endOfPart(), onMessage: reply.message };
  const read = await Promise.all(
    members
      .filter(isAsked)
      .map((member) => readPages(call, { ...asked, member, from: positions?.get(member.name) })),
  );
  const [rejection] = read.flatMap(({ rejection: own }) => own ?? []);
  if (rejection !== undefined && read.every((own) => own.rejection !== undefined)) {
    // The request is at fault, not a member: it may state an unsupported revision, for example.
    // 404 would tell the client that its session with all members is lost.
    const isAmbiguous = rejection.status === 404 && call.session !== undefined;
    await reply.finish(rejection.text, {}, isAmbiguous ? 200 : rejection.status);
    return undefined;
  }
  const { nextCursor, omitted } = await sealCursor(call, method, read);
  const missing = [
    ...undecided.filter(isAsked),
    ...read.flatMap(({ failure }) => failure ?? []),
    ...omitted.map((name) => ({ name, status: 502, reason: "the cursor is too long" })),
  ];
  const { names, errorResponse } = reportUnavailable(call, missing);
  if (errorResponse !== undefined) return errorResponse;
  const pages = read.flatMap(({ member, pages }) => pages.map((page) => ({ ...page, member })));
  if (pages.length === 0 && missing.length > 0) return unavailableMembers(missing);
  if (pages.length === 0 && read.length > 0) return unknownTarget({ kind: "method", name: method });
  await reply.finish(mergedList({ method, id, pages, nextCursor, unavailable: names, protocolVersion }));
  return undefined;
}

/** Seals where the members' lists continue. `omitted`: members whose cursors are too long for that. */
async function sealCursor(
  { ids, admitted }: CombinedCall,
  method: ListMethod,
  read: readonly ReadPages[],
): Promise<{ nextCursor?: string; omitted: string[] }> {
  const kept = new Map<string, ListPosition>();
  const omitted: string[] = [];
  let text: string | undefined;
  for (const { member, next } of read) {
    if (next === undefined) continue;
    const longer = encodeCursor(method, new Map([...kept, [member, next]]));
    if (longer === undefined) {
      omitted.push(member);
      continue;
    }
    kept.set(member, next);
    text = longer;
  }
  if (text === undefined) return { omitted };
  const sealed = (await ids.sealer())("cursor", text, { ...admitted.principal, server: COMBINED });
  return sealed === undefined ? { omitted: [...omitted, ...kept.keys()] } : { nextCursor: sealed, omitted };
}

async function openCursor(
  { ids, admitted }: CombinedCall,
  method: ListMethod,
  cursor: unknown,
): Promise<ListPositions | undefined> {
  if (typeof cursor !== "string") return undefined;
  const text = (await ids.opener())("cursor", cursor, { ...admitted.principal, server: COMBINED });
  return text === undefined ? undefined : decodeCursor(text, method);
}

type ListRequest = Omit<MemberRequest, "request"> & {
  method: ListMethod;
  /** where the list continues; omitted: at its start */
  from?: ListPosition | undefined;
};

type ReadPages = {
  member: string;
  pages: ListPage[];
  /** where the member's list continues */
  next?: ListPosition;
  failure?: UnavailableMember;
  /** the member's error response to the first request */
  rejection?: { text: string; status: number };
};

async function readPages(
  call: CombinedCall,
  { method, from = { from: "start" }, ...asked }: ListRequest,
): Promise<ReadPages> {
  const { name } = asked.member;
  const share = 1 / call.combined.members.length;
  const pages: ListPage[] = [];
  const cursors = new Set<string>();
  let [entries, characters] = [0, 0];
  let position = from;
  while (
    pages.length < PAGES_MAX &&
    entries < PAGED_ENTRIES_MAX * share &&
    characters < CHARACTERS_MAX * share
  ) {
    const request = listRequest(call.exchange.request, position);
    const part = await askMember(call, { ...asked, request });
    if (part.type === "unsupported") return { member: name, pages };
    const page =
      part.type === "result" ? listPage(part.text, method, call.admitted.protocolVersion) : undefined;
    if (part.type !== "result" || page === undefined) {
      // What was read is sent; the client learns of the failure if it persists.
      if (pages.length > 0) return { member: name, pages, next: position };
      const rejection = part.type === "rejected" && { rejection: part };
      return { member: name, pages, failure: failureOf(name, part), ...rejection };
    }
    if (page.invalid !== undefined) {
      const { count, first } = page.invalid;
      call.omitted(name, `${count} invalid entries in its response to ${method}, the first: ${first}`);
    }
    // A server that ignores cursors would make the merged list endless.
    if (position.from === "cursor") cursors.add(position.cursor);
    const isRepeated = page.nextCursor !== undefined && cursors.has(page.nextCursor);
    if (isRepeated) call.omitted(name, `a repeated cursor in its response to ${method}`);
    // Models reject tools that are listed twice.
    if (!isRepeated || page.entries.join() !== pages.at(-1)?.entries.join()) pages.push(page);
    entries += page.entries.length;
    characters += part.text.length;
    if (page.nextCursor === undefined || isRepeated) return { member: name, pages };
    position = { from: "cursor", cursor: page.nextCursor };
  }
  return { member: name, pages, next: position };
}

function failureOf(name: string, part: MemberPart): UnavailableMember {
  if (part.type === "unavailable") return part;
  const reason = part.type === "rejected" ? "rejected" : "the result contains no list";
  return { name, status: 502, reason };
}

/** The client's request with a member's own cursor, or none. */
function listRequest(request: GatewayRequest, position: ListPosition): GatewayRequest {
  // It was accepted with the configuration's maximum depth.
  const message = readJson(request.body as string, LENIENT).value as Record<string, unknown>;
  const { cursor, ...others } = objectOrEmpty(message["params"]);
  if (position.from === "start" && cursor === undefined) return request;
  const params = position.from === "cursor" ? { ...others, cursor: position.cursor } : others;
  return { ...request, body: JSON.stringify({ ...message, params }) };
}
