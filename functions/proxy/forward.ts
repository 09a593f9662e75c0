// Sends an admitted request to its downstream server with the caller's identity, and judges the answer's head.
import type { AdmittedRequest, GatewayRequest } from "../core/admit-request.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { clientResponseHeaders, downstreamRequestHeaders, type Headers } from "../core/headers.ts";
import { type Refusal, refusal } from "../core/refusal.ts";
import type {
  AnswerBody,
  CallDownstream,
  DownstreamFailure,
  DownstreamResult,
} from "../platform/downstream.ts";

/** An answer to relay, or one of the gateway's own. `downstreamStatus` is for the audit line; undefined where none came. */
export type Forwarded =
  | { ok: true; status: number; downstreamStatus: number; headers: Headers; body: AnswerBody }
  | { ok: false; refusal: Refusal; downstreamStatus?: number; cause?: unknown };

/** What one request is forwarded with. */
export type ForwardParts = {
  request: GatewayRequest;
  admitted: AdmittedRequest;
  /** identity headers made for this request */
  identity: Readonly<Record<string, string>>;
  /** the server's static headers, secrets filled in */
  configured: Readonly<Record<string, string>>;
  /** for the identity header names that no client may set */
  config: ConfigSnapshot;
  call: CallDownstream;
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
  configured,
  config,
  call,
}: ForwardParts): Promise<Forwarded> {
  const { server } = admitted;
  const headers = downstreamRequestHeaders({
    method: request.method,
    inbound: request.headers,
    forward: server.forwardHeaders,
    configured,
    identity,
    identityNames: config.identityHeaderNames,
  });
  const body = request.method === "POST" ? request.body : undefined;
  const answer = await call({
    url: server.url,
    method: request.method,
    headers,
    body,
    timeouts: server.timeouts,
  });
  if (!answer.ok) return { ok: false, refusal: refusalOfFailure(answer.failure), cause: answer.cause };
  const refused = refusalOfAnswer(answer);
  if (refused === undefined) {
    const { status, body } = answer;
    return {
      ok: true,
      status,
      downstreamStatus: status,
      headers: clientResponseHeaders(answer.headers),
      body,
    };
  }
  answer.body.destroy();
  return { ok: false, refusal: refused, downstreamStatus: answer.status };
}

function refusalOfFailure(failure: DownstreamFailure): Refusal {
  switch (failure) {
    case "unreachable":
      return refusal("downstream_unreachable", "The MCP server could not be reached. Try again later.");
    case "connect_timeout":
    case "first_byte_timeout":
      return refusal("downstream_timeout", "The MCP server did not answer in time. Try again later.");
  }
}

function refusalOfAnswer({ status, headers }: Extract<DownstreamResult, { ok: true }>): Refusal | undefined {
  // A 401 of the downstream's is about the gateway, not the caller: relayed, it would send clients to sign in without end.
  if (status === 401 || status === 407) {
    return refusal(
      "downstream_unauthorized",
      "The MCP server did not accept the gateway. The administrator must check its credentials.",
    );
  }
  if (status < 200 || (status >= 300 && status < 400)) {
    return refusal(
      "downstream_invalid_response",
      "The MCP server answered with a redirect, which is not followed. The administrator must check its URL.",
    );
  }
  const encoding = headers["content-encoding"];
  if (encoding !== undefined && encoding !== "identity") {
    return refusal(
      "downstream_invalid_response",
      "The MCP server compressed its answer although it was asked not to.",
    );
  }
  return undefined;
}
