// Metrics for CloudWatch, as lines of the log in its embedded metric format: no call to AWS. Names and dimensions are a fixed set;
// nothing of a request, a token or a server's configuration ever becomes one, or CloudWatch would charge for each value.

/** What is counted. */
export type MetricName =
  /** parameters whose newest version is refused, at each read: above 0 for as long as that is so */
  | "ConfigParametersRefused"
  /** reads of the configuration that failed after all retries */
  | "ConfigReadFailed"
  /** reads of a JWKS URL that brought no usable keys */
  | "KeyRefreshFailed";

/** Counts; tests pass their own. */
export type Metrics = { count(name: MetricName, value: number): void };

/**
 * Opens the metrics of a function, in the namespace `McpGateway` with the dimensions `service` and `gateway`. They are written whatever
 * the log's level is.
 *
 * @param service the function's name, as in the log
 * @param gateway the gateway's SSM path, which tells gateways and stages of one account apart
 * @param now milliseconds since 1970
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetrics(service: string, gateway: string, now: () => number = Date.now): Metrics {
  return {
    count(name, value) {
      const Metrics = [{ Name: name, Unit: "Count" }];
      const directive = { Namespace: "McpGateway", Dimensions: [["service", "gateway"]], Metrics };
      const line = {
        _aws: { Timestamp: now(), CloudWatchMetrics: [directive] },
        service: `mcp-gateway-${service}`,
        gateway,
        [name]: value,
      };
      process.stdout.write(`${JSON.stringify(line)}\n`);
    },
  };
}
