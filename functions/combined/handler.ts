// The combined endpoint `/mcp`: one URL for several MCP servers. It never calls a server itself: every request to a member takes the proxy's
// steps for that member. This module checks the request as the proxy does, finds the members that it is for, and merges or relays.
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { type AdmittedRequest, admitRequest } from "../core/admit-request.ts";
import { memberRequest } from "../core/combined/member-request.ts";
import { isListMethod } from "../core/combined/merge-lists.ts";
import { type Route, routeOf } from "../core/combined/routes.ts";
import { COMBINED } from "../core/config/combined-endpoint.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import { corsHeaders } from "../core/cors.ts";
import { errorResponse } from "../core/error-response.ts";
import { STREAM_END_MARGIN_MS } from "../core/limits.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { decodePrincipal, type Principal } from "../core/principal.ts";
import { requestIdOf } from "../platform/event-fields.ts";
import { openReply } from "../platform/response-stream.ts";
import { openAudit } from "../proxy/audit.ts";
import { requestOf } from "../proxy/event-request.ts";
import type { Exchange } from "../proxy/exchange.ts";
import { sendErrorResponse, unexpectedErrorResponse } from "../proxy/send-error-response.ts";
import { createServeRequest, type ProxyParts } from "../proxy/serve-request.ts";
import { acceptNotification, broadcastNotification, broadcastRequest, endSession } from "./broadcast.ts";
import type { CombinedCall, Outcome } from "./call.ts";
import { respondWithDiscover, respondWithInitialize } from "./handshake.ts";
import { respondWithList } from "./lists.ts";
import { callMember } from "./member-call.ts";
import type { DecideMember } from "./members.ts";
import { openMergedReply } from "./merged-reply.ts";
import { relayMember, sendInSession } from "./route-one.ts";
import { createSessions } from "./sessions.ts";
import { respondToGet, respondToListen } from "./streams.ts";
import { unavailableMembers } from "./unavailable.ts";
import { targetOf, unknownTarget } from "./unknown-target.ts";

/** The proxy's dependencies, and the decision about members. */
export type CombinedParts = ProxyParts & { decideMember: DecideMember };

/**
 * Creates the handler for `awslambda.streamifyResponse`.
 *
 * @returns a function that only throws after the response has begun: the runtime then aborts the stream
 */
