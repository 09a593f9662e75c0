// The metrics of a request as members of its own log line, in CloudWatch's embedded metric format: no call to AWS, and no second line.
// Every dimension is bounded: configured servers, the fixed words of reasons, this gateway. Nothing that a client sends becomes one.

/** What one request can say; counts are 1 where it happened, durations are milliseconds. */
export type RequestMetric =
  /** requests that reached the proxy, so those whose token was good */
  | "Requests"
  /** requests that a rule refused */
  | "Denials"
  /** requests that the gateway could not decide on or serve */
  | "Failures"
  /** answers of 500 and above from an MCP server, no answer, or one that broke off */
  | "DownstreamErrors"
  /** requests whose credential for the MCP server could not be had, or was refused by it */
  | "UpstreamCredentialFailures"
  /** until the MCP server's headers */
  | "DownstreamMs"
  /** until the first byte of the answer's body was handed on */
  | "FirstByteMs"
  /** for as long as the request held an execution of the proxy; its sum over a time is what was open on average */
  | "DurationMs"
  /** one run of the authorizer */
  | "AuthorizerMs"
  | "ColdStarts"
  /** requests that a rate limit denied */
  | "RateLimited"
  /** rate limits in `log_only` mode that would have denied a request */
  | "RateLimitWouldDeny"
  /** rate limits that could not count a request, since DynamoDB did not respond */
  | "RateLimitNotCounted";

/** Values by name; what is left out or undefined is not published. */
export type RequestValues = Readonly<Partial<Record<RequestMetric, number | undefined>>>;

/**
 * Makes the members that a log line needs for its metrics.
 *
 * @param server the server's name where the configuration has it, else undefined: it counts as `other`
 * @param rateLimit name of the rate limit that the values are about, from the configuration
 */
export type RequestMetrics = (
  values: RequestValues,
  server: string | undefined,
  rateLimit?: string,
) => Record<string, unknown>;

type Definition = { Name: RequestMetric; Unit: "Count" | "Milliseconds" };
type Directive = { Namespace: string; Dimensions: string[][]; Metrics: Definition[] };

const BY_GATEWAY = [["gateway"]];
const BY_SERVER = [...BY_GATEWAY, ["gateway", "mcp_server"]];
const BY_LIMIT = [...BY_GATEWAY, ["gateway", "rate_limit"]];
const BY_REASON = [...BY_SERVER, ["gateway", "reason"]];

/**
 * Opens the request metrics of a function, in the namespace `McpGateway`. The first line also counts a cold start.
 *
 * @param gateway the gateway's SSM path, which tells gateways and stages of one account apart
 * @param now milliseconds since 1970
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createRequestMetrics(gateway: string, now: () => number = Date.now): RequestMetrics {
  let isCold = true;
  return (values, server, rateLimit) => {
    const given = Object.entries(values).filter(([, value]) => Number.isFinite(value));
    const published = Object.fromEntries(isCold ? [...given, ["ColdStarts", 1]] : given);
    isCold = false;
    const CloudWatchMetrics = describeMetrics(Object.keys(published) as RequestMetric[]);
    const dimensions = {
      gateway,
      mcp_server: server ?? "other",
      ...(rateLimit !== undefined && { rate_limit: rateLimit }),
    };
    return { ...published, ...dimensions, _aws: { Timestamp: now(), CloudWatchMetrics } };
  };
}

function describeMetrics(names: readonly RequestMetric[]): readonly Directive[] {
  const publishedBy = (dimensions: string[][], of: (name: RequestMetric) => boolean) =>
    directive(dimensions, names.filter(of).map(definition));
  const all = [
    publishedBy(BY_SERVER, (name) => !hasReason(name) && !isOfLimit(name) && name !== "ColdStarts"),
    publishedBy(BY_REASON, hasReason),
    publishedBy(BY_LIMIT, isOfLimit),
    publishedBy(BY_GATEWAY, (name) => name === "ColdStarts"),
  ];
  return all.filter(({ Metrics }) => Metrics.length > 0);
}

function hasReason(name: RequestMetric): boolean {
  return name === "Denials" || name === "Failures";
}

function isOfLimit(name: RequestMetric): boolean {
  return name.startsWith("RateLimit");
}

function directive(dimensions: string[][], metrics: Definition[]): Directive {
  return { Namespace: "McpGateway", Dimensions: dimensions, Metrics: metrics };
}

function definition(name: RequestMetric): Definition {
  return { Name: name, Unit: name.endsWith("Ms") ? "Milliseconds" : "Count" };
}
