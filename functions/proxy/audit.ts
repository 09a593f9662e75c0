// One line per request: who did what, what was decided and why, how long it took, and the metrics of it. No token, no arguments, no
// other claim values. Names with dots are those of OpenTelemetry's conventions for MCP and GenAI.
import { type McpMessage, subjectOf } from "../core/mcp-message.ts";
import type { Principal } from "../core/principal.ts";
import type { Log } from "../platform/log.ts";
import type { RequestMetrics, RequestValues } from "../platform/request-metrics.ts";

/** Collects the fields of the audit line while a request is worked on. */
export type Audit = {
  caller(principal: Principal): void;
  /** the server that the request is for is one of the configuration's */
  configured(server: string): void;
  /** the messages of the body, as far as they could be read */
  messages(messages: readonly McpMessage[]): void;
  refused(reason: string, status: number, cause?: unknown): void;
  /** a rule in `log_only` mode would have refused the request for this reason */
  shadowed(reason: string): void;
  answered(status: number): void;
  /** the downstream server is being called from now on */
  forwarding(): void;
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
 * @param metrics what the line carries for CloudWatch; nothing where left out
 */
export function openAudit(
  log: Log,
  requestId: string,
  httpMethod: string,
  now = () => performance.now(),
  metrics?: RequestMetrics,
): Audit {
  const startedAt = now();
  const fields: Record<string, unknown> = {
    request_id: requestId,
    http_method: httpMethod,
    decision: "allow",
  };
  let bytes = 0;
  let server: string | undefined;
  let forwardedAt: number | undefined;
  return {
    caller({ server: asked, sub, tenant, clientId }) {
      Object.assign(fields, { server: asked, sub, tenant, client_id: clientId });
    },
    configured(name) {
      server = name;
    },
    messages(messages) {
      const [first] = messages;
      if (first === undefined) return;
      const [method, name] = [shortened(first.method), shortened(subjectOf(first))];
      Object.assign(fields, { mcp_method: method, mcp_name: name, "mcp.method.name": method });
      if (method === "tools/call") fields["gen_ai.tool.name"] = name;
      if (method === "prompts/get") fields["gen_ai.prompt.name"] = name;
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
    forwarding() {
      forwardedAt = now();
    },
    downstream(status) {
      fields["downstream_status"] = status;
      if (forwardedAt !== undefined) fields["downstream_ms"] = Math.round(now() - forwardedAt);
    },
    sent(count) {
      if (bytes === 0) fields["first_byte_ms"] = Math.round(now() - startedAt);
      bytes += count;
    },
    broken(cause) {
      Object.assign(fields, { broken: true, cause: describe(cause) });
    },
    close() {
      const totalMs = Math.round(now() - startedAt);
      const published = metrics?.(valuesOf(fields, totalMs), server);
      log.info("request", { ...fields, total_ms: totalMs, bytes, ...published });
    },
  };
}

function valuesOf(fields: Readonly<Record<string, unknown>>, totalMs: number): RequestValues {
  const { decision, reason, status, broken, downstream_status: answered } = fields;
  const isRefused = decision === "refuse";
  const isFailure = isRefused && Number(status) >= 500;
  const isDownstreamError =
    Number(answered) >= 500 || broken === true || String(reason).startsWith("downstream_");
  return {
    Requests: 1,
    Denials: isRefused && !isFailure ? 1 : undefined,
    Failures: isFailure ? 1 : undefined,
    DownstreamErrors: isDownstreamError ? 1 : undefined,
    DownstreamMs: fields["downstream_ms"] as number | undefined,
    FirstByteMs: fields["first_byte_ms"] as number | undefined,
    DurationMs: totalMs,
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
