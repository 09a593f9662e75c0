// Relays the response of the one member that a request is for, with the names of the combined endpoint.
import { isUtf8 } from "node:buffer";
import type { Readable } from "node:stream";
import { type BodyFilter, chainFilters } from "../core/body-filter.ts";
import { isEventStream, MEDIA_TYPE } from "../core/body-format.ts";
import {
  mayNeedTranslation,
  messageTranslator,
  streamTranslator,
  type TranslateMessage,
} from "../core/combined/client-message.ts";
import { clientEventId } from "../core/combined/names.ts";
import { type MemberStream, watchResponses, withOwnId } from "../core/combined/own-responses.ts";
import { errorBody, errorResponse } from "../core/error-response.ts";
import { eventIdFilter } from "../core/event-ids.ts";
import type { Headers } from "../core/headers.ts";
import { holdBytes } from "../core/held-bytes.ts";
import { isJsonObject, objectOrEmpty, readJson } from "../core/json.ts";
import { LENIENT } from "../core/lenient-json.ts";
import { COMBINED_RETRY_MAX_MS, FILTERED_MESSAGE_MAX_BYTES } from "../core/limits.ts";
import { type Watch, watchEvents } from "../core/list-watch.ts";
import { messageIdIn } from "../core/message-id.ts";
import { isJsonText } from "../core/response-kind.ts";
import { createSseFilter } from "../core/sse-filter.ts";
import { describeFailure } from "../platform/failure.ts";
import { type CombinedCall, type Outcome, withoutMember } from "./call.ts";
import { discardRest, type MemberResponse } from "./member-call.ts";
import { memberResponseText } from "./member-messages.ts";
import type { Member } from "./members.ts";
import { OTHER_PROGRESS, tokenOpener } from "./progress.ts";
import { UNKNOWN_EVENT } from "./unknown-target.ts";

/**
 * Relays a member's response.
 *
 * @param stream to which the response belongs
 * @returns the error response to send instead if the member's cannot be read
 * @throws Error if the response fails after it has begun
 */
export async function relayMember(
  call: CombinedCall,
  member: Member,
  response: MemberResponse,
  stream: MemberStream,
): Promise<Outcome> {
  const { exchange, combined, admitted } = call;
  const { name } = member;
  const { "mcp-session-id": _, ...headers } = response.headers;
  const { status } = response;
  if (status === 404 && call.session !== undefined && waitsForResponse(call))
    return relayNotFound(call, member, response);
  const translate = streamTranslator(name, combined, stream, await tokenOpener(call, member));
  if (isEventStream(headers["content-type"])) {
    const errorFor = (data: string) => {
      call.omitted(name, `an event of ${data.length} characters that cannot be relayed`);
      return errorBody(UNREADABLE, messageIdIn(data).hasMethod ? null : admitted.id, exchange.requestId);
    };
    const change: TranslateMessage = (data) => {
      // An event may be a comment alone.
      if (data === "") return data;
      const changed = translate(data);
      if (changed === "") call.omitted(name, OTHER_PROGRESS);
      return changed;
    };
    const filter = chainFilters(
      createSseFilter({
        maxBytes: FILTERED_MESSAGE_MAX_BYTES,
        change,
        errorFor,
        watchLarge: () => watchLargeEvent(stream),
      }),
      eventIdFilter((id) => clientEventId(name, stream, id, combined), COMBINED_RETRY_MAX_MS),
    );
    call.relaying(status);
    const head = { status, headers: { ...headers, "content-type": MEDIA_TYPE["event-stream"] } };
    await exchange.reply.relay(head, response.body, { filter });
    return undefined;
  }
  // With an error status, the MCP SDK for Python writes an id of its own.
  const translateError: TranslateMessage = (text) => {
    const translated = messageTranslator(name, combined)(text);
    return translated && withOwnId(translated, admitted.id);
  };
  const translated = await translatedBody(
    response,
    status >= 400 ? translateError : translate,
    watchResponses(stream),
  );
  if (typeof translated === "string") {
    call.omitted(name, translated);
    return UNREADABLE;
  }
  call.relaying(status);
  const head = { status, headers: typedHeaders(headers, translated.start) };
  if ("bytes" in translated) await exchange.reply.send(head, translated.bytes);
  else {
    const relayed = exchange.reply.relay(head, translated.body, { filter: translated.filter });
    translated.body.resume();
    await relayed;
  }
  return undefined;
}

/** Whether the client's message is a request, or resumes the stream of one. The session of any other message is lost with the member's. */
function waitsForResponse({ admitted: { messages } }: CombinedCall): boolean {
  return messages.every(({ method, id }) => method !== undefined && id !== undefined);
}

/**
 * Relays a member's error of status 404. As a status of this URL, it would tell the client that its session with all members is lost.
 *
 * @returns the error response to send instead if there is no JSON-RPC error
 */
async function relayNotFound(
  call: CombinedCall,
  { name }: Member,
  response: MemberResponse,
): Promise<Outcome> {
  const { exchange, combined, admitted } = call;
  if (admitted.messages.length === 0) {
    discardRest(response);
    return UNKNOWN_EVENT;
  }
  const text = await memberResponseText(response, () => {}).catch(() => "");
  const translated = messageTranslator(name, combined)(text) ?? "";
  const { error } = objectOrEmpty(readJson(translated, LENIENT).value);
  if (!isJsonObject(error)) {
    call.omitted(name, "a response of status 404 without an error");
    return UNREADABLE;
  }
  call.relaying(200);
  const { "mcp-session-id": _, ...headers } = response.headers;
  const head = { status: 200, headers: { ...headers, "content-type": MEDIA_TYPE.json } };
  await exchange.reply.send(head, JSON.stringify({ jsonrpc: "2.0", id: admitted.id, error }));
  return undefined;
}

