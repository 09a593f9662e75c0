// The way of a request through the proxy: event, principal, checks, identity, downstream, streamed answer, one audit line.
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { type AdmittedRequest, admitRequest } from "../core/admit-request.ts";
import { readToken } from "../core/bearer.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { corsHeaders } from "../core/cors.ts";
import { STREAM_END_MARGIN_MS } from "../core/limits.ts";
import { decodePrincipal, type Principal } from "../core/principal.ts";
import { refusal } from "../core/refusal.ts";
import type { ConfigStore } from "../platform/config-store.ts";
import type { SendRequest } from "../platform/http-client.ts";
import type { SignIdentity } from "../platform/identity-signer.ts";
import type { Log } from "../platform/log.ts";
import type { RequestMetrics } from "../platform/request-metrics.ts";
import { openReply } from "../platform/response-stream.ts";
import type { SecretStore } from "../platform/secret-store.ts";
import { answerFilter, isEventStream } from "./answer-filter.ts";
import { openAudit } from "./audit.ts";
import { requestOf } from "./event-request.ts";
import type { Exchange } from "./exchange.ts";
import { forwardRequest } from "./forward.ts";
import { identityHeaders } from "./identity.ts";
import { refusalOfError, refuse } from "./refuse.ts";
import type { Sessions } from "./sessions.ts";

/** What the proxy needs. `publicUrl` serves where `gateway.json` names none. */
export type ProxyParts = {
  config: ConfigStore;
  send: SendRequest;
  sign: SignIdentity;
  secrets: SecretStore;
  sessions: Sessions;
  publicUrl: string;
  log: Log;
  /** left out: no metrics */
  requestMetrics?: RequestMetrics;
  now?: () => Date;
};

/**
 * Makes the handler that `awslambda.streamifyResponse` wraps.
 *
 * @returns a function that throws only after the answer has begun: the runtime then breaks the stream off
 */
export function createProxy(parts: ProxyParts) {
  return async (
    event: APIGatewayProxyEvent,
    stream: awslambda.HttpResponseStream,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<void> => {
    const request = requestOf(event);
    const requestId = event.requestContext.requestId;
    const exchange: Exchange = {
      request,
      requestId,
      server: request.server,
      reply: openReply(stream),
      audit: openAudit(parts.log, requestId, request.method, undefined, parts.requestMetrics),
      publicUrl: parts.publicUrl,
      cors: {},
    };
    const endAfterMs = context.getRemainingTimeInMillis() - STREAM_END_MARGIN_MS;
    try {
      await answer(exchange, decodePrincipal(event.requestContext.authorizer), parts, endAfterMs);
    } catch (cause) {
      if (exchange.reply.begun) {
        exchange.audit.broken(cause);
        throw cause;
      }
      await refuse(exchange, refusalOfError(cause), null, cause);
    } finally {
      exchange.audit.close();
    }
  };
}

async function answer(
  exchange: Exchange,
  principal: Principal | undefined,
  parts: ProxyParts,
  endAfterMs: number,
): Promise<void> {
  const { request, audit } = exchange;
  if (principal !== undefined) audit.caller(principal);
  const config = await parts.config.current();
  if (config.servers.has(request.server)) audit.configured(request.server);
  exchange.publicUrl = config.gateway.public_url ?? parts.publicUrl;
  exchange.cors = corsHeaders(request.headers.get("origin")?.[0], config.gateway.allowed_origins);

  const now = parts.now?.() ?? new Date();
  const admission = admitRequest(request, principal, config, exchange.publicUrl, now);
  audit.messages(admission.messages ?? []);
  if (!admission.ok) return refuse(exchange, admission.refusal, admission.id);
  if (admission.shadowed !== undefined) audit.shadowed(admission.shadowed.reason);
  await forwardAdmitted(exchange, admission, config, parts, now, endAfterMs);
}

async function forwardAdmitted(
  exchange: Exchange,
  admitted: AdmittedRequest,
  config: ConfigSnapshot,
  { send, sign, secrets, sessions }: ProxyParts,
  now: Date,
  endAfterMs: number,
): Promise<void> {
  const { request, audit, reply, publicUrl } = exchange;
  const { principal, server } = admitted;
  const { max_identity_bytes: maxBytes, sse_heartbeat_seconds: heartbeatSeconds } = config.gateway.limits;

  const session = request.headers.has("mcp-session-id")
    ? await openSession(exchange, principal, sessions)
    : NO_SESSION;
  if (session === "unknown") {
    const message = "There is no such session for you at this server. Start a new one with initialize.";
    return refuse(exchange, refusal("session_unknown", message), admitted.id);
  }
  const forwardsToken = server.identity?.method === "bearer";
  const read = forwardsToken ? readToken(request.headers, server.tokenRules) : undefined;
  const token = read?.ok === true ? read.token : undefined;
  const identity = await identityHeaders({ server, principal, token, publicUrl, maxBytes, sign, now });
  if (!identity.ok) return refuse(exchange, identity.refusal, admitted.id, identity.cause);

  const hasHeaders = Object.keys(server.headers).length > 0;
  const configured = hasHeaders ? await filledHeaders(server.headers, secrets) : server.headers;
  audit.forwarding();
  const forwarded = await forwardRequest({
    request:
      session.length === 0 ? request : { ...request, headers: new Map([...request.headers, ...session]) },
    admitted,
    identity: identity.headers,
    configured,
    config,
    send,
  });
  audit.downstream(forwarded.downstreamStatus);
  if (!forwarded.ok) return refuse(exchange, forwarded.refusal, admitted.id, forwarded.cause);

  const { status, headers, body } = forwarded;
  const sessionId = headers["mcp-session-id"];
  if (sessionId !== undefined) {
    headers["mcp-session-id"] = await sessions.seal(sessionId, principal).catch((cause: unknown) => {
      // Nobody will read this answer: left alone it would hold its connection open.
      body.destroy();
      throw cause;
    });
  }
  audit.answered(status);
  const contentType = headers["content-type"];
  await reply.relay({ status, headers: { ...headers, ...exchange.cors } }, body, {
    filter: answerFilter(admitted, contentType),
    onSent: audit.sent,
    ...(isEventStream(contentType) && { endAfterMs, heartbeatMs: heartbeatSeconds * 1_000 }),
  });
}

const NO_SESSION: [string, string[]][] = [];

/** The server's own session id as a header entry. */
async function openSession(
  { request }: Exchange,
  principal: Principal,
  sessions: Sessions,
): Promise<"unknown" | [string, string[]][]> {
  const clientIds = request.headers.get("mcp-session-id") ?? [];
  const downstreamId =
    clientIds.length === 1 ? await sessions.open(clientIds[0] as string, principal) : undefined;
  return downstreamId === undefined ? "unknown" : [["mcp-session-id", [downstreamId]]];
}

async function filledHeaders(
  headers: Readonly<Record<string, string>>,
  secrets: SecretStore,
): Promise<Record<string, string>> {
  const filled = Object.entries(headers).map(async ([name, text]) => [name, await secrets.fill(text)]);
  return Object.fromEntries(await Promise.all(filled));
}
