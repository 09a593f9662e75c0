// Converts API Gateway's trace header to W3C Trace Context, so that an MCP server's spans join the trace of X-Ray and the access log.

const ROOT = /(?:^|;)\s*Root=1-([0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;
const PARENT = /(?:^|;)\s*Parent=([0-9a-f]{16})(?:;|$)/;
const SAMPLED = /(?:^|;)\s*Sampled=1(?:;|$)/;
const ALL_ZERO = /^0+$/;

/**
 * The `traceparent` for a trace of X-Ray.
 *
 * @param traceId value of `X-Amzn-Trace-Id`: `Root=1-<time>-<id>;Parent=<id>;Sampled=1`, of which only the root is required
 * @returns undefined without a valid trace
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceparentOf(traceId = ""): string | undefined {
  const id = ROOT.exec(traceId)?.[1]?.replace("-", "");
  if (id === undefined) return undefined;
  // Without a parent, the end of the trace id: any value that is the same for this request.
  const parent = PARENT.exec(traceId)?.[1] ?? id.slice(16);
  if (ALL_ZERO.test(id) || ALL_ZERO.test(parent)) return undefined;
  const flags = SAMPLED.test(traceId) ? "01" : "00";
  return `00-${id}-${parent}-${flags}`;
}