/** The media type by which the body was read here: clients may read another one of the member's in another way, such as that of a stream. */
function typedHeaders(headers: Headers, start: Buffer): Headers {
  if (start.length === 0) return headers;
  return { ...headers, "content-type": isJsonText(start) ? MEDIA_TYPE.json : "text/plain" };
}

/** Sends a request to the one member that it needs, and relays the response. @see {@link relayMember} */
export async function relayNeeded(
  call: CombinedCall,
  member: Member,
  send: () => Promise<MemberResponse>,
  stream: MemberStream,
): Promise<Outcome> {
  let response: MemberResponse;
  try {
    response = await send();
  } catch (cause) {
    return withoutMember(call, { name: member.name, status: 502, reason: describeFailure(cause) });
  }
  return relayMember(call, member, response, stream);
}

/** A body to relay. `start`: its first bytes, as the member sent them. */
type TranslatedBody = { start: Buffer } & ({ bytes: Buffer } | { body: Readable; filter: BodyFilter });

/** @returns the reason if the body is incomplete, or contains what cannot be translated */
async function translatedBody(
  { body }: MemberResponse,
  translate: TranslateMessage,
  watch: Watch,
): Promise<TranslatedBody | string> {
  let held: ReadBytes;
  try {
    held = await readUpTo(body, FILTERED_MESSAGE_MAX_BYTES);
  } catch {
    return "an incomplete response";
  }
  const { start } = held;
  if (!held.hasEnded) {
    if (!mayNeedTranslation(start.toString("latin1")))
      return { start, body, filter: untranslatedOnly(watch) };
    body.destroy();
    return UNTRANSLATED;
  }
  if (start.length === 0) return { start, bytes: start };
  const text = start.toString("utf8");
  const translated = translate(text);
  if (translated === undefined) return `a response of ${start.length} bytes that cannot be relayed`;
  // Some readers accept invalid UTF-8, and see other ids in it.
  return { start, bytes: translated === text && isUtf8(start) ? start : Buffer.from(translated) };
}

type ReadBytes = { start: Buffer; hasEnded: boolean };

/**
 * Reads a body to its end, which the member's own time limits guarantee. It uses events, because an iterator costs 5 % of a call's CPU time.
 *
 * @returns the bytes; `hasEnded` is false if there are more than `maxBytes`: the body is then paused, and begins with them
 */
function readUpTo(body: Readable, maxBytes: number): Promise<ReadBytes> {
  return new Promise((resolve, reject) => {
    const held = holdBytes();
    const settle = () => body.off("data", take).off("end", end).off("close", fail);
    const take = (chunk: Buffer) => {
      held.add(chunk);
      if (held.length <= maxBytes) return;
      settle();
      body.pause();
      const start = held.take();
      body.unshift(start);
      resolve({ start, hasEnded: false });
    };
    const end = () => {
      settle();
      resolve({ start: held.take(), hasEnded: true });
    };
    const fail = () => {
      settle();
      reject(body.errored ?? new Error("the body was closed"));
    };
    body
      .on("error", () => {})
      .on("data", take)
      .on("end", end)
      .on("close", fail);
    if (body.closed) fail();
  });
}

/** No key that matters is longer, in bytes. */
const OVERLAP_BYTES = 64;

/** Watches a text for keys whose values must be translated. */
function watchNames(): Watch {
  let end = "";
  return {
    sees(bytes) {
      const text = end + bytes.toString("latin1");
      end = text.slice(-OVERLAP_BYTES);
      return mayNeedTranslation(text);
    },
  };
}

/**
 * Passes on a body that is too large to be translated, as long as it contains nothing to translate: usually, it is one large piece of base64.
 *
 * @param watch sees a response that must not be relayed
 * @returns a filter that throws when it finds a key whose value must be translated, or such a response
 */
function untranslatedOnly(watch: Watch): BodyFilter {
  const names = watchNames();
  return {
    push(chunk) {
      if (names.sees(chunk)) throw new Error(UNTRANSLATED);
      if (watch.sees(chunk)) throw new Error(OTHER_REQUEST);
      return [chunk];
    },
    rest: () => [],
  };
}

/** Watches an event that is too large to be translated: an error replaces it if its first part must not be relayed. */
function watchLargeEvent(stream: MemberStream): Watch {
  const names = watchNames();
  const responses = watchEvents(() => watchResponses(stream));
  let hasBegun = false;
  return {
    sees(bytes) {
      const isOther = responses.sees(bytes);
      const isSeen = isOther || names.sees(bytes);
      if (isSeen && hasBegun) throw new Error(isOther ? OTHER_REQUEST : UNTRANSLATED);
      hasBegun = true;
      return isSeen;
    },
  };
}

const UNTRANSLATED = `a message of more than ${FILTERED_MESSAGE_MAX_BYTES} bytes contains names`;
const OTHER_REQUEST = "a response to another request than the stream's";

const UNREADABLE = errorResponse(
  "downstream_invalid_response",
  "The MCP server's response is incomplete, too large or ambiguous, so it is not relayed. The administrator must check the server.",
);
