// What the CDK CLI runs. Context: -c stage=<name>, -c configDir=<directory>, -c config=external.
import { join } from "node:path";
import { readConfigSource } from "./config-source.ts";
import { addGateway, newApp } from "./gateway-app.ts";

const app = newApp();
try {
  const external = app.node.tryGetContext("config") === "external";
  const configDir = app.node.tryGetContext("configDir") ?? join(import.meta.dirname, "..", "config");
  addGateway(app, {
    stage: String(app.node.tryGetContext("stage")),
    configSource: external ? undefined : readConfigSource(String(configDir)),
  });
  app.synth();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
