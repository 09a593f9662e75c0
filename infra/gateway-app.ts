// Builds the CDK app with its stack, for the command line, the local run and the tests.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { tagGateway } from "./constructs/mcp-gateway.ts";
import { GatewayStack } from "./constructs/mcp-gateway-stack.ts";
import { EXAMPLES_ALLOWED_CONTEXT } from "./example-values.ts";
import { checkGatewayName, DEFAULT_GATEWAY_NAME, gatewayNames, stackName } from "./gateway-names.ts";
import { type GatewaySettings, gatewayProps } from "./gateway-props.ts";
import { PACKAGE_ROOT } from "./package-paths.ts";
import { DEFAULT_STAGE } from "./settings/schema.ts";
import { checkStageName } from "./stage-lifetime.ts";

/** Options for the app. */
export type AppOptions = {
  /** Directory of the cloud assembly; by default a temporary one. */
  readonly outdir?: string;
  /** Whether the app is checked and may be deployed; `newCheckedApp` adds the checks. Otherwise it may contain example values. */
  readonly checks?: boolean;
};

/**
 * An app with one gateway stack, `McpGateway-<stage>`, ready for `synth()`.
 *
 * @throws Error that lists every error in the configuration
 */
export function buildApp(options: GatewaySettings & AppOptions): App {
  const app = newApp(options);
  addGateway(app, options);
  return app;
}

/** The context of cdk.json: feature flags, and possibly settings. */
export function cdkJsonContext(): Record<string, unknown> {
  const cdkJson = readFileSync(join(PACKAGE_ROOT, "cdk.json"), "utf8");
  return (JSON.parse(cdkJson) as { context: Record<string, unknown> }).context;
}

/** An app with the feature flags of cdk.json, even if the CDK CLI does not pass them. */
export function newApp({ outdir, checks = false }: AppOptions = {}): App {
  return new App({
    context: {
      ...cdkJsonContext(),
      "aws:cdk:enable-asset-metadata": true,
      // An app without checks is not deployed: the local run and tests.
      ...(!checks && { [EXAMPLES_ALLOWED_CONTEXT]: true }),
    },
    analyticsReporting: false,
    builtinCloudFormationValidation: checks,
    // Otherwise the incomplete app would be synthesised on exit, and its errors would hide the real one.
    autoSynth: false,
    outdir,
  });
}

/** Adds the gateway stack to an app. @throws Error that lists every error in the configuration */
export function addGateway(app: App, settings: GatewaySettings): GatewayStack {
  const stage = checkStageName(settings.stage ?? DEFAULT_STAGE);
  const name = checkGatewayName(settings.name ?? DEFAULT_GATEWAY_NAME);
  const description = `Descope ${gatewayNames(name, stage).title}`;
  // Only an edge needs the account and Region that the CDK CLI derives from the credentials.
  const { CDK_DEFAULT_ACCOUNT: account, CDK_DEFAULT_REGION: region } = process.env;
  const env = settings.edge && { account, region };
  const stack = new GatewayStack(app, stackName(name, stage), { description, env }, (scope) =>
    gatewayProps(scope, settings),
  );
  tagGateway(stack.gateway, settings.tags ?? {});
  return stack;
}
