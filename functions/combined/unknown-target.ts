// The error response to a message that names nothing of any member that the caller may use: the same whether it exists or not.
import { accessTargets } from "../core/access.ts";
import type { UnknownKind } from "../core/combined/routes.ts";
import { type ErrorResponse, errorResponse } from "../core/error-response.ts";
import type { McpMessage } from "../core/mcp-message.ts";
import { terminalText } from "../core/safe-text.ts";

/** The error response to an event id that no member of the caller's has sent. */
export const UNKNOWN_EVENT = errorResponse(
  "event_unknown",
  "The event id is unknown here, or belongs to another user. Send the request again, or open a new stream.",
);

/** Error messages truncate longer names. */
const SHOWN_CHARS = 256;

/** What a message names. */
export type NamedTarget = { kind: UnknownKind; name: string | undefined };

/** Creates the error response. */
export function unknownTarget({ kind, name }: NamedTarget): ErrorResponse {
  const shown = name === undefined ? "no name given" : terminalText(name, SHOWN_CHARS);
  switch (kind) {
    case "method":
      return errorResponse("unknown_method", `Method not found: ${shown}`);
    case "response":
      return errorResponse(
        "not_a_request",
        "The message responds to a request that no server behind this URL has sent.",
      );
    default:
      return errorResponse("unknown_name", `Unknown ${kind}: ${shown}`);
  }
}

/** What a message to one member names. */
export function targetOf(message: McpMessage): NamedTarget {
  const [target] = accessTargets(message);
  // Subscriptions to tasks alone have no target of a rule.
  if (target === undefined)
    return { kind: message.method === undefined ? "response" : "task", name: undefined };
  return { kind: target.kind === "template" ? "resource" : target.kind, name: target.name };
}
