// Forwards an admitted request with the caller's identity and checks the response head: a response that can't be relayed becomes a
// 502, with the details only in the audit line.
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { AdmittedRequest, GatewayRequest } from "../core/admit-request.ts";
import type { UpstreamCredential } from "../core/config/upstream/credential.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import { clientResponseHeaders, downstreamRequestHeaders, type Headers } from "../core/headers.ts";
import {
  DOWNSTREAM_SESSION_ID_MAX_CHARS,
  RELAYED_HEADERS_MAX_BYTES,
  STREAM_TAKEN_RETRY_MS,
} from "../core/limits.ts";
import { ConnectionError, type ConnectionFault } from "../platform/connection-fault.ts";
import type { HttpResponse, SendRequest } from "../platform/http-client.ts";
import { monotonicMs } from "../platform/monotonic-ms.ts";
import type { StreamEnd, TimeLimit } from "./time-limit.ts";
import type { UpstreamAuth } from "./upstream-auth.ts";
import type { UpstreamAuthResult, UpstreamCaller, UpstreamRequest } from "./upstream-request.ts";

/**
 * A response to relay, or an error response. `downstreamStatus` is for the audit line; undefined without a response. `ended`: why a
 * GET stream ended before its server had sent anything, even headers.
 */
export type Forwarded =
  | { ok: true; status: number; downstreamStatus: number; headers: Headers; body: Readable }
  | { ok: false; errorResponse: ErrorResponse; downstreamStatus?: number; cause?: unknown; ended?: undefined }
  | { ok: false; ended: StreamEnd; downstreamStatus?: undefined };

export type ForwardParts = {
  request: GatewayRequest;
  admitted: Pick<AdmittedRequest, "server">;
  /** identity headers made for this request */
  identity: Readonly<Record<string, string>>;
  /** adds the gateway's credential */
  auth: UpstreamAuth;
  /** omitted if no credential is added */
  caller?: UpstreamCaller;
  /** provides the identity header names that no client may set */
  config: Pick<ConfigSnapshot, "identityHeaderNames">;
  send: SendRequest;
  /** called after each attempt to obtain a credential, with its kind and the duration in milliseconds */
  onCredential?: (kind: UpstreamCredential["type"], ms: number) => void;
  /** called when the request is sent */
  onSend: () => void;
  /** when the request must end */
  limit: TimeLimit;
};

/**
 * Forwards a request.
 *
 * @param parts the request, its server and caller
 */
export async function forwardRequest({
  request,
  admitted,
  identity,
  auth,
  caller,
  onCredential,
  config,
  send,
  onSend,
  limit,
}: ForwardParts): Promise<Forwarded> {
  const { server } = admitted;
  const headers = downstreamRequestHeaders({
    method: request.method,
    inbound: request.headers,
    forward: server.forwardHeaders,
    identity,
    identityNames: config.identityHeaderNames,
  });
  const { method } = request;
  const body = method === "POST" ? request.body : undefined;
  const target = { server, identityNames: config.identityHeaderNames, ...(caller && { caller }) };
  const timed = async (make: () => Promise<UpstreamAuthResult>) => {
    const startedAt = monotonicMs();
    const made = await make();
    const kind = server.upstreamAuth?.type;
    if (kind !== undefined) onCredential?.(kind, monotonicMs() - startedAt);
    return made;
  };
  const authorized = await timed(() => auth.apply({ url: server.url, method, headers, body }, target));
  if (!authorized.ok) return authorized;
  let response: HttpResponse;
  onSend();
  const sendIt = (made: UpstreamRequest) =>
    send({ ...made, timeouts: { ...server.timeouts, totalMs: limit.leftMs() } });
  try {
    response = await sendIt(authorized.request);
    // With a 401, the server has not processed the request (RFC 9110 §15.5.2), and its response was not relayed: the credential may have
    // been revoked, so the request is retried once with a new one.
    if (response.status === 401 && authorized.renew !== undefined) {
      response.body.destroy();
      const renewed = await timed(authorized.renew);
      if (!renewed.ok) return { ...renewed, downstreamStatus: 401 };
      response = await sendIt(renewed.request);
      if (response.status === 401) renewed.onRejected?.();
    }
    // A client resumes a stream because its connection was lost, which the server can't notice: it responds with 409 until the gateway
    // has closed the old stream. Retrying a GET is safe.
    while (isResumption(request) && response.status === 409 && limit.leftMs() > 2 * STREAM_TAKEN_RETRY_MS) {
      response.body.destroy();
      await sleep(STREAM_TAKEN_RETRY_MS);
      const again = await auth.apply({ url: server.url, method, headers, body }, target);
      if (!again.ok) return { ...again, downstreamStatus: 409 };
      response = await sendIt(again.request);
    }
  } catch (cause) {
    // Any other error means that the request could not be sent.
    if (!(cause instanceof ConnectionError)) throw cause;
    const isOver = cause.fault === "aborted";
    const isLate = isOver || cause.fault === "first_byte_timeout";
    // An idle server may send the headers of its stream with the first event.
    if (isLate && request.method === "GET") return { ok: false, ended: isOver ? limit.end : "idle" };
    if (isLate) return { ok: false, errorResponse: timeoutResponse(server.timeouts.firstByteMs), cause };
    return { ok: false, errorResponse: connectionErrorResponse(cause), cause };
  }
  const { status } = response;
  const relayed = clientResponseHeaders(response.headers);
  const invalid = invalidHead(response, relayed, server.url);
  if (invalid === undefined)
    return { ok: true, status, downstreamStatus: status, headers: relayed, body: response.body };
  response.body.destroy();
  return { ok: false, ...invalid, downstreamStatus: status };
}

