// A VPC with MCP servers without public addresses, and the gateway in front of them.
import { CfnOutput, Duration, Stack, type StackProps } from "aws-cdk-lib";
import { Port, SecurityGroup, Vpc } from "aws-cdk-lib/aws-ec2";
import type { Construct } from "constructs";
// From the package: import { GatewayConfig, McpGateway } from "descope-mcp-gateway";
import { GatewayConfig, McpGateway } from "../../infra/index.ts";

/** Props of the stack. */
export interface ToolsStackProps extends StackProps {
  /** Directory with the gateway's configuration. */
  readonly configDir: string;
}

/** The network of the tools and their gateway. */
export class ToolsStack extends Stack {
  constructor(scope: Construct, id: string, props: ToolsStackProps) {
    super(scope, id, props);
    const vpc = new Vpc(this, "Vpc", { maxAzs: 2, natGateways: 1 });
    const tools = new SecurityGroup(this, "Tools", {
      vpc,
      description: "MCP servers",
      allowAllOutbound: false,
    });
    const gateway = new McpGateway(this, "Gateway", {
      stage: "prod",
      name: "tools",
      config: GatewayConfig.fromDirectory(props.configDir),
      authorizerCacheTtl: Duration.minutes(1),
      vpc,
    });
    gateway.proxyFunction.connections.allowTo(
      tools,
      Port.tcp(443),
      "Only the gateway reaches the MCP servers",
    );
    new CfnOutput(this, "McpServerUrl", { value: gateway.publicUrl });
  }
}
