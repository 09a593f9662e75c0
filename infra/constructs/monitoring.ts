// What an operator sees of a gateway in CloudWatch: saved queries always, dashboard and alarms unless turned off.
import type { RestApi } from "aws-cdk-lib/aws-apigateway";
import type { Construct } from "constructs";
import type { GatewayNames } from "../gateway-names.ts";
import { GatewayAlarms } from "./alarms.ts";
import { GatewayDashboard } from "./dashboard.ts";
import type { GatewayFunctions } from "./gateway-functions.ts";
import { GatewayMetrics } from "./gateway-metrics.ts";
import type { MonitoringSettings } from "./mcp-gateway-props.ts";
import { SavedQueries } from "./saved-queries.ts";

/** What is watched, and how. */
export interface MonitoringProps extends GatewayFunctions {
  readonly names: GatewayNames;
  readonly api: RestApi;
  readonly settings: MonitoringSettings;
}

/** Adds it all to a scope. */
export function addMonitoring(scope: Construct, props: MonitoringProps): void {
  const { names, api, authorizer, proxy, metadata, settings } = props;
  const metrics = new GatewayMetrics({
    configPrefix: names.configPrefix,
    api,
    authorizer: authorizer.function,
    proxy: proxy.function,
    metadata: metadata.function,
  });
  const topicArn = settings.alarmTopicArn;
  const alarms =
    (settings.alarms ?? true) ? new GatewayAlarms(scope, "Alarms", { names, metrics, topicArn }).alarms : [];
  if (settings.dashboard ?? true) new GatewayDashboard(scope, "Dashboard", { names, metrics, alarms });
  new SavedQueries(scope, "Queries", { names, authorizer, proxy });
}
