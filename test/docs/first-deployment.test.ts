// The policies in docs/first-deployment.md cover the stack's resources, and fit into an IAM managed policy.
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { contextSettings } from "../../infra/context-settings.ts";
import { addGateway, newApp } from "../../infra/gateway-app.ts";
import { GATEWAY_VARIANTS } from "../support/gateway-variants.ts";
import { codeBlocks } from "./markdown.ts";

type Statement = { Sid: string; Action: string | string[]; Resource: string | string[] };

/** The statements of a policy on the page. */
function policy(name: string): Statement[] {
  const text = codeBlocks("docs/first-deployment.md").find(({ info }) => info === name)?.text;
  return (JSON.parse(text ?? "{}") as { Statement: Statement[] }).Statement;
}
const statements = policy("execution-policy.json");
const edgeStatements = policy("execution-policy-edge.json");

/** The types of resource in the variants, without AWS's own for the CDK. */
function resourceTypes(variants: readonly Readonly<Record<string, string>>[]): string[] {
  const types = variants.flatMap((context) => {
    const app = newApp({ checks: false });
    app.node.setContext("aws:cdk:bundling-stacks", []);
    const { Resources } = Template.fromStack(addGateway(app, contextSettings({ context }))).toJSON();
    return Object.values(Resources as Record<string, { Type: string }>).map(({ Type }) => Type);
  });
  return [...new Set(types)];
}

describe("the policy of CloudFormation's role", () => {
  /** Services with resources in the variants and without an action in the statements. */
  function uncovered(
    variants: readonly Readonly<Record<string, string>>[],
    allowing: readonly Statement[],
  ): (string | undefined)[] {
    const services = allowing.flatMap(({ Action }) => Action).map((action) => action.split(":")[0]);
    const needed = resourceTypes(variants).map((type) => type.split("::")[1]?.toLowerCase());
    return [...new Set(needed)].filter((service) => !services.includes(service));
  }

  it("has actions of every service whose resources the stack has", () => {
    const { edge: _edge, ...variants } = GATEWAY_VARIANTS;
    expect(uncovered(Object.values(variants), statements)).toEqual([]);
  });

  it("has actions of every service of a stack with edge, with the second policy", () => {
    const edge = [GATEWAY_VARIANTS["edge"] ?? {}];
    expect(uncovered(edge, statements)).toEqual(["cloudfront"]);
    expect(uncovered(edge, [...statements, ...edgeStatements])).toEqual([]);
  });

  it("allows all resources only in four named statements", () => {
    const unlimited = [...statements, ...edgeStatements].filter(({ Resource }) =>
      [Resource].flat().includes("*"),
    );
    expect(unlimited.map(({ Sid }) => Sid)).toEqual([
      "SavedQueriesAndLogDelivery",
      "NewSigningKeys",
      "WhatHasNoResourceOrNoNameYet",
      "ProxySecurityGroup",
    ]);
  });

  it.each([
    ["execution-policy.json", statements],
    ["execution-policy-edge.json", edgeStatements],
  ])("fits into a managed policy, which has at most 6,144 characters, as %s", (_name, Statement) => {
    expect(JSON.stringify({ Version: "2012-10-17", Statement }).length).toBeLessThanOrEqual(6_144);
  });
});
