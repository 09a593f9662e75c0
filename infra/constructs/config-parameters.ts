// The gateway's configuration as SSM String parameters, made from its source form: <prefix>/gateway and
// <prefix>/servers/<name>. It contains references to secrets, but no secrets.
import { RemovalPolicy } from "aws-cdk-lib";
import { ParameterTier, StringParameter } from "aws-cdk-lib/aws-ssm";
import { Construct } from "constructs";
import type { ConfigFile, ConfigSource } from "../config-source.ts";
import { parameterValue } from "../parameter-value.ts";

/** The configuration and its SSM path. */
export interface ConfigParametersProps {
  /** For example `/mcp-gateway/dev`. */
  readonly prefix: string;
  readonly source: ConfigSource;
  /** Whether the parameters are retained when they are removed from the stack or the stack is deleted. */
  readonly retain: boolean;
}

/** One parameter for the gateway and one for each server. */
export class ConfigParameters extends Construct {
  private readonly kept: string;

  constructor(scope: Construct, id: string, props: ConfigParametersProps) {
    super(scope, id);
    const { prefix, source } = props;
    // CloudFormation applies a changed deletion policy only if another property changes too: here the description.
    this.kept = props.retain ? " (kept when removed from the stack)" : "";
    this.add("Gateway", `${prefix}/gateway`, source.gateway, "MCP gateway configuration");
    for (const server of source.servers) {
      this.add(
        `Server-${server.name}`,
        `${prefix}/servers/${server.name}`,
        server,
        `MCP server ${server.name}`,
      );
    }
  }

  private add(id: string, parameterName: string, source: ConfigFile, description: string): void {
    const { value, tier } = parameterValue(source);
    const parameter = new StringParameter(this, id, {
      parameterName,
      stringValue: value,
      description: `${description}${this.kept}`,
      tier: tier === "Advanced" ? ParameterTier.ADVANCED : ParameterTier.STANDARD,
    });
    if (this.kept !== "") parameter.applyRemovalPolicy(RemovalPolicy.RETAIN);
  }
}
