import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join, relative } from "node:path";
import type { App } from "aws-cdk-lib";
import { describe, expect, it } from "vitest";
import { newCheckedApp } from "../../infra/checked-app.ts";
import { EXAMPLES_ALLOWED_CONTEXT } from "../../infra/example-values.ts";
import { addGateway, buildApp } from "../../infra/gateway-app.ts";
import { reportedWarnings } from "../../infra/validation-report.ts";
import { configSource } from "../support/synthesised-template.ts";

function unbundledApp(): App {
  const app = newCheckedApp();
  app.node.setContext(EXAMPLES_ALLOWED_CONTEXT, true);
  return app;
}

/** Loads a bundle without installed packages, as Lambda does, and returns the type of its handler. */
function kindOfHandler(directory: string): string {
  const script = `
    globalThis.awslambda = { streamifyResponse: (handler) => handler };
    process.stdout.write(typeof require("./index.js").handler, () => process.exit());`;
  const env = {
    CONFIG_PREFIX: "/mcp-gateway/dev",
    PUBLIC_URL: "https://mcp.example.com",
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL_SSM: "http://127.0.0.1:9",
    AWS_ACCESS_KEY_ID: "example",
    AWS_SECRET_ACCESS_KEY: "example",
  };
  return execFileSync(process.execPath, ["-e", script], { cwd: directory, env, encoding: "utf8" });
}

function filesIn(directory: string): string[] {
  const entries = readdirSync(directory, { recursive: true, withFileTypes: true });
  const files = entries.filter((entry) => entry.isFile());
  const paths = files.map(({ parentPath, name }) => relative(directory, join(parentPath, name)));
  return paths.map((path) => path.replace(/-[A-Z0-9]{8}\.js$/, "-*.js")).sort();
}

describe("buildApp", () => {
  it("has stage dev by default, and gives each function CommonJS files that need no installed package", () => {
    const assembly = buildApp({ configSource: configSource() }).synth();
    const { Resources } = assembly.getStackByName("McpGateway-dev").template;
    const assets = Object.values<{ Type: string; Metadata: Record<string, string> }>(Resources)
      .filter(({ Type }) => Type === "AWS::Lambda::Function")
      .map(({ Metadata }) => join(assembly.directory, Metadata["aws:asset:path"] as string));
    const everywhere = ["index.js", "lambda.mjs", "node_modules/re2js/index.js", "package.json"];
    expect(assets.map(filesIn)).toEqual([
      everywhere,
      ["chunk-*.js", "dynamodb-client-*.js", "kms-client-*.js", ...everywhere].sort(),
      ["chunk-*.js", "kms-client-*.js", ...everywhere].sort(),
    ]);
    expect(assets.map((asset) => readFileSync(join(asset, "package.json"), "utf8"))).toEqual(
      Array(3).fill('{"type":"commonjs"}'),
    );
    expect(assets.map(kindOfHandler)).toEqual(["function", "function", "function"]);
  });
});

describe("the synthesis", () => {
  it("passes AwsSolutions and CloudFormation's own rules without an error or a warning", () => {
    const app = unbundledApp();
    addGateway(app, {
      stage: "prod",
      configSource: configSource({ allowed_origins: ["https://app.example.com"] }),
    });
    expect(reportedWarnings(app.synth().directory)).toEqual([]);
  });

  it("fails on a finding of AwsSolutions", () => {
    const app = unbundledApp();
    const { gateway } = addGateway(app, { stage: "dev", configSource: undefined });
    gateway.restApi.root.addResource("open").addMethod("GET");
    expect(() => app.synth()).toThrow("The API does not implement authorization");
  });

  it("rejects an invalid configuration before any file is written", () => {
    const source = configSource({ public_url: "not a url" });
    expect(() => buildApp({ stage: "dev", configSource: source })).toThrow(
      /config\/gateway\.json.*: public_url: /,
    );
  });
});

describe("cdk.json", () => {
  it("sets every recommended feature flag of the installed CDK to its recommended value", () => {
    const recommended = createRequire(import.meta.url)("aws-cdk-lib/recommended-feature-flags.json");
    const { context } = JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8"));
    expect(context).toMatchObject(recommended);
  });

  it("turns on the feature flag that deploys authorizer changes", () => {
    const { context } = JSON.parse(readFileSync(join(import.meta.dirname, "../../cdk.json"), "utf8"));
    expect(context["@aws-cdk/aws-apigateway:authorizerChangeDeploymentLogicalId"]).toBe(true);
  });
});
