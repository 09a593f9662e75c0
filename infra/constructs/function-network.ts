// Places a function in a VPC, for MCP servers without a public address. For the proxy only: the authorizer needs nothing in the VPC, and
// could not reach the authorization server from subnets without a route to it.
import { Validations } from "aws-cdk-lib";
import {
  CfnSecurityGroup,
  type ISecurityGroup,
  type IVpc,
  SecurityGroup,
  type SubnetSelection,
} from "aws-cdk-lib/aws-ec2";
import { PolicyStatement, type Role } from "aws-cdk-lib/aws-iam";
import type { FunctionOptions } from "aws-cdk-lib/aws-lambda";
import type { Construct } from "constructs";
import { skipScan } from "./scan-reasons.ts";

/** The VPC settings of a function. */
export interface NetworkSettings {
  readonly vpc: IVpc;
  /** At least two private subnets with a route to SSM, KMS and public MCP servers, if any: a NAT gateway or VPC endpoints. */
  readonly vpcSubnets?: SubnetSelection | undefined;
  /**
   * Security groups of the function.
   * @default - a security group of the stack that allows no inbound traffic, and the outbound traffic of `egress`
   */
  readonly securityGroups?: readonly ISecurityGroup[] | undefined;
  /**
   * Destinations that the stack's own security group allows. The function must reach MCP servers, SSM and KMS.
   * @default - everywhere
   */
  readonly egress?: readonly EgressRule[] | undefined;
}

/** Outbound TCP connections that a security group allows. */
export interface EgressRule {
  /** IPv4 addresses, such as `10.0.0.0/16`. */
  readonly cidr: string;
  readonly port: number;
}

/**
 * Lets Lambda create and delete the network interfaces of a function.
 *
 * @returns the network properties of the function
 */
export function joinNetwork(
  scope: Construct,
  role: Role,
  network: NetworkSettings,
): Pick<FunctionOptions, "vpc" | "vpcSubnets" | "securityGroups"> {
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
      "Lambda rejects a function in a VPC if its role lacks these permissions on all resources; the Describe actions support no others.",
  });
  skipScan(
    role.node.findChild("DefaultPolicy"),
    "CKV_AWS_111",
    "Lambda rejects a function in a VPC if its role lacks these network permissions on all resources.",
  );
  const { vpc, vpcSubnets, securityGroups } = network;
  return { vpc, vpcSubnets, securityGroups: [...(securityGroups ?? [ownSecurityGroup(scope, network)])] };
}

function ownSecurityGroup(scope: Construct, { vpc: { vpcId }, egress }: NetworkSettings): ISecurityGroup {
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
  return SecurityGroup.fromSecurityGroupId(scope, "OwnSecurityGroup", group.attrGroupId, {
    allowAllOutbound: egress === undefined,
  });
}
