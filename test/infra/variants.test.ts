// Every variant of the stack passes AwsSolutions and CloudFormation's own rules, and looks as it did when somebody last
// looked at it: `npx vitest run test/infra/variants.test.ts -u` writes what has changed, to be read in the diff.
import { join } from "node:path";
import { describe, expect, it, vi } from "vitest";
import { contextSettings } from "../../infra/context-settings.ts";
import { EXAMPLES_ALLOWED_CONTEXT } from "../../infra/example-values.ts";
import { addGateway, newApp } from "../../infra/gateway-app.ts";
import { reportedWarnings } from "../../infra/validation-report.ts";
import { GATEWAY_VARIANTS } from "../support/gateway-variants.ts";
import { configSource } from "../support/synthesised-template.ts";

// The rules of cdk-nag and of CloudFormation are loaded with the first one, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

function synth(context: Readonly<Record<string, string>>) {
  const app = newApp();
  app.node.setContext("aws:cdk:bundling-stacks", []);
  app.node.setContext(EXAMPLES_ALLOWED_CONTEXT, true);
  const settings = contextSettings({ context });
  const stack = addGateway(app, {
    ...settings,
    configSource: settings.configSource && configSource({ allowed_origins: ["https://app.example.com"] }),
  });
  const assembly = app.synth();
  return {
    warnings: reportedWarnings(assembly.directory),
    template: assembly.getStackByName(stack.stackName).template,
  };
}

/** Without what changes with every edit of a function, and without the CDK's own additions. */
function stable({
  Parameters,
  Conditions,
  Resources,
  Outputs,
}: {
  Parameters: Record<string, unknown>;
  Conditions: object;
  Resources: Record<string, Record<string, unknown>>;
  Outputs: object;
}) {
  delete Parameters["BootstrapVersion"];
  for (const resource of Object.values(Resources)) {
    delete resource["Metadata"];
    const properties = resource["Properties"] as { Code?: unknown } | undefined;
    if (properties?.Code !== undefined) properties.Code = "the function's bundle";
  }
  return `${JSON.stringify({ Parameters, Conditions, Resources, Outputs }, null, 2)}\n`;
}

describe("the stack", () => {
  it.each(Object.entries(GATEWAY_VARIANTS))("has no finding as variant %s", (_variant, context) => {
    expect(synth(context).warnings).toEqual([]);
  });

  it.each(["dev", "prod", "everything"])("has its golden template as variant %s", async (variant) => {
    const { template } = synth(GATEWAY_VARIANTS[variant] ?? {});
    await expect(stable(template)).toMatchFileSnapshot(
      join(import.meta.dirname, "golden", `${variant}.golden.json`),
    );
  });
});
