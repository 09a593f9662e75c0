// Calls a member in this process: the proxy's steps for the request that a client would have sent to the member's own URL, and the response
// that the client would have received. Whatever is denied there is denied here.
import { PassThrough, type Readable } from "node:stream";
import type { GatewayRequest } from "../core/admit-request.ts";
import { COMBINED } from "../core/config/combined-endpoint.ts";
import type { Headers } from "../core/headers.ts";
import { openReplyTo } from "../platform/response-stream.ts";
import type { ServeRequest } from "../proxy/serve-request.ts";
import type { Member } from "./members.ts";

/** A member's response as its client would receive it. Destroying the body ends the request at the member, as a client that disconnects. */
export type MemberResponse = {
  status: number;
  headers: Headers;
  body: Readable;
  /** Ends the request at the member because the rest of the body is not needed. */
  close(): void;
};

export type MemberCall = {
  member: Member;
  request: GatewayRequest;
  /** API Gateway's request id */
  requestId: string;
  /** returns the milliseconds until the response must have ended */
  leftMs: () => number;
};

/**
 * Calls a member.
 *
 * @param serve serves a request as the proxy does
 * @returns `response`: resolves with status and headers; the body fails if the response is incomplete. `served`: resolves when the member's
 *   audit line has been written
 */
export function callMember(
  serve: ServeRequest,
  { member, request, requestId, leftMs }: MemberCall,
): { response: Promise<MemberResponse>; served: Promise<void> } {
  const { promise: response, resolve, reject } = Promise.withResolvers<MemberResponse>();
  let body: PassThrough | undefined;
  let isClosed = false;
  const close = () => {
    isClosed = true;
    body?.destroy();
  };
  const reply = openReplyTo(({ status, headers }) => {
    body = new PassThrough();
    resolve({ status, headers, body, close });
    return body;
  }, leftMs);
  const { name, principal } = member;
  const own = { ...request, server: name };
  const served = serve({
    request: own,
    requestId,
    principal,
    reply,
    leftMs,
    endpoint: COMBINED,
    isClosed: () => isClosed,
  }).catch((cause: unknown) => {
    // A response that has begun can only be aborted.
    body?.destroy(cause as Error);
    reject(cause);
  });
  return { response, served };
}

/** How long a response may continue after the gateway has read what it needs, in milliseconds. */
const REST_MS = 1_000;

/** Reads the rest of a response and discards it, so that it ends as the member intended. */
export function discardRest({ body, close }: MemberResponse): void {
  if (body.closed) return;
  const timer = setTimeout(close, REST_MS);
  body.once("close", () => clearTimeout(timer));
  body.resume();
}
