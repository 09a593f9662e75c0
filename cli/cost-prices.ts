// Published unit prices in US dollars, us-east-1, without free tiers and discounts. `source` is the seller's page; the figure was read
// at `readAt`, because most of the sellers' pages show prices only in a browser. Check the seller's page before you decide by a figure.

/** One price. `asOf` is the date stated by `readAt`, or the day on which it was read. */
export type UnitPrice = { usd: number; per: string; source: string; readAt: string; asOf: string };

const CLOUDWATCH = "https://aws.amazon.com/cloudwatch/pricing/";
const KMS = "https://aws.amazon.com/kms/pricing/";
const LAMBDA = "https://aws.amazon.com/lambda/pricing/";
const PORTKEY = "https://portkey.ai/pricing";
const VPC = "https://aws.amazon.com/vpc/pricing/";
const WAF = "https://aws.amazon.com/waf/pricing/";

const API_GATEWAY_PAPER =
  "https://docs.aws.amazon.com/pt_br/whitepapers/latest/best-practices-api-gateway-private-apis-integration/cost-optimization.html";
const CLOUDWATCH_BILL =
  "https://www.factualminds.com/blog/amazon-cloudwatch-pricing-metrics-logs-alarms-dashboards/";
const LAMBDA_NOTES =
  "https://git.mcrn.ar/mariano/lambda_local_runner/src/branch/main/docs/lambdas-md/lambda-13-cost.md";
const NAT_BILL =
  "https://zeonedge.com/en/blog/eliminating-aws-nat-gateway-costs-vpc-endpoints-privatelink-ipv6";
const PORTKEY_PROFILE = "https://finops.apis.io/finops/portkey/portkey-finops/";
const WAF_BILL = "https://c3x.dev/blog/aws-waf-cost-explained/";

export const PRICES = {
  apiRequest: price(
    3.5,
    "million requests",
    "https://aws.amazon.com/api-gateway/pricing/",
    API_GATEWAY_PAPER,
    "2026-11-30",
  ),
  lambdaRequest: price(0.2, "million invocations", LAMBDA, LAMBDA_NOTES, "2026-05-11"),
  lambdaTime: price(13.3334, "million GB-seconds on arm64", LAMBDA, LAMBDA_NOTES, "2026-05-11"),
  kmsKey: price(1, "key and month", KMS, KMS, "2026-11-30"),
  kmsSign: price(
    15,
    "million signatures with an elliptic curve",
    KMS,
    "https://www.factualminds.com/blog/aws-kms-pricing-keys-requests-multi-region/",
    "2026-06-13",
  ),
  secret: price(
    0.4,
    "secret and month",
    "https://aws.amazon.com/secrets-manager/pricing/",
    "https://hivebook.wiki/wiki/aws-secrets-manager-rotated-secrets-dynamic-db-credentials-kms",
    "2026-11-30",
  ),
  dynamoDbWrite: price(
    0.625,
    "million writes on demand",
    "https://aws.amazon.com/dynamodb/pricing/on-demand/",
    "https://airbyte.com/data-engineering-resources/dynamodb-pricing",
    "2025-07-21",
  ),
  logs: price(0.5, "GB of logs ingested", CLOUDWATCH, CLOUDWATCH_BILL, "2026-06-13"),
  dashboard: price(3, "dashboard and month", CLOUDWATCH, CLOUDWATCH_BILL, "2026-06-13"),
  alarmMetric: price(
    0.1,
    "metric of an alarm and month",
    CLOUDWATCH,
    "https://c3x.dev/resources/aws/aws_cloudwatch_metric_alarm",
    "2026-11-30",
  ),
  customMetric: price(
    0.3,
    "custom metric and month",
    CLOUDWATCH,
    "https://signoz.io/guides/cloudwatch-pricing",
    "2026-02-15",
  ),
  wafAcl: price(5, "web ACL and month", WAF, WAF_BILL, "2026-11-30"),
  wafRule: price(1, "rule or managed rule group and month", WAF, WAF_BILL, "2026-11-30"),
  wafRequest: price(0.6, "million requests inspected by the web ACL", WAF, WAF_BILL, "2026-11-30"),
  natHour: price(0.045, "NAT gateway and hour", VPC, NAT_BILL, "2026-04-10"),
  natData: price(0.045, "GB through a NAT gateway", VPC, NAT_BILL, "2026-04-10"),
  agentCore: price(
    5,
    "million calls through AgentCore Gateway",
    "https://aws.amazon.com/bedrock/agentcore/pricing/",
    "https://aws.amazon.com/bedrock/agentcore/pricing/",
    "2026-03-11",
  ),
  portkeyPlan: price(49, "month of Portkey's Production plan", PORTKEY, PORTKEY_PROFILE, "2026-11-30"),
  portkeyLogs: price(90, "million requests above the plan's 100,000", PORTKEY, PORTKEY_PROFILE, "2026-11-30"),
} as const;

function price(usd: number, per: string, source: string, readAt: string, asOf: string): UnitPrice {
  return { usd, per, source, readAt, asOf };
}
