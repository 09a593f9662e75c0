// Reads a response if the server has rules or curation, so that lists only contain what the caller may use.

import type { Readable } from "node:stream";
import { hasAccessRules } from "../core/access.ts";
import type { AdmittedRequest } from "../core/admit-request.ts";
import type { BodyFilter } from "../core/body-filter.ts";
import { type BodyFormat, bodyFormat, firstVisible, isEventStream, MEDIA_TYPE } from "../core/body-format.ts";
import { type ErrorResponse, errorBody, errorResponse } from "../core/error-response.ts";
import type { Headers } from "../core/headers.ts";
import { FILTERED_MESSAGE_MAX_BYTES } from "../core/limits.ts";
import { filterListText, type ListView } from "../core/list-filter.ts";
import { messageIdIn } from "../core/message-id.ts";
import { isStateless } from "../core/protocol-era.ts";
import { createSseFilter, type SseFilterParts } from "../core/sse-filter.ts";
import { decodeUtf8 } from "../core/utf8.ts";
import { createWatchedBody } from "../core/watched-body.ts";
import { holdBody, wholeBody } from "../platform/held-body.ts";
import { heldFault } from "./check-response.ts";

/**
 * How a response is read. `filtered`: message by message; unreadable messages are not relayed. `watched`: relayed as it arrives, and
 * searched for lists. `unread`: relayed as it arrives.
 */
export type Reading = "filtered" | "watched" | "unread";

export type ResponseParts = {
  admitted: AdmittedRequest;
  method: string;
  requestId: string;
  status: number;
  headers: Headers;
  body: Readable;
  /** the request belongs to a session */
  inSession: boolean;
  /** how long the response may be read before its status is sent, in milliseconds */
  maxMs: number;
  /** called for each unreadable event that was replaced with an error */
  onReplaced: (cause: Error) => void;
  /** called for each list with pinned tools: by tool, whether the definition is the pinned one */
  onPinned?: (isPinned: ReadonlyMap<string, boolean>) => void;
  /** the GET resumes the stream of a request that cannot return lists; default false */
  cannotReturnLists?: boolean;
};

/** A response to relay, or the error response to send instead. */
export type ResponseReading =
  | { ok: true; headers: Headers; body: Readable; filter: BodyFilter | undefined }
  | { ok: false; errorResponse: ErrorResponse; cause: Error };

/**
 * Chooses how the response to a request is read.
 *
 * @param admitted the request and its caller
 * @param cannotReturnLists see {@link ResponseParts}
 */
export function readingOf(
  { server, messages }: AdmittedRequest,
  method: string,
  cannotReturnLists = false,
): Reading {
  const isChanged =
    server.curation !== undefined || (hasAccessRules(server) && server.rulesMode === "enforce");
  if (!isChanged) return "unread";
  const lists = method === "GET" ? !cannotReturnLists : messages.some((message) => mayList(message.method));
  return lists ? "filtered" : "watched";
}

/**
 * Reads a response as far as the server's rules require, before status and headers are sent.
 *
 * @param parts the response and its request
 * @returns rejects if the body can't be read; it is then closed
 */
export async function readResponse(parts: ResponseParts): Promise<ResponseReading> {
  const { admitted, method, headers, body, cannotReturnLists } = parts;
  switch (readingOf(admitted, method, cannotReturnLists)) {
    case "unread":
      return { ok: true, headers, body, filter: undefined };
    case "watched":
      return { ok: true, headers, body, filter: createWatchedBody(filterParts(parts)) };
    case "filtered":
      return readLists(parts);
  }
}

async function readLists(parts: ResponseParts): Promise<ResponseReading> {
  const { headers } = parts;
  const contentType = headers["content-type"];
  // The first event of a GET stream may take any time, but its client waits for the status.
  if (parts.method === "GET" && isEventStream(contentType))
    return {
      ok: true,
      headers: withType(headers, "event-stream"),
      body: parts.body,
      filter: createSseFilter(filterParts(parts)),
    };
  let visible = Buffer.alloc(0);
  let format: BodyFormat = "unknown";
  const isStream = (chunk: Buffer) => {
    if (format === "unknown" && (visible.length > 0 || firstVisible(chunk) !== undefined)) {
      visible = Buffer.concat([visible, chunk]);
      format = bodyFormat(visible, false, contentType);
    }
    return format === "event-stream";
  };
  try {
    const held = await holdBody(parts.body, isStream, {
      maxBytes: FILTERED_MESSAGE_MAX_BYTES,
      maxMs: parts.maxMs,
    });
    if (held.hasEnded) format = bodyFormat(held.start, true, contentType);
    switch (format) {
      case "event-stream":
        return {
          ok: true,
          headers: withType(headers, format),
          body: held.body,
          filter: createSseFilter(filterParts(parts)),
        };
      case "json":
        return readJsonResponse(held.start, parts);
      default:
        return { ok: true, headers, body: wholeBody(held.start), filter: undefined };
    }
  } catch (cause) {
    return { ok: false, ...heldFault(cause as Error, parts.admitted) };
  }
}

function readJsonResponse(bytes: Buffer, parts: ResponseParts): ResponseReading {
  const { headers, status } = parts;
  const text = decodeUtf8(bytes);
  const filtered = text === undefined ? undefined : filterListText(text, viewOf(parts));
  if (filtered !== undefined) {
    const body = wholeBody(filtered === text ? bytes : Buffer.from(filtered));
    return { ok: true, headers: withType(headers, "json"), body, filter: undefined };
  }
  // Clients use only the status: 405 means that there is no GET stream, 404 that the session has ended.
  if (status === 405 || (status === 404 && parts.inSession)) {
    const { "content-type": _, ...others } = headers;
    return { ok: true, headers: others, body: wholeBody(Buffer.alloc(0)), filter: undefined };
  }
  const type = headers["content-type"] ?? "no content type";
  return invalid(
    UNREADABLE,
    new Error(`unreadable response: status ${status}, ${type}, ${bytes.length} bytes`),
  );
}

const UNREADABLE =
  "The MCP server's response is not valid JSON or a valid event stream. The administrator must check the server.";

function invalid(message: string, cause: Error): ResponseReading {
  return { ok: false, errorResponse: errorResponse("downstream_invalid_response", message), cause };
}

function filterParts(parts: ResponseParts): SseFilterParts {
  const { admitted, requestId, onReplaced } = parts;
  const view = viewOf(parts);
  return {
    maxBytes: FILTERED_MESSAGE_MAX_BYTES,
    change: (data) => filterListText(data, view),
    errorFor: (data) => {
      onReplaced(new Error(`unreadable event of ${data.length} characters`));
      const replacement = errorResponse("downstream_invalid_response", UNREADABLE);
      const { id, hasMethod } = messageIdIn(data);
      // A request from the server has the server's id, which is unknown to the client.
      return errorBody(replacement, (hasMethod ? null : id) ?? admitted.id, requestId);
    },
  };
}

function viewOf({ admitted, onPinned }: ResponseParts): ListView {
  const { server, principal, protocolVersion } = admitted;
  return { server, principal, statesCacheScope: isStateless(protocolVersion), onPinned };
}

function withType(headers: Headers, format: keyof typeof MEDIA_TYPE): Headers {
  return { ...headers, "content-type": MEDIA_TYPE[format] };
}

/** Whether the response to a method may contain a list: the four list methods, and spellings that a lax server may accept. */
function mayList(method: string | undefined): boolean {
  return /list[^a-z]*$/i.test(method?.normalize("NFKC") ?? "");
}
