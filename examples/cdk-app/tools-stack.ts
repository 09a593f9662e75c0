// A VPC with MCP servers that have no public address, and the gateway in front of them.
import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Port, SecurityGroup, SubnetType, Vpc } from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
import { readConfigSource } from "../../infra/config-source.ts";
import { McpGateway } from "../../infra/constructs/mcp-gateway.ts";

/** What the stack is built from. */
export interface ToolsStackProps extends StackProps {
  /** Directory with the gateway's configuration. */
  readonly configDir: string;
}

/** The network of the tools and their gateway. */
export class ToolsStack extends Stack {
  constructor(scope: Construct, id: string, props: ToolsStackProps) {
    super(scope, id, props);
    const vpc = new Vpc(this, "Vpc", { maxAzs: 2, natGateways: 1 });
    const proxies = new SecurityGroup(this, "Proxies", { vpc, description: "MCP gateway" });
    const tools = new SecurityGroup(this, "Tools", {
      vpc,
      description: "MCP servers",
      allowAllOutbound: false,
    });
    tools.addIngressRule(proxies, Port.tcp(443), "Only the gateway reaches the MCP servers");

    const gateway = new McpGateway(this, "Gateway", {
      stage: "prod",
      name: "tools",
      configSource: readConfigSource(props.configDir),
      authorizerCacheTtl: Duration.minutes(1),
      network: {
        vpcId: vpc.vpcId,
        subnetIds: vpc.selectSubnets({ subnetType: SubnetType.PRIVATE_WITH_EGRESS }).subnetIds,
        securityGroupIds: [proxies.securityGroupId],
      },
    });
    new CfnOutput(this, "McpServerUrl", { value: gateway.publicUrl });
  }
}
