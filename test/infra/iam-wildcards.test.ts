// Every wildcard in the permissions of all variants of the stack. AWS requires each of them; the reason is acknowledged in the code.
import { Template } from "aws-cdk-lib/assertions";
import { beforeAll, expect, test } from "vitest";
import { contextSettings } from "../../infra/context-settings.ts";
import { addGateway, newApp } from "../../infra/gateway-app.ts";
import { deployedTemplate, type TemplateJson } from "../support/deployed-template.ts";
import { GATEWAY_VARIANTS } from "../support/gateway-variants.ts";
import { roleStatements, statementLines } from "../support/iam-statements.ts";
import { resources } from "../support/synthesised-template.ts";

function templateOf(context: Readonly<Record<string, string>>): Template {
  const app = newApp();
  const template = Template.fromStack(addGateway(app, contextSettings({ context })));
  return Template.fromJSON(deployedTemplate(template.toJSON() as TemplateJson));
}

const variants: { context: Readonly<Record<string, string>>; template: Template }[] = [];
beforeAll(() => {
  for (const context of Object.values(GATEWAY_VARIANTS))
    variants.push({ context, template: templateOf(context) });
});

test("the only wildcards in permissions are those that AWS requires", () => {
  const wildcards = new Set<string>();
  for (const { template } of variants) {
    const keyPolicies = Object.values(resources(template, "AWS::KMS::Key")).map(({ KeyPolicy }) => KeyPolicy);
    const lines = [...Object.values(roleStatements(template)), ...keyPolicies.map(statementLines)].flat();
    for (const line of lines) if (/[*?]/.test(line)) wildcards.add(line.replace(/ Allow .* on /, " … on "));
  }
  expect([...wildcards].sort()).toEqual([
    // In a key policy, * means the key itself.
    "AdministeredByTheAccount: … on *",
    // Lambda requires these on all resources.
    "JoinNetwork: … on *",
    "OnlyTheProxySigns: … on * if ArnEquals aws:PrincipalArn <GatewayProxyRole.Arn>",
    // The six characters that Secrets Manager appends to a name.
    "ReadReferencedSecrets: … on arn:<AWS::Partition>:secretsmanager:<AWS::Region>:<AWS::AccountId>:secret:team-??????",
    "TheCombinedEndpointSigns: … on * if ArnEquals aws:PrincipalArn <GatewayCombinedRole.Arn>",
    // X-Ray has no resource-level permissions.
    "undefined: … on *",
  ]);
});

test("no permission has a wildcard in its action, and managed policies are only for the logs of API Gateway", () => {
  for (const { context, template } of variants) {
    for (const line of Object.values(roleStatements(template)).flat()) {
      expect(line).toMatch(/^\w+: Allow [a-z0-9]+:[A-Za-z]+(,[a-z0-9]+:[A-Za-z]+)* on /);
    }
    const managed = Object.entries(resources(template, "AWS::IAM::Role")).filter(([, role]) =>
      Object.hasOwn(role, "ManagedPolicyArns"),
    );
    const expected = context["accountLogRole"] === "stack" ? ["GatewayApiRestApiCloudWatchRole"] : [];
    expect(managed.map(([id]) => id)).toEqual(expected);
  }
});
