// The settings of a gateway from the CDK's context: what can be said with `-c name=value` or in cdk.json. The names are
// listed in docs/deployment.md.
import { join } from "node:path";
import { Duration } from "aws-cdk-lib";
import { RetentionDays } from "aws-cdk-lib/aws-logs";
import { readConfigSource } from "./config-source.ts";
import type { McpGatewayProps } from "./constructs/mcp-gateway-props.ts";
import { type Context, type ContextValues, contextValues, expected } from "./context-values.ts";

const EXAMPLE_CONFIG = join(import.meta.dirname, "..", "config");

/** Reads all settings. @throws Error that names the setting and what it must be, or the configuration that was not found */
export function contextSettings(context: Context): McpGatewayProps {
  const values = contextValues(context);
  const { text, list, number, flag, map } = values;
  const isExternal = text("config") === "external";
  const ttl = number("authorizerCacheTtl", 0, 3600);
  return {
    stage: text("stage") ?? "dev",
    name: text("name"),
    configSource: isExternal ? undefined : readConfigSource(text("configDir") ?? EXAMPLE_CONFIG),
    // An external configuration's public_url is not known here: whoever keeps it says it with -c publicUrl.
    externalConfig: {
      allowedOrigins: list("allowedOrigins"),
      scopesSupported: list("scopesSupported"),
      challengeResourceMetadata: flag("challengeResourceMetadata"),
      headerKey: text("headerKey"),
      secrets: list("secrets"),
      introspectionSecrets: text("introspectionSecrets") === "none" ? [] : list("introspectionSecrets"),
    },
    publicUrl: text("publicUrl"),
    domain: domain(values),
    executeApiEndpoint: flag("executeApiEndpoint"),
    authorizerCacheTtl: ttl === undefined ? undefined : Duration.seconds(ttl),
    throttling: throttling(values),
    reservedConcurrency: {
      authorizer: number("authorizerConcurrency", 1, 100_000),
      proxy: number("proxyConcurrency", 1, 100_000),
    },
    webAcl: flag("waf")
      ? {
          requestsPerAddress: number("wafRequestsPerAddress", 10, 2_000_000_000),
          requestsPerToken: number("wafRequestsPerToken", 10, 2_000_000_000),
          managedRules: flag("wafManagedRules"),
        }
      : undefined,
    network: network(values),
    tracing: flag("tracing"),
    monitoring: {
      dashboard: flag("dashboard"),
      alarms: flag("alarms"),
      alarmTopicArn: text("alarmTopicArn"),
    },
    logRetention: logRetention(values),
    tags: map("tags"),
    setAccountLogRole: text("accountLogRole") !== "external",
    signingKeys: list("signingKeys"),
    formerSigningKeys: list("formerSigningKeys"),
    sessionSecrets: list("sessionSecrets"),
    formerSessionSecrets: list("formerSessionSecrets"),
  };
}

function domain({ text }: ContextValues): McpGatewayProps["domain"] {
  const domainName = text("domainName");
  if (domainName === undefined) return undefined;
  const certificateArn = text("certificateArn");
  if (certificateArn === undefined) {
    throw expected("certificateArn", `the ARN of an ACM certificate for ${domainName}`, certificateArn ?? "");
  }
  const [hostedZoneId, zoneName] = [text("hostedZoneId"), text("hostedZoneName")];
  if ((hostedZoneId === undefined) !== (zoneName === undefined)) {
    throw expected("hostedZoneName", "given together with hostedZoneId, or neither", zoneName ?? "");
  }
  const hostedZone =
    hostedZoneId !== undefined && zoneName !== undefined ? { hostedZoneId, zoneName } : undefined;
  return { domainName, certificateArn, hostedZone };
}

function throttling({ number }: ContextValues): McpGatewayProps["throttling"] {
  const requestsPerSecond = number("throttleRate", 1, 1_000_000);
  const burst = number("throttleBurst", 1, 1_000_000);
  if (requestsPerSecond === undefined && burst === undefined) return undefined;
  return { requestsPerSecond: requestsPerSecond ?? 100, burst: burst ?? (requestsPerSecond ?? 100) * 2 };
}

function network({ text, list }: ContextValues): McpGatewayProps["network"] {
  const vpcId = text("vpcId");
  if (vpcId === undefined) return undefined;
  const subnetIds = list("subnetIds") ?? [];
  if (subnetIds.length === 0) throw expected("subnetIds", `private subnets of ${vpcId}`, "");
  return { vpcId, subnetIds, securityGroupIds: list("securityGroupIds") };
}

function logRetention({ number }: ContextValues): RetentionDays | undefined {
  const days = number("logRetentionDays", 1, 3653);
  if (days === undefined || days in RetentionDays) return days;
  const allowed = Object.values(RetentionDays).filter((value) => typeof value === "number" && value < 9999);
  throw expected("logRetentionDays", `one of CloudWatch's: ${allowed.join(", ")}`, String(days));
}
