// Places a function into a VPC, for MCP servers without a public address. Meant for the proxy alone: the authorizer needs
// nothing there, and would lose its way to the authorization server where the subnets have none.
import { Validations } from "aws-cdk-lib";
import { CfnSecurityGroup } from "aws-cdk-lib/aws-ec2";
import { PolicyStatement } from "aws-cdk-lib/aws-iam";
import type { CfnFunction } from "aws-cdk-lib/aws-lambda";
import type { GatewayFunction } from "./gateway-function.ts";
import { skipScan } from "./scan-reasons.ts";

/** Where in the network a function runs. */
export interface NetworkSettings {
  readonly vpcId: string;
  /** Private subnets, two at least, with a way to SSM and KMS and to public MCP servers, if any: NAT or VPC endpoints. */
  readonly subnetIds: readonly string[];
  /**
   * Security groups of the function.
   * @default - one of the stack's own that lets nothing in, and out what `egress` says
   */
  readonly securityGroupIds?: readonly string[];
  /**
   * Where the stack's own security group lets the function connect to, such as `{ cidr: "10.0.0.0/16", port: 443 }`. It needs a way to
   * MCP servers, SSM and KMS. Without effect where there are `securityGroupIds`.
   * @default - everywhere
   */
  readonly egress?: readonly EgressRule[];
}

/** TCP connections that a security group lets out. */
export interface EgressRule {
  /** IPv4 addresses. */
  readonly cidr: string;
  readonly port: number;
}

/** Places a function, and lets Lambda make and remove its network interfaces. */
export function joinNetwork(gatewayFunction: GatewayFunction, network: NetworkSettings): void {
  const { role } = gatewayFunction;
  role.addToPolicy(
    new PolicyStatement({
      sid: "JoinNetwork",
      actions: [
        "ec2:AssignPrivateIpAddresses",
        "ec2:CreateNetworkInterface",
        "ec2:DeleteNetworkInterface",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribeSubnets",
        "ec2:UnassignPrivateIpAddresses",
      ],
      resources: ["*"],
    }),
  );
  Validations.of(role).acknowledge({
    id: "AwsSolutions-IAM5[Resource::*]",
    reason:
      "Lambda refuses a function in a VPC whose role does not have these permissions on all resources; describing has no others.",
  });
  skipScan(
    role.node.findChild("DefaultPolicy"),
    "CKV_AWS_111",
    "Lambda refuses a function in a VPC whose role does not have its network permissions on all resources.",
  );
  const resource = gatewayFunction.function.node.defaultChild as CfnFunction;
  resource.vpcConfig = {
    subnetIds: [...network.subnetIds],
    securityGroupIds: [...(network.securityGroupIds ?? [ownSecurityGroup(gatewayFunction, network)])],
  };
}

function ownSecurityGroup(scope: GatewayFunction, { vpcId, egress }: NetworkSettings): string {
  const group = new CfnSecurityGroup(scope, "SecurityGroup", {
    vpcId,
    groupDescription: "MCP gateway: from the proxy to MCP servers and AWS services",
    securityGroupEgress: egress?.map(({ cidr, port }) => ({
      ipProtocol: "tcp",
      cidrIp: cidr,
      fromPort: port,
      toPort: port,
      description: "MCP servers and AWS services",
    })) ?? [
      {
        ipProtocol: "-1",
        cidrIp: "0.0.0.0/0",
        description: "MCP servers may listen on any address and port",
      },
    ],
  });
  return group.attrGroupId;
}
