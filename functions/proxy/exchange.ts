// A request and its response, as used by every step.
import type { GatewayRequest } from "../core/admit-request.ts";
import { type CorsHeaders, corsHeaders } from "../core/cors.ts";
import type { Log } from "../platform/log.ts";
import type { RequestMetrics } from "../platform/request-metrics.ts";
import type { Reply } from "../platform/response-stream.ts";
import { type Audit, openAudit } from "./audit.ts";

export type Exchange = {
  request: GatewayRequest;
  requestId: string;
  /** server name in the path */
  server: string;
  /** the server, or the combined endpoint through which the request came: challenges name its metadata */
  endpoint: string;
  reply: Reply;
  audit: Audit;
  /** the gateway's URL, no trailing slash */
  publicUrl: string;
  /** the metadata document in API Gateway's challenge; undefined if it has none */
  challengeMetadataUrl: string | undefined;
  /** headers that allow a page of an allowed origin to read the response */
  cors: CorsHeaders;
  /** headers that state the rate limits of the request; empty if none applies */
  limitHeaders: Readonly<Record<string, string>>;
};

export type ExchangeParts = {
  log: Log;
  /** omitted: no metrics */
  requestMetrics?: RequestMetrics;
  /** used if `gateway.json` has no `public_url` */
  publicUrl: string;
  /** the metadata document in API Gateway's challenge; undefined if it has none */
  challengeMetadataUrl?: string | undefined;
};

/**
 * Opens the exchange of a request whose configuration has not been read yet.
 *
 * @param endpoint name of the combined endpoint if the request came through it
 */
export function openExchange(
  { log, requestMetrics, publicUrl, challengeMetadataUrl }: ExchangeParts,
  { request, requestId, reply }: Pick<Exchange, "request" | "requestId" | "reply">,
  endpoint?: string,
): Exchange {
  return {
    request,
    requestId,
    server: request.server,
    endpoint: endpoint ?? request.server,
    reply,
    audit: openAudit({ log, requestId, httpMethod: request.method, metrics: requestMetrics, endpoint }),
    publicUrl,
    challengeMetadataUrl,
    cors: corsHeaders(undefined, []),
    limitHeaders: {},
  };
}
