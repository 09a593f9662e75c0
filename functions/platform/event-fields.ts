// Fields of an API Gateway event that every log line contains. Accepts any event.
import { logText } from "../core/safe-text.ts";

type AnyEvent = {
  requestContext?: { requestId?: unknown } | null;
  pathParameters?: { [name: string]: unknown } | null;
};

/** API Gateway's request id; empty if missing. */
export function requestIdOf(event: unknown): string {
  const requestId = (event as AnyEvent | null | undefined)?.requestContext?.requestId;
  return typeof requestId === "string" ? logText(requestId) : "";
}

/** The server's name in the path; empty if missing. */
export function serverOf(event: unknown): string {
  const parameters = (event as AnyEvent | null | undefined)?.pathParameters;
  const server = parameters?.["server"];
  return typeof server === "string" ? server : "";
}
