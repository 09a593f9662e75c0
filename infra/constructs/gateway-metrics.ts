// The metrics that dashboard and alarms read: those that the functions publish with their log lines, and those of API Gateway and Lambda
// that cost nothing. Names and dimensions here are the ones that functions/platform writes.
import { Duration } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { RequestMetric } from "../../functions/platform/request-metrics.ts";

/** What the metrics are of. */
export interface MonitoredGateway {
  /** SSM path of the configuration: value of the dimension `gateway`. */
  readonly configPrefix: string;
  readonly api: RestApi;
  readonly authorizer: IFunction;
  readonly proxy: IFunction;
  readonly metadata: IFunction;
}

/** Length of a period of all metrics. */
export const METRIC_PERIOD = Duration.minutes(5);

const NAMESPACE = "McpGateway";

/** Counts of the configuration and the keys, published by every function on its own. */
export type SourceMetric = "ConfigParametersRefused" | "ConfigReadFailed" | "KeyRefreshFailed";

/** Metrics of one gateway. */
export class GatewayMetrics {
  readonly gateway: MonitoredGateway;

  constructor(gateway: MonitoredGateway) {
    this.gateway = gateway;
  }

  /** A metric of all requests, or of those denied for one reason. */
  request(metricName: RequestMetric, statistic: string, reason?: string): Metric {
    return new Metric({
      namespace: NAMESPACE,
      metricName,
      statistic,
      period: METRIC_PERIOD,
      dimensionsMap: { gateway: this.gateway.configPrefix, ...(reason !== undefined && { reason }) },
    });
  }

  /** A metric of all requests, one line for each server that there ever was. */
  byServer(metricName: RequestMetric, statistic: string): MathExpression {
    return this.#search("mcp_server", metricName, statistic);
  }

  /** A metric of denied requests, one line for each reason. */
  byReason(metricName: "Denials" | "Failures"): MathExpression {
    return this.#search("reason", metricName, "Sum");
  }

  /** A metric of rate limits, one line for each limit. */
  byLimit(metricName: "RateLimited" | "RateLimitWouldDeny" | "RateLimitNotCounted"): MathExpression {
    return this.#search("rate_limit", metricName, "Sum");
  }

  /** A count of the functions that publish it, together. */
  source(metricName: SourceMetric, services: readonly string[] = ["authorizer", "proxy", "metadata"]) {
    const usingMetrics = Object.fromEntries(
      services.map((service) => [
        // Ids are unique within a graph.
        `${metricName.charAt(0).toLowerCase()}${metricName.slice(1)}_${service}`,
        new Metric({
          namespace: NAMESPACE,
          metricName,
          statistic: "Sum",
          period: METRIC_PERIOD,
          dimensionsMap: { service: `mcp-gateway-${service}`, gateway: this.gateway.configPrefix },
        }),
      ]),
    );
    return sumOf(metricName, usingMetrics);
  }

  /** Invocations that Lambda refused for want of concurrency. */
  throttles(): MathExpression {
    const { authorizer, proxy, metadata } = this.gateway;
    const throttles = (each: IFunction) => each.metricThrottles({ statistic: "Sum", period: METRIC_PERIOD });
    return sumOf("Throttles", {
      authorizer: throttles(authorizer),
      proxy: throttles(proxy),
      metadata: throttles(metadata),
    });
  }

  /** All requests that reached the API, denied ones too. */
  apiRequests(): Metric {
    return this.gateway.api.deploymentStage.metricCount({ statistic: "Sum", period: METRIC_PERIOD });
  }

  /** Requests that the API answered with 500 and above. */
  serverErrors(): Metric {
    return this.gateway.api.deploymentStage.metricServerError({ statistic: "Sum", period: METRIC_PERIOD });
  }

  /** Requests that the API answered with 400 to 499. */
  clientErrors(): Metric {
    return this.gateway.api.deploymentStage.metricClientError({ statistic: "Sum", period: METRIC_PERIOD });
  }

  #search(dimension: string, metricName: RequestMetric, statistic: string): MathExpression {
    const gateway = this.gateway.configPrefix;
    return new MathExpression({
      expression: `SEARCH('{${NAMESPACE},gateway,${dimension}} MetricName="${metricName}" gateway="${gateway}"', '${statistic}')`,
      label: `\${PROP('Dim.${dimension}')}`,
      period: METRIC_PERIOD,
    });
  }
}

/** A share in percent, 0 while there are fewer than `atLeast` of the part. */
export function percentage(label: string, part: Metric, whole: Metric, atLeast: number): MathExpression {
  return new MathExpression({
    label,
    expression: `IF(FILL(part, 0) >= ${atLeast}, 100 * part / whole, 0)`,
    usingMetrics: { part, whole },
    period: METRIC_PERIOD,
  });
}

function sumOf(label: string, usingMetrics: Record<string, Metric>): MathExpression {
  const expression = Object.keys(usingMetrics)
    .map((id) => `FILL(${id}, 0)`)
    .join(" + ");
  return new MathExpression({ label, expression, usingMetrics, period: METRIC_PERIOD });
}
