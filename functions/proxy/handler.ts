// The way of a request through the proxy: event, principal, checks, identity, downstream, streamed answer, one audit line.
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { type AdmittedRequest, admitRequest, type GatewayRequest } from "../core/admit-request.ts";
import { readBearerToken } from "../core/bearer.ts";
import { chainFilters } from "../core/body-filter.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { corsHeaders } from "../core/cors.ts";
import { STREAM_END_MARGIN_MS } from "../core/limits.ts";
import { listenResult } from "../core/listen-result.ts";
import type { Principal } from "../core/principal.ts";
import { refusal } from "../core/refusal.ts";
import type { ConfigStore } from "../platform/config-store.ts";
import type { CallDownstream } from "../platform/downstream.ts";
import type { SignIdentity } from "../platform/identity-signer.ts";
import type { Log } from "../platform/log.ts";
import type { RequestMetrics } from "../platform/request-metrics.ts";
import { openReply } from "../platform/response-stream.ts";
import type { SecretStore } from "../platform/secret-store.ts";
import { answerFilter, isEventStream } from "./answer-filter.ts";
import { openAudit } from "./audit.ts";
import { createCallerMemory } from "./caller-memory.ts";
import { requestOf } from "./event-request.ts";
import type { Exchange } from "./exchange.ts";
import { type Forwarded, forwardRequest } from "./forward.ts";
import { identityHeaders } from "./identity.ts";
import { refusalOfError, refuse } from "./refuse.ts";
import { type OpenedRequest, openRequestIds } from "./request-ids.ts";
import { sealResponseIds } from "./response-ids.ts";
import type { SealedIds } from "./sealed-ids.ts";

/** What the proxy needs. `publicUrl` serves where `gateway.json` names none. */
export type ProxyParts = {
  config: ConfigStore;
  call: CallDownstream;
  sign: SignIdentity;
  secrets: SecretStore;
  sealedIds: SealedIds;
  publicUrl: string;
  /** the metadata document that API Gateway's challenge names; undefined where it names none */
  challengeMetadataUrl?: string | undefined;
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
  const callerOf = createCallerMemory();
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
      challengeMetadataUrl: parts.challengeMetadataUrl,
      cors: corsHeaders(undefined, []),
    };
    const endAfterMs = context.getRemainingTimeInMillis() - STREAM_END_MARGIN_MS;
    try {
      await answer(exchange, callerOf(event.requestContext.authorizer), parts, endAfterMs);
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
  const admit = (judged: GatewayRequest) => admitRequest(judged, principal, config, exchange.publicUrl, now);
  const admission = admit(request);
  audit.messages(admission.messages ?? []);
  if (!admission.ok) return refuse(exchange, admission.refusal, admission.id);
  const opened = await openRequestIds(request, admission, parts.sealedIds);
  if (!opened.ok) return refuse(exchange, opened.refusal, admission.id);
  // With task ids opened it is another text: what is sent on is what was judged.
  const admitted = opened.request.body === request.body ? admission : admit(opened.request);
  if (!admitted.ok) return refuse(exchange, admitted.refusal, admitted.id);
  const shadowed = admitted.shadowed ?? opened.shadowed;
  if (shadowed !== undefined) audit.shadowed(shadowed.reason);
  await forwardAdmitted(exchange, admitted, opened, { config, parts, now, endAfterMs });
}

type ForwardContext = { config: ConfigSnapshot; parts: ProxyParts; now: Date; endAfterMs: number };

async function forwardAdmitted(
  exchange: Exchange,
  admitted: AdmittedRequest,
  opened: OpenedRequest,
  { config, parts, now, endAfterMs }: ForwardContext,
): Promise<void> {
  const { audit, publicUrl } = exchange;
  const { call, sign, secrets } = parts;
  const { principal, server } = admitted;
  const { max_identity_bytes: maxBytes } = config.gateway.limits;

  const forwardsToken = server.identity?.method === "bearer";
  const token = forwardsToken ? tokenOf(exchange, server.tokenRules.headerKey) : undefined;
  const identity = await identityHeaders({ server, principal, token, publicUrl, maxBytes, sign, now });
  if (!identity.ok) return refuse(exchange, identity.refusal, admitted.id, identity.cause);

  const hasHeaders = Object.keys(server.headers).length > 0;
  const configured = hasHeaders ? await filledHeaders(server.headers, secrets) : server.headers;
  audit.forwarding();
  const forwarded = await forwardRequest({
    request: opened.request,
    admitted,
    identity: identity.headers,
    configured,
    config,
    call,
  });
  audit.downstream(forwarded.downstreamStatus);
  if (!forwarded.ok) return refuse(exchange, forwarded.refusal, admitted.id, forwarded.cause);
  await relayResponse(exchange, admitted, opened, forwarded, { config, parts, endAfterMs });
}

async function relayResponse(
  exchange: Exchange,
  admitted: AdmittedRequest,
  opened: OpenedRequest,
  { status, headers, body }: Extract<Forwarded, { ok: true }>,
  { config, parts, endAfterMs }: Omit<ForwardContext, "now">,
): Promise<void> {
  const { audit, reply } = exchange;
  const { "mcp-session-id": session, ...passed } = headers;
  const contentType = passed["content-type"];
  const isStream = isEventStream(contentType);
  const head = { session, isEventStream: isStream };
  const ids = await sealResponseIds(head, admitted, opened, parts.sealedIds).catch((cause: unknown) => {
    // Nobody will read this response: left alone it would hold its connection open.
    body.destroy();
    throw cause;
  });
  if (ids === undefined) {
    body.destroy();
    const message = `The MCP server's session id of ${session?.length} characters is too long to be passed on.`;
    return refuse(exchange, refusal("downstream_invalid_response", message), admitted.id);
  }
  audit.answered(status);
  const heartbeatMs = config.gateway.limits.sse_heartbeat_seconds * 1_000;
  const sealed = ids.session === undefined ? passed : { ...passed, "mcp-session-id": ids.session };
  await reply.relay({ status, headers: { ...sealed, ...exchange.cors } }, body, {
    filter: chainFilters(answerFilter(admitted, contentType, ids.sealTasks), ids.eventIds),
    onSent: audit.sent,
    ...(isStream && { endAfterMs, heartbeatMs, lastEvent: listenResult(admitted.messages) }),
  });
}

async function filledHeaders(
  headers: Readonly<Record<string, string>>,
  secrets: SecretStore,
): Promise<Record<string, string>> {
  const filled = Object.entries(headers).map(async ([name, text]) => [name, await secrets.fill(text)]);
  return Object.fromEntries(await Promise.all(filled));
}

function tokenOf({ request }: Exchange, headerKey: string): string | undefined {
  const values = request.headers.get(headerKey.toLowerCase()) ?? [];
  const token = values.length === 1 ? readBearerToken(values[0], headerKey) : undefined;
  return token?.ok === true ? token.token : undefined;
}
