// The handler of the proxy: converts API Gateway's event to a request.
import type { APIGatewayProxyEvent, Context } from "aws-lambda";
import { STREAM_END_MARGIN_MS } from "../core/limits.ts";
import { decodePrincipal } from "../core/principal.ts";
import { requestIdOf } from "../platform/event-fields.ts";
import { openReply } from "../platform/response-stream.ts";
import { requestOf } from "./event-request.ts";
import { createServeRequest, type ProxyParts } from "./serve-request.ts";

/**
 * Creates the handler for `awslambda.streamifyResponse`.
 *
 * @returns a function that only throws after the response has begun: the runtime then aborts the stream
 */
export function createProxy(parts: ProxyParts) {
  const serve = createServeRequest(parts);
  return (
    event: APIGatewayProxyEvent,
    stream: awslambda.HttpResponseStream,
    context: Pick<Context, "getRemainingTimeInMillis">,
  ): Promise<void> => {
    const leftMs = () => context.getRemainingTimeInMillis() - STREAM_END_MARGIN_MS;
    return serve({
      request: requestOf(event),
      requestId: requestIdOf(event),
      principal: decodePrincipal(event?.requestContext?.authorizer),
      reply: openReply(stream, leftMs),
      leftMs,
    });
  };
}
