export { McpGateway } from "./constructs/mcp-gateway.ts";
