// Members that have no part in a merged response: what `on_unavailable` says happens then.
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import type { CombinedCall } from "./call.ts";

export type UnavailableMember = { name: string; reason: string };

/**
 * Reports members without a part in the audit line and the metrics.
 *
 * @returns their names, for the notice in the response; with `on_unavailable: fail` also the error response to send instead
 */
export function reportUnavailable(
  { exchange, endpoint }: CombinedCall,
  unavailable: readonly UnavailableMember[],
): { names: string[]; errorResponse?: ErrorResponse } {
  const names = unavailable.map(({ name }) => name);
  exchange.audit.unavailable(unavailable.map(({ name, reason }) => `${name}: ${reason}`));
  if (names.length === 0 || endpoint.onUnavailable === "omit") return { names };
  return { names, errorResponse: unavailableMembers(names) };
}

/** The response if members that are needed do not respond. */
export function unavailableMembers(names: readonly string[]): ErrorResponse {
  const message = `These MCP servers did not respond: ${names.join(", ")}. Try again later.`;
  return errorResponse("downstream_unreachable", message);
}
