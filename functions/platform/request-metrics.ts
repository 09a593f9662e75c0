// The metrics of a request, as members of its log line in CloudWatch's embedded metric format. Dimensions are bounded: configured
// servers, reasons, this gateway; never a value from a client.

/** Metrics of one request; durations in milliseconds. */
export type RequestMetric =
  /** requests that reached the proxy, with a valid token */
  | "Requests"
  /** requests that a rule denied */
  | "Denials"
  /** requests that the gateway could not decide on or serve */
  | "Failures"
  /** MCP server responses that are missing, incomplete, unusable or have a status of 500 and above */
  | "DownstreamErrors"
  /** requests without a credential for the MCP server, or whose credential it rejected */
  | "UpstreamCredentialFailures"
  /** until the MCP server's response headers */
  | "DownstreamMs"
  /** until the first byte of the response body was sent */
  | "FirstByteMs"
  /** duration of the request's Lambda execution; the sum over a period is proportional to concurrency */
  | "DurationMs"
  /** duration of the authorizer */
  | "AuthorizerMs"
  | "ColdStarts"
  /** members of the combined endpoint without a part in a merged response */
  | "MembersUnavailable"
  /** requests that a rate limit denied */
  | "RateLimited"
  /** rate limits in `log_only` mode that would have denied a request */
  | "RateLimitWouldDeny"
  /** rate limits that could not count a request because DynamoDB failed or did not respond in time */
  | "RateLimitNotCounted"
  /** pinned tools in a list whose definition has changed */
  | "ChangedTools";

/** Values by name; undefined values are not published. */
export type RequestValues = Readonly<Partial<Record<RequestMetric, number | undefined>>>;

/**
 * Creates the members of a log line for its metrics.
 *
 * @param server the server's name if configured; undefined counts as `other`
 * @param rateLimit configured name of the rate limit that the values belong to
 */
export type RequestMetrics = (
  values: RequestValues,
  server: string | undefined,
  rateLimit?: string,
) => Record<string, unknown>;

type Definition = { Name: RequestMetric; Unit: "Count" | "Milliseconds" };
type Directive = { Namespace: string; Dimensions: string[][]; Metrics: readonly Definition[] };

const BY_GATEWAY = [["gateway"]];
const BY_SERVER = [...BY_GATEWAY, ["gateway", "mcp_server"]];
const BY_LIMIT = [...BY_GATEWAY, ["gateway", "rate_limit"]];
const BY_REASON = [...BY_SERVER, ["gateway", "reason"]];

/** The dimensions of every metric: the compiler rejects a metric without an entry, which CloudWatch would not receive. */
const DIMENSIONS: Readonly<Record<RequestMetric, string[][]>> = {
  Requests: BY_SERVER,
  DownstreamErrors: BY_SERVER,
  UpstreamCredentialFailures: BY_SERVER,
  DownstreamMs: BY_SERVER,
  FirstByteMs: BY_SERVER,
  DurationMs: BY_SERVER,
  AuthorizerMs: BY_SERVER,
  MembersUnavailable: BY_SERVER,
  ChangedTools: BY_SERVER,
  Denials: BY_REASON,
  Failures: BY_REASON,
  RateLimited: BY_LIMIT,
  RateLimitWouldDeny: BY_LIMIT,
  RateLimitNotCounted: BY_LIMIT,
  ColdStarts: BY_GATEWAY,
};

/** All metrics by their dimensions. A line contains those that it has values for. */
const DIRECTIVES: readonly Directive[] = [BY_SERVER, BY_REASON, BY_LIMIT, BY_GATEWAY].map((dimensions) =>
  directive(
    dimensions,
    (Object.keys(DIMENSIONS) as RequestMetric[]).filter((name) => DIMENSIONS[name] === dimensions),
  ),
);

/**
 * Opens the request metrics of a function, in the namespace `McpGateway`. The first line also counts a cold start.
 *
 * @param gateway the gateway's SSM path, which identifies gateway and stage
 * @param now milliseconds since 1970
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createRequestMetrics(gateway: string, now: () => number = Date.now): RequestMetrics {
  let isCold = true;
  return (values, server, rateLimit) => {
    const given = Object.entries(values).filter(([, value]) => Number.isFinite(value));
    const published: RequestValues = Object.fromEntries(isCold ? [...given, ["ColdStarts", 1]] : given);
    isCold = false;
    const dimensions = {
      gateway,
      mcp_server: server ?? "other",
      ...(rateLimit !== undefined && { rate_limit: rateLimit }),
    };
    return {
      ...published,
      ...dimensions,
      _aws: { Timestamp: now(), CloudWatchMetrics: directivesOf(published) },
    };
  };
}

function directivesOf(values: RequestValues): Directive[] {
  return DIRECTIVES.map(({ Metrics, ...directive }) => ({
    ...directive,
    Metrics: Metrics.filter(({ Name }) => values[Name] !== undefined),
  })).filter(({ Metrics }) => Metrics.length > 0);
}

function directive(dimensions: string[][], names: readonly RequestMetric[]): Directive {
  const definitions = names.map(
    (name): Definition => ({ Name: name, Unit: name.endsWith("Ms") ? "Milliseconds" : "Count" }),
  );
  return { Namespace: "McpGateway", Dimensions: dimensions, Metrics: definitions };
}
