// Merges event streams of several members into one: the streams of a GET (revisions with sessions), and subscriptions (2026-07-28). Every
// event is sent on as it arrives.
import { PassThrough } from "node:stream";
import { isEventStream, MEDIA_TYPE } from "../core/body-format.ts";
import { streamTranslator } from "../core/combined/client-message.ts";
import { clientEventId } from "../core/combined/names.ts";
import type { MemberStream } from "../core/combined/own-responses.ts";
import { limitedRetry } from "../core/event-ids.ts";
import { COMBINED_RETRY_MAX_MS, FILTERED_MESSAGE_MAX_BYTES } from "../core/limits.ts";
import { createSseSplitter, readEvent, withData } from "../core/sse-events.ts";
import type { CombinedCall } from "./call.ts";
import { discardRest, type MemberResponse } from "./member-call.ts";
import type { Member } from "./members.ts";
import { drained } from "./merged-reply.ts";
import { OTHER_PROGRESS, tokenOpener } from "./progress.ts";

/** Writes an event to the client. */
export type WriteEvent = (event: string) => void;

/** A response that is not an event stream. */
export type OtherResponse = { member: Member; response: MemberResponse };

export type MergeParts = {
  call: CombinedCall;
  members: readonly Member[];
  /** the client's stream */
  stream: MemberStream;
  /** sends the request to a member */
  open: (member: Member) => Promise<MemberResponse>;
  /** decides what becomes of an event, with the clients' names in its data; omitted: it is written as it is. Nothing is read until it resolves */
  onEvent?: (
    member: Member,
    event: { data: string; text: string },
    write: WriteEvent,
  ) => void | Promise<void>;
  /** called when a member's stream has ended, or could not be opened */
  onEnd?: (member: Member, write: WriteEvent) => void;
  /** returns the last event, for when all streams have ended */
  lastEvent?: () => string | undefined;
};

/**
 * Relays the streams of several members as one, from the first that opens to the last that ends.
 *
 * @returns the members' other responses, in their order, if no stream could be opened and nothing has been sent; a member without a response has
 *   none
 */
export async function relayMerged(parts: MergeParts): Promise<OtherResponse[] | undefined> {
  const { call, members, open, onEnd, lastEvent } = parts;
  const { heartbeatMs, exchange } = call;
  const { audit, cors, reply } = exchange;
  const events = new PassThrough();
  const write: WriteEvent = (event) => void (events.writable && events.write(event));
  const begun = Promise.withResolvers<void>();
  const others = new Map<Member, MemberResponse>();

  const run = async (member: Member) => {
    try {
      const response = await open(member);
      if (response.status !== 200 || !isEventStream(response.headers["content-type"])) {
        others.set(member, response);
        return;
      }
      begun.resolve();
      await pump(parts, member, response, events, write);
    } catch {
      // The member's audit line says why its stream failed. The others continue.
    } finally {
      onEnd?.(member, write);
    }
  };
  const ended = Promise.all(members.map(run));
  const hasBegun = await Promise.race([begun.promise.then(() => true), ended.then(() => false)]);
  if (!hasBegun) {
    return members.flatMap((member) => {
      const response = others.get(member);
      return response === undefined ? [] : [{ member, response }];
    });
  }
  const finished = ended.then(() => {
    for (const response of others.values()) discardRest(response);
    const last = lastEvent?.();
    if (last !== undefined) write(last);
    events.end();
  });
  audit.responded(200);
  const headers = { "content-type": MEDIA_TYPE["event-stream"], "cache-control": "no-store", ...cors };
  try {
    await reply.relay({ status: 200, headers }, events, { heartbeatMs, onSent: audit.sent });
  } finally {
    // If the client has disconnected, streams that are still being opened are closed as soon as they are.
    await finished;
  }
  return undefined;
}

async function pump(
  { call, stream, onEvent }: MergeParts,
  member: Member,
  { body }: MemberResponse,
  events: PassThrough,
  write: WriteEvent,
): Promise<void> {
  const translate = streamTranslator(member.name, call.combined, stream, await tokenOpener(call, member));
  const eventIdOf = (id: string) => clientEventId(member.name, stream, id, call.combined);
  const splitter = createSseSplitter();
  const close = () => body.destroy();
  events.once("close", close);
  if (events.destroyed) close();
  try {
    for await (const chunk of body as AsyncIterable<Buffer>) {
      for (const bytes of splitter.push(chunk)) {
        // Without the byte order mark that may open a stream.
        const event = readEvent(new TextDecoder().decode(bytes));
        // Comments keep a member's own stream open; this one has its own.
        if (event.lines.every((line) => line === "" || line.startsWith(":"))) continue;
        const isEmpty = event.isClear && event.data === "";
        const data = event.isClear ? translate(event.data) : undefined;
        if (!data && !isEmpty) {
          call.omitted(member.name, data === "" ? OTHER_PROGRESS : "an event that cannot be relayed");
          continue;
        }
        const lines = event.lines.map((line) => clientLine(line, eventIdOf));
        const text = data ? withData({ ...event, lines }, data) : lines.join("\n");
        if (onEvent === undefined) write(text);
        else await onEvent(member, { data: data ?? "", text }, write);
      }
      if (splitter.pendingBytes > FILTERED_MESSAGE_MAX_BYTES) {
        call.omitted(member.name, "an event that is too large");
        return;
      }
      if (events.writableNeedDrain) await drained(events);
    }
  } finally {
    events.off("close", close);
  }
}

/** Event ids say which member's stream they are of. */
function clientLine(line: string, eventIdOf: (id: string) => string): string {
  const [, field, value = ""] = /^(id|retry): ?(.+)$/s.exec(line) ?? [];
  switch (field) {
    case "id":
      return `id: ${eventIdOf(value)}`;
    case "retry":
      return `retry: ${limitedRetry(value, COMBINED_RETRY_MAX_MS) ?? ""}`;
    default:
      return line;
  }
}
