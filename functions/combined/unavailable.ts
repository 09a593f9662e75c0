// Unavailable members: they have no part in a merged response, and `on_unavailable` decides whether it succeeds without them.
import type { CombinedEndpoint } from "../core/config/combined-endpoint.ts";
import {
  type ErrorReason,
  type ErrorResponse,
  errorResponse,
  isErrorReason,
} from "../core/error-response.ts";
import type { Exchange } from "../proxy/exchange.ts";

/** A member without a part in a merged response. */
export type UnavailableMember = {
  name: string;
  /** for the audit line; the reason of the gateway's error response, if there is one */
  reason: string;
  /** of the response that the member's own URL gives */
  status: number;
  /** `retry-after` of that response */
  retryAfter?: string | undefined;
};

/**
 * Reports unavailable members in the audit line and the metrics.
 *
 * @returns their names, for the notice in the response; with `on_unavailable: fail` also the error response to send instead
 */
export function reportUnavailable(
  { exchange, combined }: { exchange: Exchange; combined: CombinedEndpoint },
  unavailable: readonly UnavailableMember[],
): { names: string[]; errorResponse?: ErrorResponse } {
  const names = unavailable.map(({ name }) => name);
  exchange.audit.unavailable(unavailable);
  if (names.length === 0 || combined.onUnavailable === "omit") return { names };
  return { names, errorResponse: unavailableMembers(unavailable) };
}

/**
 * The error response if members that are needed are unavailable, with the first member's status and reason.
 *
 * @param unavailable at least one
 */
export function unavailableMembers(unavailable: readonly UnavailableMember[]): ErrorResponse {
  const names = unavailable.map(({ name }) => name).join(", ");
  const message = `These MCP servers are unavailable: ${names}. Try again later.`;
  const [first] = unavailable;
  const own = errorResponse(reasonOf(first), message);
  return first?.retryAfter === undefined ? own : { ...own, headers: { "retry-after": first.retryAfter } };
}

// Never the reasons for which clients sign in again: that would not help at this URL, and a server could cause it.
const RELAYED =
  /^(?:configuration|connection|downstream|exchange|identity|rate_limit|tenant|upstream_token)_/;

function reasonOf(member: UnavailableMember | undefined): ErrorReason {
  if (member === undefined) return "downstream_unreachable";
  const { reason, status } = member;
  if (RELAYED.test(reason) && isErrorReason(reason) && errorResponse(reason, "").status === status)
    return reason;
  switch (status) {
    case 429:
      return "rate_limited";
    case 500:
      return reason.startsWith("internal_error") ? "internal_error" : "downstream_unreachable";
    case 503:
      return reason === "error" ? "downstream_unreachable" : "configuration_unavailable";
    case 504:
      return "downstream_timeout";
    default:
      return "downstream_unreachable";
  }
}
