// The app that is deployed: AwsSolutions (cdk-nag) and CloudFormation's own rules are checked, and a finding fails the synthesis.
import { type App, Validations } from "aws-cdk-lib";
import { AwsSolutionsChecks } from "cdk-nag";
import { type AppOptions, newApp } from "./gateway-app.ts";

/** An app with the feature flags of cdk.json and with its checks. */
export function newCheckedApp(options: Pick<AppOptions, "outdir"> = {}): App {
  const app = newApp({ ...options, checks: true });
  Validations.of(app).addPlugins(new AwsSolutionsChecks(app));
  return app;
}
