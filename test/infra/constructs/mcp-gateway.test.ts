import { Duration, Stack } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { McpGateway } from "../../../infra/constructs/mcp-gateway.ts";
import { externalSettings } from "../../../infra/deploy-settings.ts";
import { newApp } from "../../../infra/gateway-app.ts";
import { configSource, resources, synthesise } from "../../support/synthesised-template.ts";

function authorizerOf(template: Template): Record<string, unknown> | undefined {
  return Object.values(resources(template, "AWS::ApiGateway::Authorizer"))[0];
}

function deploymentId(authorizerCacheTtl: Duration): string | undefined {
  const app = newApp({ checks: false });
  app.node.setContext("aws:cdk:bundling-stacks", []);
  const stack = new Stack(app, "Stack");
  new McpGateway(stack, "Gateway", { stage: "dev", settings: externalSettings([]), authorizerCacheTtl });
  return Object.keys(Template.fromStack(stack).findResources("AWS::ApiGateway::Deployment"))[0];
}

describe("the authorizer", () => {
  it("sees the whole request, is cached by token and path, and for five minutes", () => {
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

  it("takes the token's header from the configuration", () => {
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

  it("is deployed again when it changes", () => {
    expect(deploymentId(Duration.seconds(300))).not.toBe(deploymentId(Duration.seconds(60)));
  });
});

describe("log groups", () => {
  it.each([
    ["dev", 14, "Delete"],
    ["prod", 365, "Retain"],
    ["prod-eu", 365, "Retain"],
    ["production-test", 14, "Delete"],
  ])("of stage %s are kept for %i days; the stack's deletion means %s", (stage, days, policy) => {
    const groups = Object.values(synthesise({ stage }).findResources("AWS::Logs::LogGroup"));
    const lifetimes = groups.map(({ Properties, DeletionPolicy }) => [
      Properties.RetentionInDays,
      DeletionPolicy,
    ]);
    expect(lifetimes).toEqual(Array(4).fill([days, policy]));
  });
});
