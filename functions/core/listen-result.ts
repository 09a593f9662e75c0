// The result with which the gateway ends a `subscriptions/listen` stream (MCP 2026-07-28), as a server does, so that the client subscribes
// again instead of reporting an error.
import type { McpMessage } from "./mcp-message.ts";
import { META } from "./protocol-keys.ts";
import { eventOf } from "./sse-events.ts";

/** The last event of a stream that the gateway must end. @returns undefined if the stream is not a subscription */
export function listenResult(messages: readonly McpMessage[]): string | undefined {
  const [message, ...others] = messages;
  const { id, method } = message ?? {};
  if (others.length > 0 || method !== "subscriptions/listen" || id === undefined || id === null)
    return undefined;
  // The subscription's id is the request's.
  const result = { resultType: "complete", _meta: { [META.subscriptionId]: id } };
  return eventOf(JSON.stringify({ jsonrpc: "2.0", id, result }));
}
