// Metrics for CloudWatch, as lines of the log in its embedded metric format: no call to AWS. Names and dimensions are a fixed set;
// nothing of a request, a token or a server's configuration ever becomes one, or CloudWatch would charge for each value.
import { Metrics as EmbeddedMetrics, MetricUnit } from "@aws-lambda-powertools/metrics";

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
 * Opens the metrics of a function, in the namespace `McpGateway` with the dimensions `gateway` and `service`.
 *
 * @param service the function's name, as in the log
 * @param gateway the gateway's SSM path, which tells gateways and stages of one account apart
 * @see https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
 */
export function createMetrics(service: string, gateway: string): Metrics {
  const metrics = new EmbeddedMetrics({
    namespace: "McpGateway",
    serviceName: `mcp-gateway-${service}`,
    defaultDimensions: { gateway },
  });
  return {
    count(name, value) {
      metrics.addMetric(name, MetricUnit.Count, value);
      metrics.publishStoredMetrics();
    },
  };
}
