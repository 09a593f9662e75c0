// Fields of an API Gateway event that every log line contains. Accepts any event.
import { COMBINED } from "../core/config/combined-endpoint.ts";
import { logText } from "../core/safe-text.ts";

type AnyEvent = {
  resource?: unknown;
  requestContext?: { requestId?: unknown } | null;
  pathParameters?: { [name: string]: unknown } | null;
};

/** API Gateway's request id; empty if missing. */
export function requestIdOf(event: unknown): string {
  const requestId = (event as AnyEvent | null | undefined)?.requestContext?.requestId;
  return typeof requestId === "string" ? logText(requestId) : "";
}

/**
 * The server's name in the path, or the name of the combined endpoint for its route; empty if missing. A path parameter that spells the
 * endpoint's name (`/%2Fmcp/mcp`) is not it.
 */
export function serverOf(event: unknown): string {
  const { resource, pathParameters } = (event ?? {}) as AnyEvent;
  if (resource === COMBINED) return COMBINED;
  const server = pathParameters?.["server"];
  return typeof server === "string" && server !== COMBINED ? server : "";
}
