// Every variant of the stack passes AwsSolutions and CloudFormation's own rules. The template of `prod` is stored whole, the others as
// JSON Patches (RFC 6902) to it; `npx vitest run test/infra/variants.test.ts -u` updates them.
import { join } from "node:path";
import { createPatch } from "rfc6902";
import { describe, expect, it, vi } from "vitest";
import { newCheckedApp } from "../../infra/checked-app.ts";
import { contextSettings } from "../../infra/context-settings.ts";
import { EXAMPLES_ALLOWED_CONTEXT } from "../../infra/example-values.ts";
import { addGateway } from "../../infra/gateway-app.ts";
import { reportedWarnings } from "../../infra/validation-report.ts";
import { GATEWAY_VARIANTS } from "../support/gateway-variants.ts";
import { configSource } from "../support/synthesised-template.ts";

// The rules of cdk-nag and of CloudFormation are loaded with the first one, on machines that do other things as well.
vi.setConfig({ testTimeout: 60_000 });

function synth(context: Readonly<Record<string, string>>) {
  const app = newCheckedApp();
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

type Template = {
  Parameters: Record<string, unknown>;
  Conditions: object;
  Resources: Record<string, Record<string, unknown>>;
  Outputs: object;
};

/** The template without hashes of function code and without the CDK's additions. */
function stable({ Parameters, Conditions, Resources, Outputs }: Template): Template {
  delete Parameters["BootstrapVersion"];
  for (const resource of Object.values(Resources)) {
    delete resource["Metadata"];
    const properties = resource["Properties"] as { Code?: unknown } | undefined;
    if (properties?.Code !== undefined) properties.Code = "the function's bundle";
  }
  return { Parameters, Conditions, Resources, Outputs };
}

function goldenTemplate(context: Readonly<Record<string, string>>): Template {
  return stable(synth(context).template);
}

/** What a stack with account and Region has instead of pseudo parameters; the variant `edge` needs such a stack. */
const PLACES = [
  ["arn:aws:", "arn:<AWS::Partition>:"],
  ["111122223333", "<AWS::AccountId>"],
  ["us-east-1", "<AWS::Region>"],
] as const;

/** The template with each join as one text, and with pseudo parameters for account and Region. */
function anywhere(template: Template): Template {
  return JSON.parse(JSON.stringify(template), (_key, value: unknown) => {
    if (typeof value === "string")
      return PLACES.reduce((text, [place, name]) => text.replaceAll(place, name), value);
    if (typeof value !== "object" || value === null || !("Fn::Join" in value)) return value;
    const [separator, parts] = value["Fn::Join"] as [string, (string | Record<string, unknown>)[]];
    return parts.map(textOf).join(separator);
  }) as Template;
}

const textOf = (part: string | Record<string, unknown>) =>
  typeof part === "string" ? part : `<${Object.values(part).flat().join(".")}>`;

/** The patch from the template of `prod` to that of the variant, one operation per line. */
function differencesFromProd(context: Readonly<Record<string, string>>): string {
  // Without names and tags, which change nearly every resource and have their own tests.
  const { name: _name, tags: _tags, ...settings } = context;
  const operations = createPatch(
    anywhere(goldenTemplate(GATEWAY_VARIANTS["prod"] ?? {})),
    anywhere(goldenTemplate({ ...settings, stage: "prod" })),
  );
  return `[\n${operations.map((operation) => JSON.stringify(operation)).join(",\n")}\n]\n`;
}

/** The template without the word that makes its names differ, and without the hashes that follow from them in logical ids. */
function withoutNames(word: "blue" | "green"): string {
  const template = goldenTemplate({ name: `team-${word}`, stage: `stage-${word}` });
  return JSON.stringify(template, null, 2)
    .replaceAll(word, "*")
    .replaceAll(/[0-9A-F]{8}(?:[0-9a-f]{32})?|[0-9a-f]{32}/g, "#");
}

describe("the stack", () => {
  it.each(Object.entries(GATEWAY_VARIANTS))("has no finding as variant %s", (_variant, context) => {
    expect(synth(context).warnings).toEqual([]);
  });

  it("has its golden template as variant prod", async () => {
    const template = goldenTemplate(GATEWAY_VARIANTS["prod"] ?? {});
    await expect(`${JSON.stringify(template, null, 2)}\n`).toMatchFileSnapshot(
      join(import.meta.dirname, "golden/prod.golden.json"),
    );
  });

  it.each(["dev", "edge", "everything", "combined"])(
    "differs from the golden template as stored in variant %s",
    async (variant) => {
      await expect(differencesFromProd(GATEWAY_VARIANTS[variant] ?? {})).toMatchFileSnapshot(
        join(import.meta.dirname, "golden", `${variant}.patch.golden.json`),
      );
    },
  );

  it("has the same template for every name and stage, apart from the names", () => {
    expect(withoutNames("green")).toBe(withoutNames("blue"));
  });
});
