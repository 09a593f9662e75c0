// Sends the gateway's own answers, with what clients need to act on them.
import { bearerChallenge, metadataUrlOf } from "../core/challenge.ts";
import { type Refusal, type RequestId, refusal, refusalBody } from "../core/refusal.ts";
import { failureReason } from "../platform/failure.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Refuses a request that has not been answered yet.
 *
 * @param exchange the request and its reply
 * @param refused the answer
 * @param id the message's id
 * @param cause for the log alone
 */
export async function refuse(
  exchange: Exchange,
  refused: Refusal,
  id: RequestId = null,
  cause?: unknown,
): Promise<void> {
  const { audit, reply, requestId } = exchange;
  audit.refused(refused.reason, refused.status, cause);
  const headers: Record<string, string> = {
    "content-type": "application/json",
    "cache-control": "no-store",
    ...exchange.cors,
    ...refused.headers,
  };
  const challenge = challengeFor(refused, exchange);
  if (challenge !== undefined) headers["www-authenticate"] = challenge;
  await reply.send({ status: refused.status, headers }, refusalBody(refused, id, requestId));
}

/** What a client is told of an error that nothing else has judged. */
export function refusalOfError(cause: unknown): Refusal {
  const reason = failureReason(cause);
  return reason === "configuration_unavailable"
    ? refusal(reason, "The gateway's configuration is not available. Try again later.")
    : refusal(
        reason,
        "The gateway failed. Try again; if it stays, give the request id to the administrator.",
      );
}

function challengeFor({ reason, scopes }: Refusal, exchange: Exchange): string | undefined {
  if (reason !== "insufficient_scope" && reason !== "unauthorized") return undefined;
  // The same document as in API Gateway's own challenge: its `resource` is what the client has its token for.
  const metadataUrl = exchange.challengeMetadataUrl ?? metadataUrlOf(exchange.publicUrl, exchange.server);
  return reason === "insufficient_scope"
    ? bearerChallenge(metadataUrl, { error: "insufficient_scope", scopes })
    : bearerChallenge(metadataUrl, { error: "invalid_token" });
}
