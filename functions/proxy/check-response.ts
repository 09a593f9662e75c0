// Checks that a response is MCP before its status is sent. Successful JSON responses to requests are relayed unread, and so are event streams
// that cannot be of the legacy HTTP+SSE transport.
import { once } from "node:events";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { AdmittedRequest } from "../core/admit-request.ts";
import { firstVisible, isEventStream } from "../core/body-format.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import type { Headers } from "../core/headers.ts";
import { beginsWithEndpointEvent, hasSsePath, LEGACY_SSE_ADVICE } from "../core/legacy-sse.ts";
import {
  isAcceptance,
  isJsonText,
  isRpcMessage,
  isSeenEnough,
  type JudgedHead,
  neededLook,
  responseVerdict,
} from "../core/response-kind.ts";
import { logText } from "../core/safe-text.ts";
import { type HeldBody, HoldTimeout, holdBody, wholeBody } from "../platform/held-body.ts";
import { timeoutResponse } from "./forward.ts";

export type CheckedParts = {
  admitted: Pick<AdmittedRequest, "server" | "messages">;
  method: string;
  status: number;
  headers: Headers;
  body: Readable;
  /** the request belongs to a session */
  inSession: boolean;
  /** how long the body may be read before the status is sent, in milliseconds */
  maxMs: number;
};

/** A response to relay, or the error response to send instead. `note`: for the audit line if an error's body was omitted. */
export type CheckedResponse =
  | { ok: true; status: number; headers: Headers; body: Readable; note?: Error }
  | { ok: false; errorResponse: ErrorResponse; cause: Error };

/**
 * Checks a response.
 *
 * @param parts the response and its request
 */
export async function checkResponse(parts: CheckedParts): Promise<CheckedResponse> {
  const { admitted, method, status, headers, body, inSession, maxMs } = parts;
  const contentType = headers["content-type"];
  const hasLegacyPath = hasSsePath(admitted.server.url);
  if (status < 300 && isEventStream(contentType) && (method === "GET" || hasLegacyPath)) {
    if (beginsWithEndpointEvent(await firstBytes(body))) return legacy(body, status, contentType);
    return { ok: true, status, headers, body };
  }
  const awaitsMessage = method === "GET" || (method === "POST" && admitted.messages.some(isRequest));
  const head: JudgedHead = { status, contentType, awaitsMessage };
  const look = neededLook(head);
  const accepts = method === "POST" && isAcceptance(head);
  if (look === "nothing") return accepts ? accepted(parts) : { ok: true, status, headers, body };
  let held: HeldBody;
  try {
    held = await holdStart(body, (start) => isSeenEnough(look, start), maxMs);
  } catch (cause) {
    return { ok: false, ...heldFault(cause as Error, admitted) };
  }
  const isLegacyPost = method === "POST" && hasLegacyPath && (status === 404 || status === 405);
  const isActedOn = !isLegacyPost && (status === 405 || (status === 404 && inSession));
  const verdict = responseVerdict(head, { start: held.start, isActedOn });
  if (isLegacyPost && (verdict === "invalid" || firstVisible(held.start) === undefined))
    return legacy(held.body, status, contentType);
  if (verdict === "relay")
    return { ok: true, status, headers: typedHeaders(headers, held.start), body: held.body };
  held.body.destroy();
  if (verdict === "invalid")
    return { ok: false, errorResponse: errorResponse(REASON, NOT_MCP), cause: notMcp(status, contentType) };
  return { ok: true, status, ...withoutBody(headers), note: notMcp(status, contentType) };
}

/**
 * The response to a notification or a response that the server accepted: 202 without a body, the only form that MCP allows. Servers use
 * others, such as an empty 200, in which API Gateway sets JSON as the media type and omits the length: clients then fail to parse the body.
 */
async function accepted({ status, headers, body }: CheckedParts): Promise<CheckedResponse> {
  // Read to its end, which leaves the connection to the next request.
  const held = await holdStart(body, (start) => isSeenEnough("error", start), FIRST_EVENT_MS).catch(
    () => undefined,
  );
  if (held !== undefined && isRpcMessage(held.start)) return { ok: true, status, headers, body: held.body };
  held?.body.destroy();
  return { ok: true, status: 202, ...withoutBody(headers) };
}

function withoutBody({ "content-type": _, ...headers }: Headers): { headers: Headers; body: Readable } {
  return { headers, body: wholeBody(Buffer.alloc(0)) };
}

/** The error response if the body could not be read before the status was sent. */
export function heldFault(
  cause: Error,
  { server }: Pick<AdmittedRequest, "server">,
): { errorResponse: ErrorResponse; cause: Error } {
  return cause instanceof HoldTimeout
    ? { errorResponse: timeoutResponse(server.timeouts.firstByteMs), cause }
    : {
        errorResponse: errorResponse(REASON, "The MCP server's response could not be read completely."),
        cause,
      };
}

const REASON = "downstream_invalid_response";
const NOT_MCP =
  "The server returned a page or other text instead of an MCP response. The administrator must check the server's URL and any proxy in front of it.";

/**
 * Milliseconds to wait for the first event of a stream before it is relayed unchecked: servers of the old transport send it at once. And for
 * what a server sends in response to a notification.
 */
const FIRST_EVENT_MS = 100;

/** Without a content type, API Gateway would set JSON. RFC 9110 §8.3 allows `application/octet-stream` to be assumed. */
function typedHeaders(headers: Headers, start: Buffer): Headers {
  const isUntyped = headers["content-type"] === undefined && firstVisible(start) !== undefined;
  return isUntyped && !isJsonText(start)
    ? { ...headers, "content-type": "application/octet-stream" }
    : headers;
}

function notMcp(status: number, contentType: string | undefined): Error {
  return new Error(`not MCP: status ${status}, ${logText(contentType ?? "no content type", 100)}`);
}

function legacy(body: Readable, status: number, contentType: string | undefined): CheckedResponse {
  body.destroy();
  const cause = new Error(`legacy HTTP+SSE transport: status ${status}, ${contentType ?? "no content type"}`);
  return { ok: false, errorResponse: errorResponse(REASON, LEGACY_SSE_ADVICE), cause };
}

function isRequest({ id, method }: AdmittedRequest["messages"][number]): boolean {
  return method !== undefined && id !== undefined;
}

function holdStart(body: Readable, isEnough: (start: Buffer) => boolean, maxMs: number): Promise<HeldBody> {
  let start: Buffer = Buffer.alloc(0);
  const isChunkEnough = (chunk: Buffer) => {
    start = Buffer.concat([start, chunk]);
    return isEnough(start);
  };
  return holdBody(body, isChunkEnough, { maxBytes: Number.POSITIVE_INFINITY, maxMs });
}

/** The part of a body that arrives within {@link FIRST_EVENT_MS}, without consuming it. */
async function firstBytes(body: Readable): Promise<Buffer> {
  const waiting = new AbortController();
  const { signal } = waiting;
  await Promise.race([
    once(body, "readable", { signal }),
    // An empty body that has ended already does not become readable.
    once(body, "end", { signal }),
    sleep(FIRST_EVENT_MS, undefined, { signal }),
  ]).catch(
    // A body error occurs again when the body is relayed.
    () => {},
  );
  waiting.abort();
  const start: Buffer | null = body.destroyed ? null : body.read();
  if (start === null) return Buffer.alloc(0);
  body.unshift(start);
  return start;
}
