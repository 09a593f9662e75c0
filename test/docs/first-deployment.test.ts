// The policies in docs/first-deployment.md cover the stack's resources, and fit into an IAM managed policy.
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { contextSettings } from "../../infra/context-settings.ts";
import { addGateway, newApp } from "../../infra/gateway-app.ts";
import { GATEWAY_VARIANTS } from "../support/gateway-variants.ts";
import { codeBlocks } from "./markdown.ts";

type Statement = { Sid: string; Action: string | string[]; Resource: string | string[] };

const text = codeBlocks("docs/first-deployment.md").find(
  ({ info }) => info === "execution-policy.json",
)?.text;
const { Statement: statements } = JSON.parse(text ?? "{}") as { Statement: Statement[] };

/** The types of resource in all variants, without AWS's own for the CDK. */
function resourceTypes(): string[] {
  const types = Object.values(GATEWAY_VARIANTS).flatMap((context) => {
    const app = newApp({ checks: false });
    app.node.setContext("aws:cdk:bundling-stacks", []);
    const { Resources } = Template.fromStack(addGateway(app, contextSettings({ context }))).toJSON();
    return Object.values(Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  });
  return [...new Set(types)];
}

describe("the policy of CloudFormation's role", () => {
  it("has actions of every service whose resources the stack has", () => {
    const services = new Set(
      statements.flatMap(({ Action }) => Action).map((action) => action.split(":")[0]),
    );
    const needed = resourceTypes().map((type) => type.split("::")[1]?.toLowerCase());
    expect(needed.filter((service) => !services.has(service))).toEqual([]);
  });

  it("allows all resources only in four named statements", () => {
    const unlimited = statements.filter(({ Resource }) => [Resource].flat().includes("*"));
    expect(unlimited.map(({ Sid }) => Sid)).toEqual([
      "SavedQueriesAndLogDelivery",
      "NewSigningKeys",
      "WhatHasNoResourceOrNoNameYet",
      "ProxySecurityGroup",
    ]);
  });

  it("fits into a managed policy, which has at most 6,144 characters without white space", () => {
    expect(JSON.stringify(JSON.parse(text ?? "")).length).toBeLessThanOrEqual(6_144);
  });
});
