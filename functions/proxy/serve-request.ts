// The steps of a request: principal, checks, ids, identity, rate limits, upstream, streamed response, one audit line.
import { type AdmittedRequest, admitRequest, type GatewayRequest } from "../core/admit-request.ts";
import { readToken } from "../core/bearer.ts";
import { checkBlocked } from "../core/blocked.ts";
import { AGENTCORE_HEADER_MAX_BYTES, isAgentCore } from "../core/config/upstream/agentcore.ts";
import { usesCallerToken } from "../core/config/upstream/credential.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { corsHeaders } from "../core/cors.ts";
import { type ErrorResponse, loggedReason } from "../core/error-response.ts";
import type { Principal } from "../core/principal.ts";
import { renameRequest } from "../core/rename-request.ts";
import { connectionRequiredBody } from "../core/upstream/connection-required.ts";
import type { ConfigStore } from "../platform/config-store.ts";
import type { SendRequest } from "../platform/http-client.ts";
import type { SignIdentity } from "../platform/identity-signer.ts";
import type { Reply } from "../platform/response-stream.ts";
import { type ChangedTools, recordChangedTools } from "./changed-tools.ts";
import type { CountRequest } from "./count-request.ts";
import { type Exchange, type ExchangeParts, openExchange } from "./exchange.ts";
import { forwardRequest } from "./forward.ts";
import { identityHeaders } from "./identity.ts";
import { applyRateLimits } from "./rate-limits.ts";
import { endSilentStream, relayResponse } from "./relay-response.ts";
import { type OpenedRequest, openRequestIds } from "./request-ids.ts";
import type { SealedIds } from "./sealed-ids.ts";
import { sendErrorResponse, unexpectedErrorResponse } from "./send-error-response.ts";
import { startTimeLimit } from "./time-limit.ts";
import type { UpstreamAuth } from "./upstream-auth.ts";

/** Dependencies of the proxy. */
export type ProxyParts = ExchangeParts & {
  config: ConfigStore;
  send: SendRequest;
  sign: SignIdentity;
  upstreamAuth: UpstreamAuth;
  sealedIds: SealedIds;
  countRequest: CountRequest;
  now?: () => Date;
};

/** A request to one server, and where its response goes. */
export type ServedRequest = {
  request: GatewayRequest;
  requestId: string;
  /** the verified caller; undefined denies */
  principal: Principal | undefined;
  reply: Reply;
  /** returns the milliseconds until the response must have ended */
  leftMs: () => number;
  /** name of the combined endpoint if the request came through it */
  endpoint?: string;
  /** whether the rest of the response was closed because it is not needed: it is not broken then */
  isClosed?: () => boolean;
};

/** Serves a request. Only rejects after the response has begun: it must then be aborted. */
export type ServeRequest = (served: ServedRequest) => Promise<void>;

/** Creates the function that serves requests. */
export function createServeRequest(parts: ProxyParts): ServeRequest {
  const serving: ServingParts = { ...parts, changedTools: recordChangedTools() };
  return async ({ request, requestId, principal, reply, leftMs, endpoint, isClosed }) => {
    const exchange = openExchange(parts, { request, requestId, reply }, endpoint);
    try {
      await respond(exchange, principal, serving, leftMs);
    } catch (cause) {
      if (exchange.reply.begun) {
        if (isClosed?.() !== true) exchange.audit.aborted(cause);
        throw cause;
      }
      await sendErrorResponse(exchange, unexpectedErrorResponse(cause), null, cause);
    } finally {
      exchange.audit.close();
    }
  };
}

type ServingParts = ProxyParts & { changedTools: ChangedTools };