function isResumption({ method, headers }: GatewayRequest): boolean {
  return method === "GET" && headers.has("last-event-id");
}

/**
 * The response if the server did not respond in time. It does not suggest a retry: the server may still be working.
 *
 * @param ms how long the gateway waited
 */
export function timeoutResponse(ms: number): ErrorResponse {
  const message = `The MCP server has not responded within ${ms / 1_000} s; it may still be running the request. Check before sending it again.`;
  return errorResponse("downstream_timeout", message);
}

function connectionErrorResponse({ fault }: ConnectionError): ErrorResponse {
  if (fault === "connect_timeout")
    return errorResponse(
      "downstream_timeout",
      "The MCP server could not be reached in time. Try again later.",
    );
  return NOT_SENT.has(fault)
    ? errorResponse("downstream_unreachable", "The MCP server could not be reached. Try again later.")
    : errorResponse(
        "downstream_unreachable",
        "The MCP server's response could not be read; it may have run the request. Check before sending it again.",
      );
}

/** Faults after which the server has not received the request. */
const NOT_SENT: ReadonlySet<ConnectionFault> = new Set([
  "dns",
  "refused",
  "unreachable",
  "tls_certificate",
  "tls",
  "wrong_scheme",
  "http2_only",
]);

/** A response that is not relayed, and why. */
type InvalidHead = { errorResponse: ErrorResponse; cause?: string };

function invalidHead(
  { status, headers }: HttpResponse,
  relayed: Headers,
  url: string,
): InvalidHead | undefined {
  // A 401 of the server concerns the gateway's credential. If it were relayed, clients would sign in repeatedly.
  if (status === 401 || status === 407) {
    const message = "The MCP server rejected the gateway's credential. The administrator must check it.";
    return { errorResponse: errorResponse("downstream_unauthorized", message) };
  }
  if (status >= 300 && status < 400) {
    const message =
      "The MCP server responded with a redirect, which is not followed. The administrator must check its URL.";
    return invalidResponse(message, redirectCause(status, headers, url));
  }
  // The Lambda runtime and API Gateway only accept three-digit final statuses (RFC 9110 §15).
  if (status < 200 || status > 599) {
    return invalidResponse("The MCP server sent an invalid status.", `status ${status}`);
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && !isIdentity(encoding)) {
    const message =
      "The MCP server compressed its response, although the gateway requested an uncompressed one.";
    return invalidResponse(message, `compression: content-encoding ${shown(encoding)}`);
  }
  const unsendable = unsendableHeader(relayed);
  if (unsendable === undefined) return undefined;
  return invalidResponse("The MCP server sent a header that can't be relayed.", unsendable);
}

/** Whether a `Content-Encoding` contains no coding except `identity` and empty elements (RFC 9110 §5.6.1, §8.4). */
function isIdentity(encoding: string): boolean {
  return encoding.split(",").every((coding) => /^(?:identity)?$/i.test(coding.trim()));
}

function invalidResponse(message: string, cause: string): InvalidHead {
  return { errorResponse: errorResponse("downstream_invalid_response", message), cause };
}

/** The target without query and fragment, which may contain credentials. */
function redirectCause(status: number, { location }: IncomingHttpHeaders, url: string): string {
  const target = location === undefined ? null : URL.parse(location, url);
  if (target === null) return `redirect: ${status} without a usable location`;
  const address = `${target.origin}${target.pathname}`;
  const configured = new URL(url);
  const hint =
    address === `${configured.origin}${configured.pathname}/` ? ", the same URL with a trailing slash" : "";
  return `redirect: ${status} to ${shown(address)}${hint}`;
}

/** The error of headers that API Gateway or the Lambda runtime would reject; undefined if valid. */
function unsendableHeader(headers: Headers): string | undefined {
  let size = 0;
  for (const [name, value] of Object.entries(headers)) {
    if (!/^[\t\x20-\x7e]*$/.test(value)) return `header ${name}: characters outside printable ASCII`;
    size += name.length + value.length;
  }
  const sessionId = headers["mcp-session-id"];
  // MCP, Streamable HTTP: visible ASCII.
  if (sessionId !== undefined && !/^[\x21-\x7e]+$/.test(sessionId)) {
    return "header mcp-session-id: not one value of visible ASCII characters";
  }
  if (sessionId !== undefined && sessionId.length > DOWNSTREAM_SESSION_ID_MAX_CHARS) {
    return `header mcp-session-id: ${sessionId.length} characters, at most ${DOWNSTREAM_SESSION_ID_MAX_CHARS} can be relayed`;
  }
  if (size <= RELAYED_HEADERS_MAX_BYTES) return undefined;
  return `headers: ${size} bytes, at most ${RELAYED_HEADERS_MAX_BYTES} can be relayed`;
}

function shown(text: string): string {
  return text.length <= 200 ? text : `${text.slice(0, 200)}…`;
}
