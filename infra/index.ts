// The construct library that other CDK apps import.

export type { FunctionOptions } from "./constructs/gateway-function.ts";
export { McpGateway } from "./constructs/mcp-gateway.ts";
export type { McpGatewayProps } from "./constructs/mcp-gateway-props.ts";
export type { McpGatewayStackProps } from "./constructs/mcp-gateway-stack.ts";
export { McpGatewayStack } from "./constructs/mcp-gateway-stack.ts";
export { GatewayWebAcl, type WebAclSettings } from "./constructs/web-acl.ts";
export type { ExternalConfig } from "./deploy-settings.ts";
export { type ConfigObject, GatewayConfig, type StackConfigOptions } from "./gateway-config.ts";
export type { Protection } from "./stage-lifetime.ts";
