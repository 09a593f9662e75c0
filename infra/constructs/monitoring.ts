// The CloudWatch resources of a gateway: saved queries always, dashboard and alarms unless turned off.
import type { Alarm, Dashboard } from "aws-cdk-lib/aws-cloudwatch";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { GatewayNames } from "../gateway-names.ts";
import { GatewayAlarms } from "./alarms.ts";
import { GatewayDashboard } from "./dashboard.ts";
import type { GatewayFunctions } from "./gateway-functions.ts";
import type { GatewayMetrics } from "./gateway-metrics.ts";
import { SavedQueries } from "./saved-queries.ts";

/** The resources to monitor, and the settings. */
export interface MonitoringProps extends GatewayFunctions {
  readonly names: GatewayNames;
  readonly metrics: GatewayMetrics;
  readonly hasDashboard: boolean;
  readonly hasAlarms: boolean;
  readonly alarmTopic: ITopic | undefined;
  /** Whether requests are counted against rate limits. */
  readonly hasRateLimits: boolean;
  /** Whether tools are pinned. */
  readonly hasPins: boolean;
}

/** The dashboard and the alarms. */
export type Monitoring = { readonly alarms: readonly Alarm[]; readonly dashboard: Dashboard | undefined };

/** Adds the monitoring resources to a scope. */
export function addMonitoring(scope: Construct, props: MonitoringProps): Monitoring {
  const { names, metrics, authorizer, proxy, combined, alarmTopic: topic } = props;
  const { hasRateLimits, hasPins } = props;
  const alarms = props.hasAlarms
    ? new GatewayAlarms(scope, "Alarms", { names, metrics, topic, hasRateLimits, hasPins }).alarms
    : [];
  const dashboard = props.hasDashboard
    ? new GatewayDashboard(scope, "Dashboard", { names, metrics, alarms, hasRateLimits, hasPins }).dashboard
    : undefined;
  new SavedQueries(scope, "Queries", { names, authorizer, proxy, combined, hasRateLimits, hasPins });
  return { alarms, dashboard };
}
