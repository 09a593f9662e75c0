// Places a function into a VPC, for MCP servers without a public address. Meant for the proxy alone: the authorizer needs
// nothing there, and would lose its way to the authorization server where the subnets have none.
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

/** Where in the network a function runs. */
export interface NetworkSettings {
  readonly vpc: IVpc;
  /** Private subnets, two at least, with a way to SSM and KMS and to public MCP servers, if any: NAT or VPC endpoints. */
  readonly vpcSubnets?: SubnetSelection | undefined;
  /**
   * Security groups of the function.
   * @default - one of the stack's own that lets nothing in, and out what `egress` says
   */
  readonly securityGroups?: readonly ISecurityGroup[] | undefined;
  /**
   * Where the stack's own security group lets the function connect to. It needs a way to MCP servers, SSM and KMS.
   * @default - everywhere
   */
  readonly egress?: readonly EgressRule[] | undefined;
}

/** TCP connections that a security group lets out. */
export interface EgressRule {
  /** IPv4 addresses, such as `10.0.0.0/16`. */
  readonly cidr: string;
  readonly port: number;
}

/**
 * Lets Lambda make and remove the network interfaces of a function.
 *
 * @returns the function's own properties for the network
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
      "Lambda refuses a function in a VPC whose role does not have these permissions on all resources; describing has no others.",
  });
  skipScan(
    role.node.findChild("DefaultPolicy"),
    "CKV_AWS_111",
    "Lambda refuses a function in a VPC whose role does not have its network permissions on all resources.",
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
