// One stack is one gateway. The stack adds to the construct what the person who deploys needs to see.
import { CfnOutput, Stack, type StackProps } from "aws-cdk-lib";
import type { Construct } from "constructs";
import { McpGateway } from "./constructs/mcp-gateway.ts";
import type { McpGatewayProps } from "./constructs/mcp-gateway-props.ts";

/** Settings of the gateway and of the stack around it. */
export interface GatewayStackProps extends StackProps {
  readonly gateway: McpGatewayProps;
}

/** A stack with one gateway and its outputs. */
export class GatewayStack extends Stack {
  readonly gateway: McpGateway;

  constructor(scope: Construct, id: string, props: GatewayStackProps) {
    super(scope, id, props);
    this.gateway = new McpGateway(this, "Gateway", props.gateway);
    const { api, publicUrl, domain, signingKeys, sessionSecrets } = this.gateway;
    // Short names for `cdk deploy --parameters SigningKeyGenerations=1,2`; the stack has one gateway.
    signingKeys.inUse?.parameter.overrideLogicalId("SigningKeyGenerations");
    sessionSecrets.inUse?.parameter.overrideLogicalId("SessionGenerations");
    this.output(
      "BaseUrl",
      `${publicUrl}/{server}/mcp`,
      "Where MCP clients connect; {server} is a name below config/servers",
    );
    this.output(
      "McpServerUrl",
      publicUrl,
      "Set this, character for character, as the MCP Server URL of the MCP Server in the Descope console",
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
    if (api.executeApiEndpoint) {
      this.output("ExecuteApiUrl", api.executeApiUrl, "The API's own URL, below any custom domain");
    }
    if (domain) {
      this.output("DomainTarget", domain.target, "Where the DNS records of the custom domain must point to");
    }
  }

  private output(id: string, value: string, description: string): void {
    new CfnOutput(this, id, { value, description });
  }
}
