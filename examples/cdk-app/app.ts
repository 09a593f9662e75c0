// A gateway inside your own CDK app: run it with `npx cdk synth --app "node examples/cdk-app/app.ts"`.
import { join } from "node:path";
import { App } from "aws-cdk-lib";
import { ToolsStack } from "./tools-stack.ts";

const app = new App();
new ToolsStack(app, "Tools", { configDir: join(import.meta.dirname, "config") });
