// The gateway of this project: `npx cdk deploy` puts it into your AWS account.
import { App } from "aws-cdk-lib";
import { GatewayConfig, McpGatewayStack } from "descope-mcp-gateway";

const app = new App();
new McpGatewayStack(app, "McpGateway", { stage: "prod", config: GatewayConfig.fromDirectory("config") });
