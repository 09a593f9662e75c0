// Converts settings to properties of the construct: ids and ARNs become CDK references.
import { Annotations } from "aws-cdk-lib";
import { Certificate } from "aws-cdk-lib/aws-certificatemanager";
import { SecurityGroup, Subnet, Vpc } from "aws-cdk-lib/aws-ec2";
import { Key } from "aws-cdk-lib/aws-kms";
import { HostedZone } from "aws-cdk-lib/aws-route53";
import { Topic } from "aws-cdk-lib/aws-sns";
import type { Construct } from "constructs";
import type { McpGatewayProps } from "./constructs/mcp-gateway-props.ts";
import { GatewayWebAcl } from "./constructs/web-acl.ts";
import { GatewayConfig } from "./gateway-config.ts";
import type { DomainSettings, GatewaySettings, NetworkSettings } from "./gateway-settings.ts";

/** @param scope stack of the gateway, for the references */
export function gatewayProps(scope: Construct, settings: GatewaySettings): McpGatewayProps {
  const { configSource, domain, network, throttling, reservedConcurrency, monitoring, ...same } = settings;
  const {
    retainConfig: retain,
    externalConfig,
    executeApiEndpoint,
    setAccountLogRole,
    tags: _tags,
    encryptionKeyArn,
    ...rest
  } = same;
  const { alarmTopicArn } = monitoring ?? {};
  return {
    ...rest,
    ...(domain && domainProps(scope, domain)),
    ...(network && networkProps(scope, network)),
    config: configSource
      ? GatewayConfig.fromSource(configSource, { retain })
      : GatewayConfig.external(undefined, externalConfig),
    disableExecuteApiEndpoint: executeApiEndpoint === undefined ? undefined : !executeApiEndpoint,
    throttlingRateLimit: throttling?.requestsPerSecond,
    throttlingBurstLimit: throttling?.burst,
    authorizer: { reservedConcurrentExecutions: reservedConcurrency?.authorizer },
    proxy: { reservedConcurrentExecutions: reservedConcurrency?.proxy },
    combined: { reservedConcurrentExecutions: reservedConcurrency?.combined },
    webAcl: settings.webAcl && GatewayWebAcl.rules(settings.webAcl),
    dashboard: monitoring?.dashboard,
    alarms: monitoring?.alarms,
    alarmTopic:
      alarmTopicArn === undefined ? undefined : Topic.fromTopicArn(scope, "AlarmTopic", alarmTopicArn),
    encryptionKey:
      encryptionKeyArn === undefined ? undefined : Key.fromKeyArn(scope, "EncryptionKey", encryptionKeyArn),
    cloudWatchRole: setAccountLogRole,
    formerSigningKeys: settings.formerSigningKeys?.map((arn, index) =>
      Key.fromKeyArn(scope, `FormerSigningKey${index}`, arn),
    ),
  };
}

function domainProps(
  scope: Construct,
  { domainName, certificateArn, hostedZone }: DomainSettings,
): Pick<McpGatewayProps, "domainName" | "certificate" | "hostedZone"> {
  return {
    domainName,
    certificate: Certificate.fromCertificateArn(scope, "Certificate", certificateArn),
    hostedZone: hostedZone && HostedZone.fromHostedZoneAttributes(scope, "HostedZone", hostedZone),
  };
}

function networkProps(
  scope: Construct,
  { vpcId, subnetIds, securityGroupIds, egress }: NetworkSettings,
): Pick<McpGatewayProps, "vpc" | "vpcSubnets" | "securityGroups" | "egress"> {
  return {
    egress,
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
