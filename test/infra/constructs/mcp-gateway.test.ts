import { App, Duration, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { McpGateway } from "../../../infra/constructs/mcp-gateway.ts";
import type { McpGatewayProps } from "../../../infra/constructs/mcp-gateway-props.ts";
import { EXAMPLES_ALLOWED_CONTEXT } from "../../../infra/example-values.ts";
import { GatewayConfig } from "../../../infra/gateway-config.ts";
import { roleStatements } from "../../support/iam-statements.ts";
import { configSource, resources, synthesise } from "../../support/synthesised-template.ts";

function authorizerOf(template: Template): Record<string, unknown> | undefined {
  return Object.values(resources(template, "AWS::ApiGateway::Authorizer"))[0];
}

/** For a gateway in an app without the CDK's feature flags, which another CDK app may not set. */
function deploymentId(settings: Partial<McpGatewayProps>): string | undefined {
  const app = new App({
    autoSynth: false,
    context: { [EXAMPLES_ALLOWED_CONTEXT]: true },
  });
  const stack = new Stack(app, "Stack");
  new McpGateway(stack, "Gateway", { stage: "dev", config: GatewayConfig.external(), ...settings });
  return Object.keys(Template.fromStack(stack).findResources("AWS::ApiGateway::Deployment"))[0];
}

describe("the authorizer", () => {
  it("gets the whole request and is cached for five minutes by token and path", () => {
    const { AuthorizerUri, ...authorizer } = authorizerOf(synthesise()) ?? {};
    expect(authorizer).toMatchObject({
      Type: "REQUEST",
      IdentitySource: "method.request.header.Authorization,context.path",
      AuthorizerResultTtlInSeconds: 300,
    });
    expect(JSON.stringify(AuthorizerUri)).toMatch(
      /"GatewayAuthorizerFunction[0-9A-F]{8}","Arn".*\/invocations"/,
    );
  });

  it("reads the token's header from the configuration", () => {
    const source = configSource({
      descope: undefined,
      jwt_validation: {
        jwksUri: "https://issuer.example/jwks.json",
        headerKey: "X-Access-Token",
        claimValues: { iss: { values: "https://issuer.example" } },
      },
    });
    expect(authorizerOf(synthesise({ configSource: source }))?.["IdentitySource"]).toBe(
      "method.request.header.X-Access-Token,context.path",
    );
  });

  it("is cached for the time in the settings, or not at all", () => {
    const ttl = (seconds: number) =>
      authorizerOf(synthesise({ authorizerCacheTtl: seconds }))?.["AuthorizerResultTtlInSeconds"];
    expect([ttl(0), ttl(60)]).toEqual([0, 60]);
  });
});

describe("an upgrade", () => {
  const unchanged = deploymentId({});

  it("without changes makes no deployment of the API", () => {
    expect(deploymentId({})).toBe(unchanged);
  });

  it.each<[string, Partial<McpGatewayProps>]>([
    ["the authorizer's cache", { authorizerCacheTtl: Duration.seconds(60) }],
    [
      "the header that carries the token",
      { config: GatewayConfig.external(undefined, { headerKey: "X-Access-Token" }) },
    ],
    [
      "a gateway response's header",
      { config: GatewayConfig.external(undefined, { scopesSupported: ["notes:read"] }) },
    ],
    ["the URL in the challenge", { publicUrl: "https://mcp.example.com" }],
  ])("that changes %s makes a new deployment of the API", (_what, settings) => {
    expect(deploymentId(settings)).not.toBe(unchanged);
  });
});

describe("a customer managed key", () => {
  const key = "arn:aws:kms:eu-central-1:111122223333:key/7d4c1f0a-9b3e-4c58-8f61-2a5e0d9c7b14";
  const template = synthesise({ encryptionKeyArn: key });

  it("encrypts every log group, every function's environment and every session secret", () => {
    const keys = (type: string, property: string) =>
      Object.values(resources(template, type)).map((resource) => resource[property]);
    expect(keys("AWS::Logs::LogGroup", "KmsKeyId")).toEqual([key, key, key, key]);
    expect(keys("AWS::Lambda::Function", "KmsKeyArn")).toEqual([key, key, key]);
    expect(keys("AWS::SecretsManager::Secret", "KmsKeyId")).toEqual([key]);
  });

  it("can be used by the functions only to decrypt", () => {
    const statements = roleStatements(template);
    const uses = Object.values(statements).map((lines) => lines.filter((line) => line.includes(key)));
    const decrypt = `DecryptWithCustomerKey: Allow kms:Decrypt on ${key}`;
    expect(uses).toEqual([[decrypt], [decrypt], [decrypt]]);
  });

  it("is not used by default", () => {
    expect(JSON.stringify(synthesise().toJSON())).not.toMatch(/KmsKeyId|KmsKeyArn|DecryptWithCustomerKey/);
  });
});

describe("tags", () => {
  it("are the gateway's name and stage and those of the operator, on every resource that supports tags", () => {
    const template = synthesise({ name: "team-b", tags: { team: "platform" } });
    const tagged = ["AWS::ApiGateway::RestApi", "AWS::Lambda::Function", "AWS::KMS::Key", "AWS::IAM::Role"];
    for (const type of tagged) {
      for (const { Tags } of Object.values(resources(template, type))) {
        expect(Tags).toEqual([
          { Key: "mcp-gateway", Value: "team-b-dev" },
          { Key: "team", Value: "platform" },
        ]);
      }
    }
  });
});

describe("log groups", () => {
  it.each([
    ["production" as const, "dev", 365, "Retain"],
    ["production" as const, "prod", 365, "Retain"],
    [undefined, "production", 365, "Retain"],
    ["disposable" as const, "prod", 14, "Delete"],
    ["disposable" as const, "dev", 14, "Delete"],
  ])("of protection %s in stage %s are kept for %i days and have the deletion policy %s", (...row) => {
    const [protection, stage, days, policy] = row;
    const groups = Object.values(synthesise({ stage, protection }).findResources("AWS::Logs::LogGroup"));
    const lifetimes = groups.map(({ Properties, DeletionPolicy }) => [
      Properties.RetentionInDays,
      DeletionPolicy,
    ]);
    expect(lifetimes).toEqual(Array(4).fill([days, policy]));
  });

  it("have the retention of the settings", () => {
    const template = synthesise({ stage: "prod", logRetentionDays: 90 });
    const groups = Object.values(resources(template, "AWS::Logs::LogGroup"));
    expect(groups.map(({ RetentionInDays }) => RetentionInDays)).toEqual(Array(4).fill(90));
  });
});
