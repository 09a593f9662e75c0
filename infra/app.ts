// What the CDK CLI runs. Context: -c stage=<name>; -c configDir=<directory>, or -c config=external with
// -c secrets=</name,/name>; -c accountLogRole=external where the account already has a role for API Gateway logs.
import { join } from "node:path";
import type { App } from "aws-cdk-lib";
import { readConfigSource } from "./config-source.ts";
import { addGateway, type GatewayOptions, newApp } from "./gateway-app.ts";
import { reportedWarnings } from "./validation-report.ts";

function optionsFromContext(app: App): GatewayOptions {
  const context = (name: string): string | undefined => app.node.tryGetContext(name)?.toString();
  const list = (name: string): string[] | undefined =>
    context(name)
      ?.split(",")
      .filter((item) => item !== "");
  const configDir = context("configDir") ?? join(import.meta.dirname, "..", "config");
  return {
    stage: context("stage") ?? "dev",
    configSource: context("config") === "external" ? undefined : readConfigSource(configDir),
    externalSecrets: list("secrets"),
    name: context("name"),
    signingKeys: list("signingKeys"),
    formerSigningKeys: list("formerSigningKeys"),
    sessionSecrets: list("sessionSecrets"),
    formerSessionSecrets: list("formerSessionSecrets"),
    setAccountLogRole: context("accountLogRole") !== "external",
  };
}

try {
  const app = newApp();
  addGateway(app, optionsFromContext(app));
  const warnings = reportedWarnings(app.synth().directory);
  if (warnings.length > 0) throw new Error(["The synthesis has warnings:", ...warnings].join("\n  "));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