export function createCombined(parts: CombinedParts) {
  const serve = createServeRequest(parts);
  const sessions = createSessions(parts.sealedIds);

  return async (
    event: APIGatewayProxyEvent,
    stream: awslambda.HttpResponseStream,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<void> => {
    const request = requestOf(event);
    const requestId = requestIdOf(event);
    const exchange: Exchange = {
      request,
      requestId,
      server: request.server,
      endpoint: COMBINED,
      reply: openReply(stream),
      audit: openAudit(parts.log, requestId, request.method, undefined, parts.requestMetrics, COMBINED),
      publicUrl: parts.publicUrl,
      challengeMetadataUrl: parts.challengeMetadataUrl,
      cors: corsHeaders(undefined, []),
      limitHeaders: {},
    };
    const pending: Promise<void>[] = [];
    // A request that is sent to one member has the member's audit line alone.
    let isMembersOwn = false;
    try {
      const principal = decodePrincipal(event?.requestContext?.authorizer);
      isMembersOwn = await respond(exchange, principal, pending, () => leftMs(context));
    } catch (cause) {
      if (exchange.reply.begun) {
        exchange.audit.aborted(cause);
        throw cause;
      }
      await sendErrorResponse(exchange, unexpectedErrorResponse(cause), null, cause);
    } finally {
      // Lambda freezes the environment when the handler returns: the members' audit lines come before.
      await Promise.all(pending);
      if (!isMembersOwn) exchange.audit.close();
    }
  };

  async function respond(
    exchange: Exchange,
    principal: Principal | undefined,
    pending: Promise<void>[],
    left: () => number,
  ): Promise<boolean> {
    const { request, audit } = exchange;
    if (principal !== undefined) audit.caller(principal);
    const config = await parts.config.current();
    if (config.combined !== undefined) audit.configured(COMBINED);
    exchange.publicUrl = config.gateway.public_url ?? parts.publicUrl;
    exchange.cors = corsHeaders(request.headers.get("origin")?.[0], config.gateway.allowed_origins);
    const now = parts.now?.() ?? new Date();
    const admitted = admitRequest(request, principal, config, exchange.publicUrl, now);
    audit.messages(admitted.messages ?? []);
    if (!admitted.ok) {
      if (admitted.blocked !== undefined) audit.blocked(admitted.blocked);
      await sendErrorResponse(exchange, admitted.errorResponse, admitted.id);
      return false;
    }
    const session = await sessions.open(request, admitted.principal);
    if (session === "unknown") {
      await sendErrorResponse(exchange, UNKNOWN_SESSION, admitted.id);
      return false;
    }
    const call: CombinedCall = {
      ...callOf(exchange, admitted, config),
      session,
      access: (name) => parts.decideMember(name, request, config, now),
      send(member, own, maxMs = Number.POSITIVE_INFINITY) {
        const endsAt = performance.now() + maxMs;
        const memberLeftMs = () => Math.min(left(), endsAt - performance.now());
        const { requestId } = exchange;
        const { response, served } = callMember(serve, {
          member,
          request: own,
          requestId,
          leftMs: memberLeftMs,
        });
        pending.push(served);
        return response;
      },
    };
    const heartbeatMs = config.gateway.limits.sse_heartbeat_seconds * 1_000;
    const outcome = await respondToMethod(call, heartbeatMs);
    if (outcome === "relayed") return true;
    if (outcome !== undefined) await sendErrorResponse(exchange, outcome, admitted.id);
    return false;
  }

  async function respondToMethod(call: CombinedCall, heartbeatMs: number): Promise<Outcome> {
    switch (call.exchange.request.method) {
      case "GET":
        return respondToGet({ call, sessions, heartbeatMs });
      case "DELETE":
        return endSession({ call, sessions });
      default:
        return respondToPost(call, heartbeatMs);
    }
  }

  async function respondToPost(call: CombinedCall, heartbeatMs: number): Promise<Outcome> {
    const { exchange, admitted, names } = call;
    const [message, ...others] = admitted.messages;
    if (message === undefined || others.length > 0) return NO_BATCH;
    const route = routeOf(message, names);
    switch (route.type) {
      case "one":
        return respondByMember(call, message, route);
      case "members":
        return respondToListen({ call, sessions, heartbeatMs }, message, route.members);
      case "all":
        return respondByAll(call, message, heartbeatMs);
      case "local":
        await openMergedReply(exchange, heartbeatMs).finish(
          JSON.stringify({ jsonrpc: "2.0", id: admitted.id, result: {} }),
        );
        return undefined;
      case "unknown":
        // A notification that no member can be found for is accepted and goes nowhere: servers ignore what they do not know.
        if (message.method === undefined || message.id !== undefined) return unknownTarget(route);
        await acceptNotification(call);
        return undefined;
    }
  }

  async function respondByMember(
    call: CombinedCall,
    message: McpMessage,
    route: Extract<Route, { type: "one" }>,
  ): Promise<Outcome> {
    const access = await call.access(route.member);
    switch (access.type) {
      case "absent":
        call.exchange.audit.absent([`${access.name}: ${access.reason}`]);
        return unknownTarget(targetOf(message));
      case "unavailable":
        call.exchange.audit.unavailable([`${access.name}: ${access.reason}`]);
        return unavailableMembers([access.name]);
      case "allowed": {
        const { member } = access;
        const request = memberRequest(call.exchange.request, message, member.name, call.names);
        const response = await sendInSession(call, sessions, member, request);
        if (response === undefined) return unavailableMembers([member.name]);
        await relayMember(call, member, response, "p");
        return "relayed";
      }
    }
  }

  async function respondByAll(
    call: CombinedCall,
    message: McpMessage,
    heartbeatMs: number,
  ): Promise<Outcome> {
    const { method, id } = message;
    if (id === undefined) {
      await broadcastNotification({ call, sessions });
      return undefined;
    }
    const reply = openMergedReply(call.exchange, heartbeatMs);
    if (isListMethod(method))
      return respondWithList({ call, sessions, ids: parts.sealedIds, method, message, reply });
    switch (method) {
      case "initialize":
        return respondWithInitialize({ call, sessions, message, reply });
      case "server/discover":
        return respondWithDiscover({ call, sessions, message, reply });
      default:
        return broadcastRequest({ call, sessions }, message, reply);
    }
  }
}

function leftMs(context: Pick<Context, "getRemainingTimeInMillis">): number {
  return context.getRemainingTimeInMillis() - STREAM_END_MARGIN_MS;
}

function callOf(
  exchange: Exchange,
  admitted: AdmittedRequest,
  { combined, gateway }: ConfigSnapshot,
): Pick<CombinedCall, "exchange" | "admitted" | "endpoint" | "names" | "title"> {
  if (combined === undefined) throw new Error("a request was admitted without a combined endpoint");
  const { members, separator } = combined;
  return {
    exchange,
    admitted,
    endpoint: combined,
    names: { members, separator },
    title: gateway.resource_name,
  };
}

const UNKNOWN_SESSION = errorResponse(
  "session_unknown",
  "The session id is unknown here, or belongs to another user. Start a new session with initialize.",
);

const NO_BATCH = errorResponse(
  "batch_not_supported",
  "This URL combines several servers and accepts one message in a request. Send the messages one by one.",
);
