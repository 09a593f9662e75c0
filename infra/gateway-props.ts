// Makes the properties of the construct from the settings of one stage: ids and ARNs become CDK references.
import { Annotations, Duration } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { SecurityGroup, Subnet, Vpc } from "aws-cdk-lib/aws-ec2";
import { Key } from "aws-cdk-lib/aws-kms";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { ConfigSource } from "./config-source.ts";
import type { McpGatewayProps } from "./constructs/mcp-gateway-props.ts";
import { GatewayWebAcl } from "./constructs/web-acl.ts";
import { GatewayConfig } from "./gateway-config.ts";
import { generationsOf } from "./generation.ts";
import { DEFAULT_STAGE, type Settings } from "./settings/schema.ts";

/** The settings of one stage with the configuration's files; no files if the configuration is external. */
export type GatewaySettings = Settings & { readonly configSource?: ConfigSource | undefined };

/** @param scope stack of the gateway, for the references */
export function gatewayProps(scope: Construct, settings: GatewaySettings): McpGatewayProps {
  const { configSource, authorizerCacheTtl, executeApiEndpoint, alarmTopicArn, encryptionKeyArn } = settings;
  return {
    stage: settings.stage ?? DEFAULT_STAGE,
    name: settings.name,
    protection: settings.protection,
    config: configSource
      ? GatewayConfig.fromSource(configSource, { retain: settings.config === "retained" })
      : GatewayConfig.external(undefined, settings),
    publicUrl: settings.publicUrl,
    ...domainProps(scope, settings),
    edge: settings.edge,
    disableExecuteApiEndpoint: executeApiEndpoint === undefined ? undefined : !executeApiEndpoint,
    authorizerCacheTtl: authorizerCacheTtl === undefined ? undefined : Duration.seconds(authorizerCacheTtl),
    throttlingRateLimit: settings.throttleRate,
    throttlingBurstLimit: settings.throttleBurst,
    authorizer: { reservedConcurrentExecutions: settings.authorizerConcurrency },
    proxy: { reservedConcurrentExecutions: settings.proxyConcurrency },
    combined: { reservedConcurrentExecutions: settings.combinedConcurrency },
    webAcl: settings.waf
      ? GatewayWebAcl.rules({
          requestsPerAddress: settings.wafRequestsPerAddress,
          requestsPerToken: settings.wafRequestsPerToken,
          managedRules: settings.wafManagedRules,
        })
      : undefined,
    ...networkProps(scope, settings),
    tracing: settings.tracing,
    rateLimitInsights: settings.rateLimitInsights,
    dashboard: settings.dashboard,
    alarms: settings.alarms,
    alarmTopic: alarmTopicArn ? Topic.fromTopicArn(scope, "AlarmTopic", alarmTopicArn) : undefined,
    logRetention: settings.logRetentionDays,
    encryptionKey: encryptionKeyArn ? Key.fromKeyArn(scope, "EncryptionKey", encryptionKeyArn) : undefined,
    cloudWatchRole: settings.accountLogRole === "stack",
    signingKeys: generationsOf(settings.signingKeys),
    formerSigningKeys: settings.formerSigningKeys?.map((arn, index) =>
      Key.fromKeyArn(scope, `FormerSigningKey${index}`, arn),
    ),
    sessionSecrets: generationsOf(settings.sessionSecrets),
    formerSessionSecrets: settings.formerSessionSecrets,
  };
}

function domainProps(
  scope: Construct,
  { domainName, certificateArn, hostedZoneId, hostedZoneName }: Settings,
): Pick<McpGatewayProps, "domainName" | "certificate" | "hostedZone"> {
  if (domainName === undefined || certificateArn === undefined) return {};
  const zone =
    hostedZoneId !== undefined && hostedZoneName !== undefined
      ? { hostedZoneId, zoneName: hostedZoneName }
      : undefined;
  return {
    domainName,
    certificate: Certificate.fromCertificateArn(scope, "Certificate", certificateArn),
    hostedZone: zone && HostedZone.fromHostedZoneAttributes(scope, "HostedZone", zone),
  };
}

function networkProps(
  scope: Construct,
  { vpcId, subnetIds, securityGroupIds, proxyEgress }: Settings,
): Pick<McpGatewayProps, "vpc" | "vpcSubnets" | "securityGroups" | "egress"> {
  if (vpcId === undefined || subnetIds === undefined) return {};
  return {
    egress: proxyEgress?.map((text) => {
      const [cidr = "", port] = text.split(":");
      return { cidr, port: Number(port) };
    }),
    vpc: Vpc.fromVpcAttributes(scope, "Vpc", { vpcId, availabilityZones: ["unknown"] }),
    vpcSubnets: {
      subnets: subnetIds.map((subnetId, index) => {
        const subnet = Subnet.fromSubnetId(scope, `Subnet${index}`, subnetId);
        // The route table is not used.
        Annotations.of(subnet).acknowledgeWarning("@aws-cdk/aws-ec2:noSubnetRouteTableId");
        return subnet;
      }),
    },
    securityGroups: securityGroupIds?.map((id, index) =>
      SecurityGroup.fromSecurityGroupId(scope, `SecurityGroup${index}`, id),
    ),
  };
}
