// Sends the gateway's error responses with their CORS, rate limit and challenge headers.
import { bearerChallenge, metadataUrlOf } from "../core/challenge.ts";
import {
  type ErrorResponse,
  errorBody,
  errorResponse,
  loggedReason,
  type RequestId,
} from "../core/error-response.ts";
import { failureReason } from "../platform/failure.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Sends an error response.
 *
 * @param exchange the request and its reply
 * @param cause only for the log
 * @param result an equivalent JSON-RPC result, sent instead of the error
 */
export async function sendErrorResponse(
  exchange: Exchange,
  response: ErrorResponse,
  id: RequestId = null,
  cause?: unknown,
  result?: string,
): Promise<void> {
  const { audit, reply, requestId } = exchange;
  const status = result === undefined ? response.status : 200;
  audit.errorSent(loggedReason(response), status, cause);
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "cache-control": "no-store",
    ...exchange.cors,
    ...exchange.limitHeaders,
    ...response.headers,
  };
  const challenge = challengeFor(response, exchange);
  if (challenge !== undefined) headers["www-authenticate"] = challenge;
  await reply.send({ status, headers }, result ?? errorBody(response, id, requestId));
}

/** The error response to an unexpected error. */
export function unexpectedErrorResponse(cause: unknown): ErrorResponse {
  const reason = failureReason(cause);
  return reason === "configuration_unavailable"
    ? errorResponse(reason, "The gateway's configuration is not available. Try again later.")
    : errorResponse(
        reason,
        "The gateway failed. Try again; if the problem persists, tell the administrator the request_id.",
      );
}

function challengeFor({ reason, scopes }: ErrorResponse, exchange: Exchange): string | undefined {
  if (reason !== "insufficient_scope" && reason !== "unauthorized") return undefined;
  // The same document as in API Gateway's challenge: its `resource` is the audience of the client's token.
  const metadataUrl = exchange.challengeMetadataUrl ?? metadataUrlOf(exchange.publicUrl, exchange.endpoint);
  return reason === "insufficient_scope"
    ? bearerChallenge(metadataUrl, { error: "insufficient_scope", scopes })
    : bearerChallenge(metadataUrl, { error: "invalid_token" });
}
