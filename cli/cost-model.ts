// Monthly cost of a gateway: usage charges and fixed charges, without data transfer to the internet, log storage, X-Ray and the MCP
// servers.
import { PRICES } from "./cost-prices.ts";

/** A month's traffic and the settings. */
export type Traffic = {
  requests: number;
  /** callers: people or agents */
  users: number;
  /** GET event streams that are always open */
  streams: number;
  /** hours of the month in which users call */
  activeHours: number;
  /** TTL of the authorizer cache; 0: the authorizer runs for every request */
  authorizerTtlSeconds: number;
  memoryMb: number;
  /** mean time until a response is complete */
  responseMs: number;
  /** `jwt_header`: lifetime of identity JWTs, signed by KMS; 0: no signing */
  jwtSeconds: number;
  /** rate limits that count each request; 0: none, and no table */
  rateLimits: number;
};

/** Resources with a fixed monthly charge. */
export type FixedResources = {
  /** MCP servers in use; each has its own CloudWatch metrics */
  servers: number;
  /** with the combined endpoint, which has metrics like a server and adds metrics to the alarms */
  combined: boolean;
  dashboard: boolean;
  alarms: boolean;
  /** with all rules, including AWS managed rules */
  waf: boolean;
  /** NAT gateways used only by this gateway */
  natGateways: number;
};

export type CostLine = { what: string; quantity: number; unit: string; usd: number };

const MILLION = 1e6;
const HOURS_A_MONTH = 730;
const SECONDS_A_MONTH = HOURS_A_MONTH * 3_600;
/** The gateway ends a stream before Lambda's 15-minute timeout, and the client opens it again. */
const STREAM_SECONDS = 890;
const AUTHORIZER_MS = 30;
/** An audit line and an access log line. */
const LOG_BYTES = 1_700;
const REUSE_MARGIN_SECONDS = 30;
/** Metrics evaluated by the alarms. */
const ALARM_METRICS = 18;
const COMBINED_ALARM_METRICS = 4;
/** Metrics of the gateway and of each server: docs/operations.md. */
const GATEWAY_METRICS = 9;
const SERVER_METRICS = 8;
/** Two rate rules and three managed rule groups. */
const WAF_RULES = 5;
/** A call to an MCP server and its response. */
const CALL_BYTES = 8_000;

export function usageCost(traffic: Traffic): CostLine[] {
  const { requests, streams, memoryMb, responseMs, jwtSeconds, rateLimits } = traffic;
  const gigabytes = memoryMb / 1_024;
  const reconnects = (streams * SECONDS_A_MONTH) / STREAM_SECONDS;
  const calls = requests + reconnects;
  const decisions = Math.min(calls, decisionsOf(traffic) + reconnects);
  const lines = [
    line("API Gateway", calls / MILLION, "million requests", PRICES.apiRequest.usd),
    line("authorizer, invocations", decisions / MILLION, "million", PRICES.lambdaRequest.usd),
    line(
      "authorizer, time",
      gigabyteSeconds(decisions, AUTHORIZER_MS, gigabytes),
      "million GB-s",
      PRICES.lambdaTime.usd,
    ),
    line("proxy, invocations", calls / MILLION, "million", PRICES.lambdaRequest.usd),
    line(
      "proxy, time of requests",
      gigabyteSeconds(requests, responseMs, gigabytes),
      "million GB-s",
      PRICES.lambdaTime.usd,
    ),
    line(
      "proxy, time of open streams",
      (streams * SECONDS_A_MONTH * gigabytes) / MILLION,
      "million GB-s",
      PRICES.lambdaTime.usd,
    ),
    line("logs", (calls * LOG_BYTES) / 1e9, "GB", PRICES.logs.usd),
  ];
  // A counter is smaller than 1 KB: one write unit for each limit and request, also if the limit denies the call.
  if (rateLimits > 0)
    lines.push(
      line(
        "DynamoDB, counting",
        (requests * rateLimits) / MILLION,
        "million writes",
        PRICES.dynamoDbWrite.usd,
      ),
    );
  if (jwtSeconds === 0) return lines;
  const signatures = Math.min(calls, windowsOf(traffic, Math.max(1, jwtSeconds - REUSE_MARGIN_SECONDS)));
  return [...lines, line("KMS, signatures", signatures / MILLION, "million", PRICES.kmsSign.usd)];
}

/** Fixed charges of a month, and the usage charges of the web ACL and the NAT gateways. */
export function fixedCost(resources: FixedResources, { requests, activeHours }: Traffic): CostLine[] {
  const { servers, combined, dashboard, alarms, waf, natGateways } = resources;
  const endpoints = servers + (combined ? 1 : 0);
  const alarmMetrics = ALARM_METRICS + (combined ? COMBINED_ALARM_METRICS : 0);
  // CloudWatch charges for a metric only in the hours in which it has values.
  const metrics = ((GATEWAY_METRICS + SERVER_METRICS * endpoints) * activeHours) / HOURS_A_MONTH;
  return [
    line("KMS, signing key", 1, "key", PRICES.kmsKey.usd),
    line("Secrets Manager, session secret", 1, "secret", PRICES.secret.usd),
    line("CloudWatch, custom metrics", metrics, "metrics", PRICES.customMetric.usd),
    ...(dashboard ? [line("CloudWatch, dashboard", 1, "dashboard", PRICES.dashboard.usd)] : []),
    ...(alarms ? [line("CloudWatch, alarms", alarmMetrics, "metrics", PRICES.alarmMetric.usd)] : []),
    ...(waf
      ? [
          line("WAF, web ACL", 1, "web ACL", PRICES.wafAcl.usd),
          line("WAF, rules", WAF_RULES, "rules", PRICES.wafRule.usd),
          line("WAF, requests", requests / MILLION, "million requests", PRICES.wafRequest.usd),
        ]
      : []),
    ...(natGateways > 0
      ? [
          line("NAT gateways", natGateways * HOURS_A_MONTH, "hours", PRICES.natHour.usd),
          line("NAT, data", (requests * CALL_BYTES) / 1e9, "GB", PRICES.natData.usd),
        ]
      : []),
  ];
}

/** Cost of the same calls with other products, by published prices. */
export function elsewhere({ requests }: Traffic): CostLine[] {
  const above = Math.max(0, requests - 100_000);
  const portkey = PRICES.portkeyPlan.usd + (Math.ceil(above / 100_000) * PRICES.portkeyLogs.usd) / 10;
  return [
    line("AgentCore Gateway", requests / MILLION, "million calls", PRICES.agentCore.usd),
    {
      what: "Portkey, Production plan",
      quantity: requests / MILLION,
      unit: "million requests",
      usd: portkey,
    },
  ];
}

export function total(lines: readonly CostLine[]): number {
  return lines.reduce((sum, { usd }) => sum + usd, 0);
}

// The authorizer runs for a user's first request in each cache window, and at most once per request.
function decisionsOf(traffic: Traffic): number {
  const { requests, authorizerTtlSeconds } = traffic;
  return authorizerTtlSeconds === 0 ? requests : Math.min(requests, windowsOf(traffic, authorizerTtlSeconds));
}

function windowsOf({ users, activeHours }: Traffic, seconds: number): number {
  return (users * activeHours * 3_600) / seconds;
}

function gigabyteSeconds(calls: number, ms: number, gigabytes: number): number {
  return (calls * (ms / 1_000) * gigabytes) / MILLION;
}

function line(what: string, quantity: number, unit: string, usdEach: number): CostLine {
  return { what, quantity, unit, usd: quantity * usdEach };
}