async function respond(
  exchange: Exchange,
  principal: Principal | undefined,
  parts: ServingParts,
  leftMs: () => number,
): Promise<void> {
  const { request, audit } = exchange;
  if (principal !== undefined) audit.caller(principal);
  const config = await parts.config.current();
  if (config.servers.has(request.server)) audit.configured(request.server);
  exchange.publicUrl = config.gateway.public_url ?? parts.publicUrl;
  exchange.cors = corsHeaders(request.headers.get("origin")?.[0], config.gateway.allowed_origins);

  const now = parts.now?.() ?? new Date();
  const maxDepth = config.gateway.limits.max_json_depth;
  const renamed = renameRequest(request, config.servers.get(request.server), maxDepth);
  const admit = (checked: GatewayRequest) =>
    admitRequest(checked, principal, config, exchange.publicUrl, now, parts.changedTools.withDenied);
  const admission = admit(renamed.request);
  audit.messages(admission.messages ?? [], renamed.clientName);
  audit.denied(admission.denied ?? []);
  if (!admission.ok) {
    if (admission.blocked !== undefined) audit.blocked(admission.blocked);
    return sendErrorResponse(exchange, admission.errorResponse, admission.id);
  }
  const opened = await openRequestIds(renamed.request, admission, parts.sealedIds);
  if (opened.denied !== undefined) audit.denied(opened.denied);
  if (!opened.ok) return sendErrorResponse(exchange, opened.errorResponse, admission.id);
  // Opened task ids change the body. It is checked again, so that exactly the checked text is forwarded.
  const admitted = opened.request.body === renamed.request.body ? admission : admit(opened.request);
  if (!admitted.ok) return sendErrorResponse(exchange, admitted.errorResponse, admitted.id);
  const shadowed = admitted.shadowed ?? opened.shadowed;
  if (shadowed !== undefined) audit.shadowed(loggedReason(shadowed));
  await forwardAdmitted(exchange, admitted, opened, { config, parts, now, leftMs });
}

/** The JSON-RPC result that tells the user where to connect an account; undefined if the error itself is sent. */
function connectionBody(response: ErrorResponse, admitted: AdmittedRequest): string | undefined {
  return response.reason === "connection_required" ? connectionRequiredBody(response, admitted) : undefined;
}

type ForwardContext = { config: ConfigSnapshot; parts: ServingParts; now: Date; leftMs: () => number };

async function forwardAdmitted(
  exchange: Exchange,
  admitted: AdmittedRequest,
  opened: OpenedRequest,
  { config, parts, now, leftMs }: ForwardContext,
): Promise<void> {
  const { request, audit, publicUrl } = exchange;
  const { send, sign, upstreamAuth, sealedIds } = parts;
  const { principal, server } = admitted;
  const { max_identity_bytes: maxIdentityBytes, sse_heartbeat_seconds: heartbeatSeconds } =
    config.gateway.limits;
  const maxBytes = isAgentCore(server.upstreamAuth)
    ? Math.min(maxIdentityBytes, AGENTCORE_HEADER_MAX_BYTES)
    : maxIdentityBytes;

  const forwardsToken = server.identity?.method === "bearer" || usesCallerToken(server.upstreamAuth);
  const read = forwardsToken ? readToken(request.headers, server.tokenRules) : undefined;
  const token = read?.ok === true ? read.token : undefined;
  const identity = await identityHeaders({ server, principal, token, publicUrl, maxBytes, sign, now });
  if (!identity.ok) return sendErrorResponse(exchange, identity.errorResponse, admitted.id, identity.cause);

  const denied = await applyRateLimits(exchange, admitted, parts.countRequest);
  if (denied !== undefined) return sendErrorResponse(exchange, denied, admitted.id);

  const limit = startTimeLimit(request.method, server, leftMs);
  const forwarded = await forwardRequest({
    request: opened.request,
    admitted,
    identity: identity.headers,
    auth: upstreamAuth,
    caller: { principal, token, runtimeSession: opened.runtimeSession, now },
    onCredential: audit.credential,
    config,
    send,
    onSend: audit.forwarding,
    limit,
  });
  audit.downstream(forwarded.downstreamStatus);
  if (!forwarded.ok && forwarded.ended !== undefined) return endSilentStream(exchange, forwarded.ended);
  if (!forwarded.ok) {
    const body = connectionBody(forwarded.errorResponse, admitted);
    return sendErrorResponse(exchange, forwarded.errorResponse, admitted.id, forwarded.cause, body);
  }
  const times = { limit, heartbeatMs: heartbeatSeconds * 1_000 };
  const isBlocked = async () => {
    const newest = await parts.config.current();
    return (
      checkBlocked(request.headers, principal, newest, parts.now?.() ?? new Date()).type !== "not_blocked"
    );
  };
  const onPinned = (isPinned: ReadonlyMap<string, boolean>) => {
    const { changed, found } = parts.changedTools.record(server, isPinned);
    audit.changedTools(changed);
    if (found.length === 0) return;
    const onChange = server.curation?.tools?.onChange;
    parts.log.warn("pinned tools have changed", { server: server.name, tools: found, on_change: onChange });
  };
  const relayed = { exchange, admitted, opened, response: forwarded };
  await relayResponse({ ...relayed, sealedIds, isBlocked, onPinned, ...times });
}
