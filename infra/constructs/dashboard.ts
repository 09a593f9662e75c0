// The operator's dashboard: traffic, denials by reason, latency, errors, and the state of the configuration and the keys.
import {
  type Alarm,
  AlarmStatusWidget,
  Dashboard,
  GraphWidget,
  type IMetric,
  MathExpression,
  PeriodOverride,
} from "aws-cdk-lib/aws-cloudwatch";
import { Construct } from "constructs";
import type { GatewayNames } from "../gateway-names.ts";
import { type GatewayMetrics, METRIC_PERIOD } from "./gateway-metrics.ts";

/** What the dashboard shows. */
export interface GatewayDashboardProps {
  readonly names: GatewayNames;
  readonly metrics: GatewayMetrics;
  readonly alarms: readonly Alarm[];
  /** Whether requests are counted against rate limits. */
  readonly hasRateLimits: boolean;
  /** Whether tools are pinned. */
  readonly hasPins: boolean;
}

/** A dashboard with the gateway's name. */
export class GatewayDashboard extends Construct {
  readonly dashboard: Dashboard;

  constructor(
    scope: Construct,
    id: string,
    { names, metrics, alarms, hasRateLimits, hasPins }: GatewayDashboardProps,
  ) {
    super(scope, id);
    const { authorizer, proxy, combined } = metrics.gateway;
    const p95 = (name: "AuthorizerMs" | "DownstreamMs" | "FirstByteMs") => metrics.byServer(name, "p95");
    const running = { statistic: "Maximum", period: METRIC_PERIOD };
    const averageOpen = new MathExpression({
      label: "average open",
      expression: `held / ${METRIC_PERIOD.toMilliseconds()}`,
      usingMetrics: { held: metrics.request("DurationMs", "Sum") },
      period: METRIC_PERIOD,
    });
    const dashboard = new Dashboard(this, "Dashboard", {
      dashboardName: names.gateway,
      periodOverride: PeriodOverride.INHERIT,
    });
    this.dashboard = dashboard;
    if (alarms.length > 0) {
      dashboard.addWidgets(
        new AlarmStatusWidget({ title: "Alarms", width: 24, height: 3, alarms: [...alarms] }),
      );
    }
    dashboard.addWidgets(
      graph("Requests at the API", [metrics.apiRequests(), metrics.clientErrors(), metrics.serverErrors()]),
      graph("Requests by server", [metrics.byServer("Requests", "Sum")]),
      graph("Denied, by reason", [metrics.byReason("Denials")]),
    );
    dashboard.addWidgets(
      graph("Authorizer, p95 ms", [p95("AuthorizerMs")], "milliseconds"),
      graph("MCP server, p95 ms", [p95("DownstreamMs")], "milliseconds"),
      graph("First byte, p95 ms", [p95("FirstByteMs")], "milliseconds"),
    );
    dashboard.addWidgets(
      graph("Errors of MCP servers", [metrics.byServer("DownstreamErrors", "Sum")]),
      graph("Failures, by reason", [metrics.byReason("Failures")]),
      graph(
        "Open requests and streams",
        [
          averageOpen,
          proxy.metric("ConcurrentExecutions", { ...running, label: "proxy, most" }),
          ...(combined
            ? [combined.metric("ConcurrentExecutions", { ...running, label: "combined, most" })]
            : []),
          authorizer.metric("ConcurrentExecutions", { ...running, label: "authorizer, most" }),
        ],
        "open at once",
      ),
    );
    dashboard.addWidgets(
      graph("Configuration and keys", [
        metrics.source("ConfigParametersRefused"),
        metrics.source("ConfigReadFailed"),
        metrics.source("KeyRefreshFailed", ["authorizer"]),
      ]),
      graph("Cold starts", [metrics.request("ColdStarts", "Sum")]),
      graph("Throttled", [metrics.throttles()]),
    );
    if (combined) {
      dashboard.addWidgets(
        graph("Unavailable members of the combined endpoint", [metrics.request("MembersUnavailable", "Sum")]),
      );
    }
    if (hasRateLimits)
      dashboard.addWidgets(
        graph("Denied by a rate limit, by limit", [metrics.byLimit("RateLimited")]),
        graph("Would be denied by a rate limit in log_only mode", [metrics.byLimit("RateLimitWouldDeny")]),
        graph("Not counted, by limit", [metrics.byLimit("RateLimitNotCounted")]),
      );
    if (hasPins)
      dashboard.addWidgets(
        graph("Changed tools in lists, by server", [metrics.byServer("ChangedTools", "Sum")]),
      );
  }
}

function graph(title: string, left: IMetric[], label = "number in five minutes"): GraphWidget {
  return new GraphWidget({
    title,
    left,
    width: 8,
    height: 6,
    leftYAxis: { min: 0, label, showUnits: false },
  });
}
