// API Gateway's own trace header as a W3C Trace Context, so that an MCP server's spans join the trace that X-Ray and the access log know.

const ROOT = /(?:^|;)\s*Root=1-([0-9a-f]{8}-[0-9a-f]{24})(?:;|$)/;
const PARENT = /(?:^|;)\s*Parent=([0-9a-f]{16})(?:;|$)/;
const SAMPLED = /(?:^|;)\s*Sampled=1(?:;|$)/;
const ALL_ZERO = /^0+$/;

/**
 * The `traceparent` for a trace of X-Ray.
 *
 * @param traceId value of `X-Amzn-Trace-Id`: `Root=1-<time>-<id>;Parent=<id>;Sampled=1`, where all but the root may be missing
 * @returns undefined where there is no trace, or none that the standard allows
 * @see https://www.w3.org/TR/trace-context/#traceparent-header
 */
export function traceparentOf(traceId = ""): string | undefined {
  const id = ROOT.exec(traceId)?.[1]?.replace("-", "");
  if (id === undefined) return undefined;
  // Without a parent of its own, the end of the trace id: any will do that is the same for all who see this request.
  const parent = PARENT.exec(traceId)?.[1] ?? id.slice(16);
  if (ALL_ZERO.test(id) || ALL_ZERO.test(parent)) return undefined;
  const flags = SAMPLED.test(traceId) ? "01" : "00";
  return `00-${id}-${parent}-${flags}`;
}
