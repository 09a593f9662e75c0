// Writes the cloud assembly of every variant of the stack into its own folder below the one named on the command line.
import { join } from "node:path";
import { contextSettings } from "../../infra/context-settings.ts";
import { addGateway, newApp } from "../../infra/gateway-app.ts";
import { GATEWAY_VARIANTS } from "./gateway-variants.ts";

const [, , directory] = process.argv;
if (directory === undefined) throw new Error("Usage: node test/support/synth-variants.ts <directory>");

for (const [variant, context] of Object.entries(GATEWAY_VARIANTS)) {
  const app = newApp({ outdir: join(directory, variant) });
  addGateway(app, contextSettings({ context }));
  app.synth();
}
