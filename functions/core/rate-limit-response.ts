// The RateLimit headers of the IETF draft, and the error response to a call that a limit denies.
import type { RateLimit } from "./config/rate-limits.ts";
import { type ErrorResponse, errorResponse } from "./error-response.ts";
import type { AppliedLimit, CounterState } from "./rate-limits.ts";
import { terminalText } from "./safe-text.ts";

/** A limit that denies a request, and why. */
export type LimitDenial = {
  applied: AppliedLimit;
  why: "reached" | "blocked" | "too_many" | "claim_missing" | "not_counted";
  /** milliseconds until calls are allowed again; 0 if waiting does not help */
  retryMs: number;
};

export type LimitState = { applied: AppliedLimit; state: CounterState };

/** A response truncates longer names. */
const SHOWN_CHARS = 256;

/** `retry-after` if the time until the next allowed call is not known. */
const DEFAULT_RETRY_SECONDS = 5;

/**
 * The RateLimit headers of allowed and denied calls. Limits in `log_only` mode are omitted.
 *
 * @param states the limits whose counter is known
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateLimitHeaders(
  applied: readonly AppliedLimit[],
  states: readonly LimitState[],
): Record<string, string> {
  const policies = applied.flatMap(({ limit }) => (limit.enforced ? [policyItem(limit)] : []));
  if (policies.length === 0) return {};
  const items = states.map(
    ({ applied: { limit }, state }) => `"${limit.name}";r=${state.remaining};t=${seconds(state.resetMs)}`,
  );
  return {
    "ratelimit-policy": policies.join(", "),
    ...(items.length > 0 && { ratelimit: items.join(", ") }),
  };
}

function policyItem({ name, quota }: RateLimit): string {
  return quota.kind === "window"
    ? `"${name}";q=${quota.limit};w=${quota.windowSeconds}`
    : `"${name}";q=${quota.burst};w=${Math.ceil(quota.burst * quota.secondsPerCall)}`;
}

/** The response to a request that a limit denies. A model may read the message: it says what to do and when. */
export function limitResponse({ applied, why, retryMs }: LimitDenial): ErrorResponse {
  const { limit, units } = applied;
  const called = terminalText(applied.called, SHOWN_CHARS);
  const { name, quotaText, per } = limit;
  const quota = `${quotaText} ${per.length === 0 ? "for all callers together" : `for each ${per.join(", ")}`}`;
  const retryAfter = Math.max(1, seconds(retryMs));
  switch (why) {
    case "reached":
      return limited(
        name,
        retryAfter,
        `Rate limit "${name}" is reached: ${quota}. Wait ${retryAfter} ${retryAfter === 1 ? "second" : "seconds"} before you call ${called} again; a call before that is denied too.`,
      );
    case "blocked":
      return limited(
        name,
        retryAfter,
        `Rate limit "${name}" allows no calls of ${called}. Do not call it again; the administrator can raise the limit.`,
      );
    case "too_many":
      return limited(
        name,
        retryAfter,
        `The body contains ${units} calls that rate limit "${name}" counts, but it allows ${quota}. Send fewer calls in one body.`,
      );
    case "claim_missing": {
      const message = `Rate limit "${name}" counts calls for each ${per.join(", ")}, which your token does not contain. Sign in again; if that does not help, ask the administrator.`;
      return { ...errorResponse("rate_limit_claim_missing", message), limit: { name } };
    }
    case "not_counted": {
      const message = `The gateway could not count this call for rate limit "${name}" and did not forward it. Try again in ${DEFAULT_RETRY_SECONDS} seconds.`;
      return {
        ...errorResponse("rate_limit_unavailable", message),
        headers: { "retry-after": String(DEFAULT_RETRY_SECONDS) },
        limit: { name, retryAfterSeconds: DEFAULT_RETRY_SECONDS },
      };
    }
  }
}

function limited(name: string, retryAfterSeconds: number, message: string): ErrorResponse {
  return {
    ...errorResponse("rate_limited", message),
    headers: { "retry-after": String(retryAfterSeconds) },
    limit: { name, retryAfterSeconds },
  };
}

/** Rounded up, so that a client does not retry too early. */
function seconds(ms: number): number {
  return Math.ceil(ms / 1_000);
}
