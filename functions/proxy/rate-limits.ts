// Counts a request against its rate limits: after every other check, so that a denied call does not count, and before the credential
// for the MCP server is fetched.
import type { AdmittedRequest } from "../core/admit-request.ts";
import type { ConfigSnapshot } from "../core/config-snapshot.ts";
import type { ErrorResponse } from "../core/error-response.ts";
import { limitResponse, rateLimitHeaders } from "../core/rate-limit-response.ts";
import { type AppliedLimit, appliedLimits } from "../core/rate-limits.ts";
import { monotonicMs } from "../platform/monotonic-ms.ts";
import type { RateLimitStore } from "../platform/rate-limit-store.ts";
import type { CountRequest } from "./count-request.ts";
import type { Exchange } from "./exchange.ts";

/**
 * Counts a request, records the result for the audit line, and sets the response's RateLimit headers.
 *
 * @param count not called if no limit applies
 * @returns the error response if a limit denies the request
 */
export async function applyRateLimits(
  exchange: Exchange,
  { server, messages, principal }: Pick<AdmittedRequest, "server" | "messages" | "principal">,
  count: CountRequest,
): Promise<ErrorResponse | undefined> {
  const applied = appliedLimits(server.rateLimits, messages, principal, server);
  if (applied.length === 0) return undefined;
  const startedAt = monotonicMs();
  const { denial, logged, failures, states } = await count(applied);
  exchange.limitHeaders = rateLimitHeaders(applied, states);
  exchange.audit.limits({
    denied: denial?.applied.limit.name,
    wouldDeny: logged.map(nameOf),
    notCounted: failures.map(nameOf),
    cause: failures[0]?.cause,
    ms: Math.round(monotonicMs() - startedAt),
  });
  return denial && limitResponse(denial);
}

function nameOf({ applied }: { applied: AppliedLimit }): string {
  return applied.limit.name;
}

/** Loads the DynamoDB client if a server has limits. An error recurs, and is reported, when a request is counted. */
export async function warmRateLimits(
  store: RateLimitStore,
  { servers }: Pick<ConfigSnapshot, "servers">,
): Promise<void> {
  if ([...servers.values()].some(({ rateLimits }) => rateLimits.length > 0)) await store.warm();
}
