// A stack with one gateway and the outputs that the operator needs.
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { McpGateway } from "./mcp-gateway.ts";
import type { McpGatewayProps } from "./mcp-gateway-props.ts";

/** Properties of the gateway and of the stack around it. */
export interface McpGatewayStackProps extends StackProps, McpGatewayProps {}

/** @internal A stack with one gateway and its outputs. @param gatewayProps of the gateway in the stack */
export class GatewayStack extends Stack {
  readonly gateway: McpGateway;

  constructor(
    scope: Construct,
    id: string,
    props: StackProps,
    gatewayProps: (stack: Stack) => McpGatewayProps,
  ) {
    super(scope, id, props);
    this.gateway = new McpGateway(this, "Gateway", gatewayProps(this));
    const { publicUrl, executeApiUrl, domainTarget, signingKeyGenerations, sessionGenerations } =
      this.gateway;
    // Short names for `cdk deploy --parameters SigningKeyGenerations=1,2`; the stack has one gateway.
    signingKeyGenerations?.overrideLogicalId("SigningKeyGenerations");
    sessionGenerations?.overrideLogicalId("SessionGenerations");
    this.output(
      "BaseUrl",
      `${publicUrl}/{server}/mcp`,
      "Where MCP clients connect; {server} is a name below config/servers",
    );
    if (this.gateway.combinedFunction !== undefined) {
      this.output("CombinedUrl", `${publicUrl}/mcp`, "Where MCP clients reach several servers at one URL");
    }
    this.output(
      "McpServerUrl",
      publicUrl,
      "Set this, byte for byte, as the MCP Server URL of the MCP Server in the Descope console",
    );
    this.output(
      "MetadataUrl",
      `${publicUrl}/.well-known/oauth-protected-resource`,
      "OAuth protected resource metadata (RFC 9728)",
    );
    this.output(
      "JwksUrl",
      `${publicUrl}/.well-known/jwks.json`,
      "Public keys with which MCP servers behind the gateway verify the identity JWTs it sends",
    );
    if (executeApiUrl !== undefined) {
      this.output("ExecuteApiUrl", executeApiUrl, "The API's own URL, below any custom domain");
    }
    if (domainTarget !== undefined) {
      this.output("DomainTarget", domainTarget, "Where the DNS records of the custom domain must point to");
    }
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}

/** A stack with one gateway and its outputs: the URL for clients, the URL to set in Descope, and the public keys. */
export class McpGatewayStack extends GatewayStack {
  constructor(scope: Construct, id: string, props: McpGatewayStackProps) {
    super(scope, id, props, () => props);
  }
}
