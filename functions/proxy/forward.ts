// Sends an admitted request to its downstream server with the caller's identity, and judges the response head: what can't be relayed
// becomes a 502 of the gateway's own, with the details for the audit line only.
import type { IncomingHttpHeaders } from "node:http";
import type { Readable } from "node:stream";
import { setTimeout as sleep } from "node:timers/promises";
import type { AdmittedRequest, GatewayRequest } from "../core/admit-request.ts";
import type { UpstreamCredential } from "../core/config/upstream-credential.ts";
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
import type { StreamEnd, TimeLimit } from "./time-limit.ts";
import type { UpstreamAuth, UpstreamAuthResult, UpstreamRequest } from "./upstream-auth.ts";
import type { UpstreamCaller } from "./upstream-credentials/caller.ts";

/**
 * A response to relay, or one of the gateway's own. `downstreamStatus` is for the audit line; undefined where no response came. `ended` is a
 * GET stream whose server sent nothing at all, not even headers, until the stream had to end.
 */
export type Forwarded =
  | { ok: true; status: number; downstreamStatus: number; headers: Headers; body: Readable }
  | { ok: false; errorResponse: ErrorResponse; downstreamStatus?: number; cause?: unknown; ended?: undefined }
  | { ok: false; ended: StreamEnd; downstreamStatus?: undefined };

/** What one request is forwarded with. */
export type ForwardParts = {
  request: GatewayRequest;
  admitted: Pick<AdmittedRequest, "server">;
  /** identity headers made for this request */
  identity: Readonly<Record<string, string>>;
  /** what the server wants to see of the gateway */
  auth: UpstreamAuth;
  /** left out where no credential is added */
  caller?: UpstreamCaller;
  /** for the identity header names that no client may set */
  config: Pick<ConfigSnapshot, "identityHeaderNames">;
  send: SendRequest;
  /** told which kind of credential was made, or could not be, and how many milliseconds that took */
  onCredential?: (kind: UpstreamCredential["type"], ms: number) => void;
  /** told when the request is being sent */
  onSend: () => void;
  /** when the request must end */
  limit: TimeLimit;
};

/**
 * Forwards a request.
 *
 * @param parts the request, where it goes and as whom
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
    const startedAt = performance.now();
    const made = await make();
    const kind = server.upstreamAuth?.type;
    if (kind !== undefined) onCredential?.(kind, performance.now() - startedAt);
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
    // A server that refuses a credential has not acted on the request (RFC 9110 §15.5.2), and nothing of its response was passed on:
    // the credential may have been revoked, so the request is sent once more with a fresh one.
    if (response.status === 401 && authorized.renew !== undefined) {
      response.body.destroy();
      const renewed = await timed(authorized.renew);
      if (!renewed.ok) return { ...renewed, downstreamStatus: 401 };
      response = await sendIt(renewed.request);
    }
    // A client that resumes a stream has lost its connection, of which the server cannot know: it still sends there, to this gateway, and
    // answers 409 until that is over. Clients would have given up by then. To ask again is safe: GET changes nothing.
    while (isResumption(request) && response.status === 409 && limit.leftMs() > 2 * STREAM_TAKEN_RETRY_MS) {
      response.body.destroy();
      await sleep(STREAM_TAKEN_RETRY_MS);
      const again = await auth.apply({ url: server.url, method, headers, body }, target);
      if (!again.ok) return { ...again, downstreamStatus: 409 };
      response = await sendIt(again.request);
    }
  } catch (cause) {
    // Any other error is a request that could not be sent at all.
    if (!(cause instanceof ConnectionError)) throw cause;
    const isOver = cause.fault === "aborted";
    const isLate = isOver || cause.fault === "first_byte_timeout";
    // A server that has nothing to say may well send the headers of its stream with the first event.
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
 * The response where a server has not responded in time. It invites no repetition: the server was not told to stop.
 *
 * @param ms how long the gateway waited
 */
export function timeoutResponse(ms: number): ErrorResponse {
  const message = `The MCP server has not answered within ${ms / 1_000} s; it may still be running the request. Check before sending it again.`;
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
        "The MCP server gave no response that can be read; it may have run the request. Check before sending it again.",
      );
}

/** Faults after which the server has not had the request. */
const NOT_SENT: ReadonlySet<ConnectionFault> = new Set([
  "dns",
  "refused",
  "unreachable",
  "tls_certificate",
  "tls",
  "wrong_scheme",
  "http2_only",
]);

/** Why a response is not relayed. */
type InvalidHead = { errorResponse: ErrorResponse; cause?: string };

function invalidHead(
  { status, headers }: HttpResponse,
  relayed: Headers,
  url: string,
): InvalidHead | undefined {
  // A 401 of the server is about the gateway, not the caller: relayed, it would send clients to sign in without end.
  if (status === 401 || status === 407) {
    const message =
      "The MCP server did not accept the gateway. The administrator must check its credentials.";
    return { errorResponse: errorResponse("downstream_unauthorized", message) };
  }
  if (status >= 300 && status < 400) {
    const message =
      "The MCP server answered with a redirect, which is not followed. The administrator must check its URL.";
    return invalidResponse(message, redirectCause(status, headers, url));
  }
  // The Lambda runtime and API Gateway take three-digit final statuses only (RFC 9110 §15).
  if (status < 200 || status > 599) {
    return invalidResponse("The MCP server sent a status that does not exist.", `status ${status}`);
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && !isIdentity(encoding)) {
    const message = "The MCP server compressed its response although it was asked not to.";
    return invalidResponse(message, `compression: content-encoding ${shown(encoding)}`);
  }
  const unsendable = unsendableHeader(relayed);
  if (unsendable === undefined) return undefined;
  return invalidResponse("The MCP server sent a header that can't be relayed.", unsendable);
}

/** True where a `Content-Encoding` names no coding: `identity` and empty elements say nothing (RFC 9110 §5.6.1, §8.4). */
function isIdentity(encoding: string): boolean {
  return encoding.split(",").every((coding) => /^(?:identity)?$/i.test(coding.trim()));
}

function invalidResponse(message: string, cause: string): InvalidHead {
  return { errorResponse: errorResponse("downstream_invalid_response", message), cause };
}

/** The target without query and fragment, which may hold credentials. */
function redirectCause(status: number, { location }: IncomingHttpHeaders, url: string): string {
  const target = location === undefined ? null : URL.parse(location, url);
  if (target === null) return `redirect: ${status} without a usable location`;
  const address = `${target.origin}${target.pathname}`;
  const configured = new URL(url);
  const hint =
    address === `${configured.origin}${configured.pathname}/` ? ", the same URL with a trailing slash" : "";
  return `redirect: ${status} to ${shown(address)}${hint}`;
}

/** What is wrong with the headers for API Gateway and the Lambda runtime, or undefined. */
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
