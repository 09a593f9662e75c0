// The app that the CDK CLI runs: one gateway with the settings of a file (`-c settings=FILE`) and of the command line (`-c name=value`).
// docs/deployment.md lists them.
import { newCheckedApp } from "./checked-app.ts";
import { contextSettings } from "./context-settings.ts";
import { addGateway, cdkJsonContext } from "./gateway-app.ts";
import { reportedWarnings } from "./validation-report.ts";

try {
  const app = newCheckedApp();
  addGateway(app, contextSettings({ context: app.node.getAllContext(), cdkJson: cdkJsonContext() }));
  const warnings = reportedWarnings(app.synth().directory);
  if (warnings.length > 0) throw new Error(["The synthesis has warnings:", ...warnings].join("\n  "));
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
