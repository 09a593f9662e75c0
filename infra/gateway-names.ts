// The names of a gateway's resources, derived from its name and stage, so that several gateways and stages can share an account and
// Region.
import { quoteText } from "../functions/core/config/faults.ts";

/** Default name of a gateway. */
export const DEFAULT_GATEWAY_NAME = "mcp-gateway";

/** The form of an SSM path, without a slash at its end. */
export const SSM_PATH = /^(?:\/[A-Za-z0-9_.-]+)+$/;

/** Names of the resources of one gateway. */
export type GatewayNames = {
  /** `<name>-<stage>`: the API and all other resources with a name without a path. */
  readonly gateway: string;
  /** SSM path of the configuration, without a trailing slash. */
  readonly configPrefix: string;
  /** Alias of the signing key, without `alias/`. */
  readonly signingKeyAlias: string;
  /** Name of the session secrets, without their generation. */
  readonly sessionSecret: string;
  /** SSM name of the parameter with the name of the table of rate limits. */
  readonly rateLimitTableParameter: string;
  /** For descriptions that people read. */
  readonly title: string;
};

// SSM paths start with the name, and reserve `aws` and `ssm`.
const GATEWAY_NAME = /^(?!aws|ssm)[a-z][a-z0-9-]{0,30}$/;

/** Why the name of a gateway is invalid, or undefined. */
export function gatewayNameFault(name: string): string | undefined {
  if (GATEWAY_NAME.test(name)) return undefined;
  return `The gateway's name must be 1 to 31 lower-case letters, digits and hyphens, starting with a letter and not with aws or ssm, but is ${quoteText(name)}.`;
}

/** @throws Error when the name cannot start the names of resources. */
export function checkGatewayName(name: string): string {
  const fault = gatewayNameFault(name);
  if (fault !== undefined) throw new Error(fault);
  return name;
}

/** The names of one gateway's resources. */
export function gatewayNames(name: string, stage: string): GatewayNames {
  return {
    gateway: `${name}-${stage}`,
    configPrefix: `/${name}/${stage}`,
    signingKeyAlias: `${name}/${stage}/identity-signing`,
    // No leading slash: Parameter Store adds one before the name of a secret.
    sessionSecret: `${name}/${stage}/session-secret`,
    rateLimitTableParameter: rateLimitTableParameter(`/${name}/${stage}`),
    title: name === DEFAULT_GATEWAY_NAME ? `MCP gateway (${stage})` : `MCP gateway ${name} (${stage})`,
  };
}

/**
 * SSM name of the parameter with the name of the table of rate limits. It is outside the configuration, because a gateway's name cannot
 * contain a dot.
 *
 * @param configPrefix SSM path of the configuration, `/<name>/<stage>`
 */
export function rateLimitTableParameter(configPrefix: string): string {
  const [, name, ...stage] = configPrefix.split("/");
  return `/${name}.tables/${stage.join("/")}/rate-limits`;
}

/** Name of the gateway's stack: `McpGateway-<stage>`, or `<name>-<stage>` for a gateway with another name. */
export function stackName(name: string, stage: string): string {
  return name === DEFAULT_GATEWAY_NAME ? `McpGateway-${stage}` : `${name}-${stage}`;
}
