// What every entry point reads of an API Gateway event, whatever the event looks like: a log line must be possible for all of them.
import { logText } from "../core/safe-text.ts";

type AnyEvent = {
  requestContext?: { requestId?: unknown } | null;
  pathParameters?: { [name: string]: unknown } | null;
};

/** API Gateway's request id; empty where the event has none. */
export function requestIdOf(event: unknown): string {
  const requestId = (event as AnyEvent | null | undefined)?.requestContext?.requestId;
  return typeof requestId === "string" ? logText(requestId) : "";
}

/** The server's name in the path; empty where the event has none. */
export function serverOf(event: unknown): string {
  const parameters = (event as AnyEvent | null | undefined)?.pathParameters;
  const server = parameters?.["server"];
  return typeof server === "string" ? server : "";
}
