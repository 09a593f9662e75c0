// Metrics in CloudWatch's embedded metric format. Names and dimensions are a fixed set and never come from a request, a token or a
// server's configuration, because CloudWatch charges for each value.

/** The counters. */
export type MetricName =
  /** parameters whose newest version is invalid, counted at each read */
  | "ConfigParametersRefused"
  /** reads of the configuration that failed after all retries */
  | "ConfigReadFailed"
  /** reads of a JWKS URL that failed or returned an invalid JWKS */
  | "KeyRefreshFailed";

export type Metrics = { count(name: MetricName, value: number): void };

/**
 * Opens the metrics of a function, in the namespace `McpGateway` with the dimensions `service` and `gateway`. They ignore
 * the log level.
 *
 * @param service the function's name, as in the log
 * @param gateway the gateway's SSM path, which identifies gateway and stage
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
