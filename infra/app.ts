// What the CDK CLI runs: one gateway with the settings of the context (`-c name=value`), which docs/deployment.md lists.
import { contextSettings } from "./context-settings.ts";
import { addGateway, newApp } from "./gateway-app.ts";
import { reportedWarnings } from "./validation-report.ts";

try {
  const app = newApp();
  addGateway(
    app,
    contextSettings((name) => app.node.tryGetContext(name)),
  );
  const warnings = reportedWarnings(app.synth().directory);
  if (warnings.length > 0) throw new Error(["The synthesis has warnings:", ...warnings].join("\n  "));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
