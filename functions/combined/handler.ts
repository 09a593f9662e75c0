// The combined endpoint `/mcp`: one URL for several MCP servers. It never calls a server itself: every request to a member takes the proxy's
// steps for that member. This module checks the request as the proxy does, and writes the endpoint's audit line.
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { admitRequest } from "../core/admit-request.ts";
import { COMBINED } from "../core/config/combined-endpoint.ts";
import { corsHeaders } from "../core/cors.ts";
import { STREAM_END_MARGIN_MS } from "../core/limits.ts";
import { decodePrincipal, type Principal } from "../core/principal.ts";
import { requestIdOf } from "../platform/event-fields.ts";
import { describeFailure } from "../platform/failure.ts";
import { monotonicMs } from "../platform/monotonic-ms.ts";
import { openReply } from "../platform/response-stream.ts";
import { requestOf } from "../proxy/event-request.ts";
import { type Exchange, openExchange } from "../proxy/exchange.ts";
import { sendErrorResponse, unexpectedErrorResponse } from "../proxy/send-error-response.ts";
import { createServeRequest, type ProxyParts } from "../proxy/serve-request.ts";
import type { CombinedCall } from "./call.ts";
import { callMember } from "./member-call.ts";
import type { DecideMember } from "./members.ts";
import { respondToRequest } from "./respond.ts";
import { createSessions } from "./sessions.ts";

/**
 * The proxy's dependencies, and the decision about members. `mergedPartMs`: how long a member may take for its part of a merged response, in
 * milliseconds, default 10,000; its own shorter timeouts hold too.
 */
export type CombinedParts = ProxyParts & { decideMember: DecideMember; mergedPartMs?: number };

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
    const leftMs = () => context.getRemainingTimeInMillis() - STREAM_END_MARGIN_MS;
    const reply = openReply(stream, leftMs);
    const exchange = openExchange(parts, { request, requestId, reply }, COMBINED);
    const pending: Promise<void>[] = [];
    // A request whose response is a member's has only the member's audit line, which does not say what the endpoint omits.
    let isMembersOwn = false;
    let hasOmitted = false;
    const reports: Pick<CombinedCall, "relaying" | "omitted"> = {
      relaying(status) {
        isMembersOwn = true;
        exchange.audit.responded(status);
      },
      omitted(member, what) {
        hasOmitted = true;
        exchange.audit.replaced(new Error(`${member}: ${what}`));
      },
    };
    try {
      const principal = decodePrincipal(event?.requestContext?.authorizer);
      await respond({ exchange, principal, pending, reports, leftMs });
    } catch (cause) {
      if (exchange.reply.begun) {
        exchange.audit.aborted(cause);
        throw cause;
      }
      await sendErrorResponse(exchange, unexpectedErrorResponse(cause), null, cause);
    } finally {
      // Lambda freezes the environment when the handler returns: the members' audit lines come before.
      await Promise.all(pending);
      if (!isMembersOwn || hasOmitted) exchange.audit.close();
    }
  };

  async function respond({ exchange, principal, pending, reports, leftMs }: EndpointRequest): Promise<void> {
    const { request, requestId, audit } = exchange;
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
      return sendErrorResponse(exchange, admitted.errorResponse, admitted.id);
    }
    const { combined, gateway } = config;
    if (combined === undefined) throw new Error("a request was admitted without a combined endpoint");
    const outcome = await respondToRequest({
      exchange,
      admitted,
      combined,
      title: gateway.resource_name,
      session: undefined,
      sessions,
      ids: parts.sealedIds,
      heartbeatMs: gateway.limits.sse_heartbeat_seconds * 1_000,
      ...reports,
      access: (name) =>
        parts.decideMember(name, request, config, now).catch((cause: unknown) => {
          // Without a decision, this member is denied; the others are not affected.
          const reason = `internal_error: ${describeFailure(cause)}`;
          return { type: "unavailable", name, reason };
        }),
      endOfPart: () => monotonicMs() + (parts.mergedPartMs ?? MERGED_PART_MS),
      opensStream: (name) => config.servers.get(name)?.getStream === true,
      send(member, own, endsAt = Number.POSITIVE_INFINITY) {
        const memberLeftMs = () => Math.min(leftMs(), endsAt - monotonicMs());
        const called = callMember(serve, { member, request: own, requestId, leftMs: memberLeftMs });
        pending.push(called.served);
        return called.response;
      },
    });
    if (outcome !== undefined) await sendErrorResponse(exchange, outcome, admitted.id);
  }
}

type EndpointRequest = {
  exchange: Exchange;
  principal: Principal | undefined;
  /** settle when the members' audit lines have been written */
  pending: Promise<void>[];
  reports: Pick<CombinedCall, "relaying" | "omitted">;
  /** returns the milliseconds until the response must have ended */
  leftMs: () => number;
};

const MERGED_PART_MS = 10_000;
