// The alarms. docs/operations.md says what to do for each.
import { Alarm, ComparisonOperator, type IMetric, TreatMissingData } from "aws-cdk-lib/aws-cloudwatch";
import { SnsAction } from "aws-cdk-lib/aws-cloudwatch-actions";
import type { ITopic } from "aws-cdk-lib/aws-sns";
import { Construct } from "constructs";
import type { GatewayNames } from "../gateway-names.ts";
import { type GatewayMetrics, percentage } from "./gateway-metrics.ts";

/** The metrics that the alarms watch, and the topic that they notify. */
export interface GatewayAlarmsProps {
  readonly names: GatewayNames;
  readonly metrics: GatewayMetrics;
  /** Undefined: the alarms are only visible in CloudWatch. */
  readonly topic: ITopic | undefined;
  /** Whether requests are counted against rate limits. */
  readonly hasRateLimits: boolean;
  /** Whether tools are pinned. */
  readonly hasPins: boolean;
}

type Row = {
  readonly name: string;
  readonly metric: IMetric;
  /** A period breaches it if the metric is greater or equal. */
  readonly threshold: number;
  /** How many of the last five-minute periods must breach the threshold. */
  readonly periods: readonly [must: number, of: number];
  readonly description: string;
};

/** The alarms of a gateway, named `<gateway>-<Name>`. */
export class GatewayAlarms extends Construct {
  readonly alarms: readonly Alarm[];

  constructor(scope: Construct, id: string, props: GatewayAlarmsProps) {
    super(scope, id);
    const { names, metrics, topic, hasRateLimits, hasPins } = props;
    const action = topic && new SnsAction(topic);
    const watched = [
      ...rows(metrics),
      ...(hasRateLimits ? rateLimitRows(metrics) : []),
      ...(hasPins ? pinRows(metrics) : []),
    ];
    this.alarms = watched.map(({ name, metric, threshold, periods, description }) => {
      const [datapointsToAlarm, evaluationPeriods] = periods;
      const alarm = new Alarm(this, name, {
        alarmName: `${names.gateway}-${name}`,
        alarmDescription: `${names.title}: ${description}`,
        metric,
        threshold,
        comparisonOperator: ComparisonOperator.GREATER_THAN_OR_EQUAL_TO_THRESHOLD,
        datapointsToAlarm,
        evaluationPeriods,
        // Most metrics have no data points while there are no events.
        treatMissingData: TreatMissingData.NOT_BREACHING,
      });
      if (action !== undefined) {
        alarm.addAlarmAction(action);
        alarm.addOkAction(action);
      }
      return alarm;
    });
  }
}

function rateLimitRows(metrics: GatewayMetrics): Row[] {
  return [
    {
      name: "RateLimitNotCounted",
      metric: metrics.request("RateLimitNotCounted", "Sum"),
      threshold: 1,
      periods: [2, 3],
      description:
        "Calls cannot be counted because DynamoDB does not respond. on_store_failure decides whether they are allowed.",
    },
  ];
}

function pinRows(metrics: GatewayMetrics): Row[] {
  return [
    {
      name: "ChangedTools",
      metric: metrics.request("ChangedTools", "Sum"),
      threshold: 1,
      periods: [1, 1],
      description:
        "A server lists a pinned tool with another definition. The command config pin SERVER shows it.",
    },
  ];
}

function rows(metrics: GatewayMetrics): Row[] {
  const requests = metrics.request("Requests", "Sum");
  return [
    {
      name: "ServerErrors",
      metric: percentage("5xx responses, percent", metrics.serverErrors(), metrics.apiRequests(), 5),
      threshold: 5,
      periods: [2, 3],
      description: "5 percent of all responses have a status of 500 or above.",
    },
    {
      name: "DenialSpike",
      metric: percentage("Denied, percent", metrics.request("Denials", "Sum"), metrics.apiRequests(), 50),
      threshold: 30,
      periods: [2, 3],
      description: "30 percent of all requests, and at least 50, are denied by a rule.",
    },
    {
      name: "ConfigParametersRefused",
      metric: metrics.source("ConfigParametersRefused"),
      threshold: 1,
      periods: [1, 1],
      description:
        "A configuration parameter is invalid. Its last valid version stays in use, if there is one.",
    },
    {
      name: "ConfigReadFailed",
      metric: metrics.source("ConfigReadFailed"),
      threshold: 1,
      periods: [2, 3],
      description: "The configuration could not be read from SSM, even after retries.",
    },
    {
      name: "KeyRefreshFailed",
      metric: metrics.source("KeyRefreshFailed", ["authorizer"]),
      threshold: 1,
      periods: [2, 3],
      description:
        "A JWKS URL returns no usable keys. The last keys are used for an hour, then every token is denied.",
    },
    {
      name: "IdentityUnavailable",
      metric: metrics.request("Failures", "Sum", "identity_unavailable"),
      threshold: 1,
      periods: [2, 3],
      description: "Identity JWTs cannot be signed. Check KMS, the key and the proxy's permission.",
    },
    {
      name: "UpstreamCredentials",
      metric: metrics.request("UpstreamCredentialFailures", "Sum"),
      threshold: 1,
      periods: [2, 3],
      description:
        "Credentials for an MCP server cannot be fetched, or the server rejects them. Check the token endpoint, Descope's Connections and upstream_auth.",
    },
    {
      name: "DownstreamErrors",
      metric: percentage(
        "Errors of MCP servers, percent",
        metrics.request("DownstreamErrors", "Sum"),
        requests,
        5,
      ),
      threshold: 20,
      periods: [2, 3],
      description: "20 percent of the requests to MCP servers fail, time out or are aborted.",
    },
    {
      name: "Throttles",
      metric: metrics.throttles(),
      threshold: 1,
      periods: [1, 1],
      description: "Lambda throttled a function because no concurrency was available.",
    },
  ];
}
