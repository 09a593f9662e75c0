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

/**
 * Opens the request metrics of a function, in the namespace `McpGateway`. The first line also counts a cold start.
 *
 * @param gateway the gateway's SSM path, which identifies gateway and stage
 * @param now milliseconds since 1970
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createRequestMetrics(gateway: string, now: () => number = Date.now): RequestMetrics {
  let isCold = true;
  // By the names of a line's metrics: a function has few combinations of them.
  const known = new Map<string, readonly Directive[]>();
  return (values, server, rateLimit) => {
    const published: Partial<Record<RequestMetric, number>> = {};
    for (const name of Object.keys(values) as RequestMetric[]) {
      const value = values[name];
      if (value !== undefined && Number.isFinite(value)) published[name] = value;
    }
    if (isCold) published.ColdStarts = 1;
    isCold = false;
    const names = Object.keys(published) as RequestMetric[];
    const key = names.join();
    let directives = known.get(key);
    if (directives === undefined) {
      directives = directivesOf(names);
      known.set(key, directives);
    }
    return {
      ...published,
      gateway,
      mcp_server: server ?? "other",
      ...(rateLimit !== undefined && { rate_limit: rateLimit }),
      _aws: { Timestamp: now(), CloudWatchMetrics: directives },
    };
  };
}

function directivesOf(names: readonly RequestMetric[]): Directive[] {
  return [BY_SERVER, BY_REASON, BY_LIMIT, BY_GATEWAY]
    .map((dimensions) => ({
      Namespace: "McpGateway",
      Dimensions: dimensions,
      Metrics: names.filter((name) => DIMENSIONS[name] === dimensions).map(definition),
    }))
    .filter(({ Metrics }) => Metrics.length > 0);
}

function definition(name: RequestMetric): Definition {
  return { Name: name, Unit: name.endsWith("Ms") ? "Milliseconds" : "Count" };
}
