// Builds the CDK app with its one stack and its checks, for the command line, the local run and the tests alike.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import type { ConfigSource } from "./config-source.ts";
import type { McpGatewayProps } from "./constructs/mcp-gateway.ts";
import { deploySettings, externalSettings } from "./deploy-settings.ts";
import { checkGatewayName, DEFAULT_GATEWAY_NAME, gatewayNames, stackName } from "./gateway-names.ts";
import { GatewayStack } from "./gateway-stack.ts";
import { checkStageName } from "./stage-lifetime.ts";

/** What a gateway is built from. */
export type GatewayOptions = {
  readonly stage: string;
  /** The configuration; undefined: its parameters are made and kept by somebody else (`-c config=external`). */
  readonly configSource: ConfigSource | undefined;
  /** URL that clients use, instead of the configured one or the API's own. */
  readonly publicUrl?: string;
  /** SSM parameters with secrets that a configuration outside the stack refers to. */
  readonly externalSecrets?: readonly string[];
  /** Whether the stack sets the account's role for API Gateway logs; by default it does. */
  readonly setAccountLogRole?: boolean;
} & GatewayChoices;

/** Settings of the gateway that pass through as they are. */
export type GatewayChoices = Pick<
  McpGatewayProps,
  "name" | "signingKeys" | "formerSigningKeys" | "sessionSecrets" | "formerSessionSecrets"
>;

/** How the app is synthesised. */
export type AppOptions = {
  /** Directory of the cloud assembly; by default a temporary one. */
  readonly outdir?: string;
  /** Whether AwsSolutions and CloudFormation's own rules are checked; by default they are, and a finding fails the synthesis. */
  readonly checks?: boolean;
};

/**
 * An app with one gateway stack, `McpGateway-<stage>`, ready for `synth()`.
 *
 * @throws Error that lists every fault of the configuration
 */
export function buildApp(options: GatewayOptions & AppOptions): App {
  const app = newApp(options);
  addGateway(app, options);
  return app;
}

/** An app with the feature flags of cdk.json, also where the CDK CLI does not pass them. */
export function newApp({ outdir, checks = true }: AppOptions = {}): App {
  const cdkJson = readFileSync(join(import.meta.dirname, "..", "cdk.json"), "utf8");
  const { context } = JSON.parse(cdkJson) as { context: Record<string, unknown> };
  const app = new App({
    context: { ...context, "aws:cdk:enable-asset-metadata": true },
    analyticsReporting: false,
    builtinCloudFormationValidation: checks,
    outdir,
  });
  if (checks) Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}

/** Adds the gateway stack to an app. @throws Error that lists every fault of the configuration */
export function addGateway(app: App, options: GatewayOptions): GatewayStack {
  const { configSource, externalSecrets = [], ...gateway } = options;
  const stage = checkStageName(options.stage);
  const name = checkGatewayName(options.name ?? DEFAULT_GATEWAY_NAME);
  return new GatewayStack(app, stackName(name, stage), {
    ...gateway,
    stage,
    configSource,
    settings: configSource ? deploySettings(configSource) : externalSettings(externalSecrets),
    description: `Descope ${gatewayNames(name, stage).title}`,
  });
}
