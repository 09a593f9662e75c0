// A JavaScript app (CommonJS) whose configuration is external.
const { App } = require("aws-cdk-lib");
const { GatewayConfig, McpGatewayStack } = require("descope-mcp-gateway");

const app = new App();
new McpGatewayStack(app, "External", {
  stage: "prod",
  config: GatewayConfig.external("/team/mcp", { secrets: ["/team/key"] }),
  alarms: false,
});
