// The app that is deployed. A finding of AwsSolutions (cdk-nag) or of CloudFormation's own rules fails the synthesis.
import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { type AppOptions, newApp } from "./gateway-app.ts";

/** An app with the feature flags of cdk.json and with its checks. */
export function newCheckedApp(options: Pick<AppOptions, "outdir"> = {}): App {
  const app = newApp({ ...options, checks: true });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
