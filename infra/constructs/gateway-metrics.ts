// The metrics of the dashboard and the alarms: those that the functions publish with their log lines, and the free ones of API Gateway
// and Lambda. Names and dimensions must be those that functions/platform writes.
import { Duration } from "aws-cdk-lib";
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import { MathExpression, Metric } from "aws-cdk-lib/aws-cloudwatch";
import type { IFunction } from "aws-cdk-lib/aws-lambda";
import type { RequestMetric } from "../../functions/platform/request-metrics.ts";

/** The resources that the metrics belong to. */
export interface MonitoredGateway {
  /** SSM path of the configuration, the value of the dimension `gateway`. */
  readonly configPrefix: string;
  readonly api: RestApi;
  readonly authorizer: IFunction;
  readonly proxy: IFunction;
  /** Undefined without a combined endpoint. */
  readonly combined: IFunction | undefined;
  readonly metadata: IFunction;
}

/** The period of all metrics. */
export const METRIC_PERIOD = Duration.minutes(5);

const NAMESPACE = "McpGateway";

/** Counts for the configuration and the keys, which each function publishes. */
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

  /** A metric of all requests, with one line for each server, removed ones included. */
  byServer(metricName: RequestMetric, statistic: string): MathExpression {
    return this.#search("mcp_server", metricName, statistic);
  }

  /** A metric of denied or failed requests, with one line for each reason. */
  byReason(metricName: "Denials" | "Failures"): MathExpression {
    return this.#search("reason", metricName, "Sum");
  }

  /** A metric of rate limits, with one line for each limit. */
  byLimit(metricName: "RateLimited" | "RateLimitWouldDeny" | "RateLimitNotCounted"): MathExpression {
    return this.#search("rate_limit", metricName, "Sum");
  }

  /** The sum of a count over the functions that publish it. */
  source(metricName: SourceMetric, services: readonly string[] = ["authorizer", "proxy", "metadata"]) {
    const combined = this.gateway.combined ? ["combined"] : [];
    const usingMetrics = Object.fromEntries(
      [...services, ...combined].map((service) => [
        // Ids must be unique within a graph.
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

  /** Invocations that Lambda throttled. */
  throttles(): MathExpression {
    const { authorizer, proxy, combined, metadata } = this.gateway;
    const throttles = (each: IFunction) => each.metricThrottles({ statistic: "Sum", period: METRIC_PERIOD });
    return sumOf("Throttles", {
      authorizer: throttles(authorizer),
      proxy: throttles(proxy),
      ...(combined && { combined: throttles(combined) }),
      metadata: throttles(metadata),
    });
  }

  /** All requests that reached the API, denied ones included. */
  apiRequests(): Metric {
    return this.gateway.api.deploymentStage.metricCount({ statistic: "Sum", period: METRIC_PERIOD });
  }

  /** Requests with a status of 500 to 599. */
  serverErrors(): Metric {
    return this.gateway.api.deploymentStage.metricServerError({ statistic: "Sum", period: METRIC_PERIOD });
  }

  /** Requests with a status of 400 to 499. */
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

/** `part` in percent of `whole`; 0 if `part` is less than `atLeast`. */
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
