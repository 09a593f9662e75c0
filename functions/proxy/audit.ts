// One line per request: who did what, what was decided and why, how long it took. No token, no arguments, no other claim values.
import { type McpMessage, subjectOf } from "../core/mcp-message.ts";
import type { Principal } from "../core/principal.ts";
import type { Log } from "../platform/log.ts";

/** Collects the fields of the audit line while a request is worked on. */
export type Audit = {
  caller(principal: Principal): void;
  /** the messages of the body, as far as they could be read */
  messages(messages: readonly McpMessage[]): void;
  refused(reason: string, status: number, cause?: unknown): void;
  /** a rule in `log_only` mode would have refused the request for this reason */
  shadowed(reason: string): void;
  answered(status: number): void;
  downstream(status: number | undefined): void;
  /** counts body bytes sent to the client; the first call marks the first byte */
  sent(bytes: number): void;
  /** the stream was broken off after it had begun */
  broken(cause: unknown): void;
  /** writes the line */
  close(): void;
};

/**
 * Opens the audit of one request.
 *
 * @param log where the line goes
 * @param requestId API Gateway's request id
 * @param httpMethod the request's method
 * @param now monotonic milliseconds
 */
export function openAudit(
  log: Log,
  requestId: string,
  httpMethod: string,
  now = () => performance.now(),
): Audit {
  const startedAt = now();
  const fields: Record<string, unknown> = {
    request_id: requestId,
    http_method: httpMethod,
    decision: "allow",
  };
  let bytes = 0;
  return {
    caller({ server, sub, tenant, clientId }) {
      Object.assign(fields, { server, sub, tenant, client_id: clientId });
    },
    messages(messages) {
      const [first] = messages;
      if (first === undefined) return;
      Object.assign(fields, { mcp_method: shortened(first.method), mcp_name: shortened(subjectOf(first)) });
      // None of a batch may hide behind its first message.
      if (messages.length > 1) fields["mcp_batch"] = batchNames(messages);
    },
    refused(reason, status, cause) {
      Object.assign(fields, { decision: "refuse", reason, status, cause: describe(cause) });
    },
    shadowed(reason) {
      fields["would_refuse"] = reason;
    },
    answered(status) {
      fields["status"] = status;
    },
    downstream(status) {
      fields["downstream_status"] = status;
    },
    sent(count) {
      if (bytes === 0) fields["first_byte_ms"] = Math.round(now() - startedAt);
      bytes += count;
    },
    broken(cause) {
      Object.assign(fields, { broken: true, cause: describe(cause) });
    },
    close() {
      log.info("request", { ...fields, total_ms: Math.round(now() - startedAt), bytes });
    },
  };
}

// The client chooses these: a name without end would push the line over what CloudWatch takes in one event, and out of the audit.
const NAME_MAX_CHARS = 256;
const BATCH_MAX_NAMES = 50;

function shortened(name: string | undefined): string | undefined {
  return name === undefined || name.length <= NAME_MAX_CHARS ? name : `${name.slice(0, NAME_MAX_CHARS)}…`;
}

function batchNames(messages: readonly McpMessage[]): string[] {
  const names = messages.slice(0, BATCH_MAX_NAMES).map((message) => {
    const parts = [message.method ?? "response", subjectOf(message)].filter((part) => part !== undefined);
    return shortened(parts.join(" ")) as string;
  });
  const more = messages.length - names.length;
  return more > 0 ? [...names, `${more} more`] : names;
}

// Error messages of sockets and parsers name addresses and phases; bodies and headers are never part of them.
function describe(cause: unknown): string | undefined {
  if (cause === undefined) return undefined;
  return cause instanceof Error ? `${cause.name}: ${cause.message}` : String(cause);
}
