// A deployed stack stores its generations in CloudFormation parameters, whose values the CDK reuses for the next deployment. These tests
// apply a rotation, an upgrade and a rollback to templates, with the stack's values at each step.
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { deployedTemplate, type TemplateJson } from "../../support/deployed-template.ts";
import { flat, resources, templateJson } from "../../support/synthesised-template.ts";

const STATEFUL = [
  "AWS::KMS::Key",
  "AWS::KMS::Alias",
  "AWS::SecretsManager::Secret",
  "AWS::SSM::Parameter",
  "AWS::Logs::LogGroup",
];

/** The logical ids of a stack made before generations were kept in parameters. */
const BEFORE = [
  "GatewayApiAccessLogD000EACC",
  "GatewayAuthorizerLogs4B2F587A",
  "GatewayConfigGatewayE6A7F77B",
  "GatewayConfigServernotesB1AC5BF9",
  "GatewayMetadataLogs869A36AC",
  "GatewayProxyLogsFDAB2F42",
  "GatewaySessionSecretsSecret13B0214B4",
  "GatewaySigningKeysAlias7770EF39",
  "GatewaySigningKeysKey1552EF8DA",
];

type Deployed = {
  template: TemplateJson;
  ids: string[];
  keys: string[];
  proxyKeys: string;
  sessionSecrets: string;
};

function deployed(template: TemplateJson, parameters: Record<string, string> = {}): Deployed {
  const stack = deployedTemplate(template, parameters);
  const functions = resources(Template.fromJSON(stack), "AWS::Lambda::Function");
  const variable = (name: string, key: string) => {
    const { Environment } = functions[name] as { Environment: { Variables: Record<string, unknown> } };
    return flat(Environment.Variables[key]);
  };
  const entries = Object.entries(stack.Resources);
  return {
    template: stack,
    ids: entries.filter(([, { Type }]) => STATEFUL.includes(Type)).map(([id]) => id),
    keys: entries.filter(([, { Type }]) => Type === "AWS::KMS::Key").map(([id]) => id),
    proxyKeys: variable("GatewayProxyFunction", "SIGNING_KEY_ARNS"),
    sessionSecrets: variable("GatewayProxyFunction", "SESSION_SECRET_PARAMETERS"),
  };
}

const [FIRST, SECOND] = ["<GatewaySigningKeysKey1.Arn>", "<GatewaySigningKeysKey2.Arn>"];
const SECRET = "/aws/reference/secretsmanager/mcp-gateway/dev/session-secret";

describe("the generations of a deployed stack", () => {
  it("are the first ones in a new stack, with the logical ids of earlier stacks", () => {
    const { ids, proxyKeys, sessionSecrets } = deployed(templateJson());
    expect(ids).toEqual(expect.arrayContaining(BEFORE));
    expect([proxyKeys, sessionSecrets]).toEqual([FIRST, `${SECRET}-1`]);
  });

  it.each([
    ["1", FIRST, `${SECRET}-1`],
    ["1,2", `${FIRST},${SECOND}`, `${SECRET}-1,${SECRET}-2`],
    ["2,1", `${SECOND},${FIRST}`, `${SECRET}-2,${SECRET}-1`],
    ["2", SECOND, `${SECRET}-2`],
  ])("are those that the functions use in state %s", (state, keys, secrets) => {
    const stack = deployed(templateJson(), { SigningKeyGenerations: state, SessionGenerations: state });
    expect([stack.proxyKeys, stack.sessionSecrets]).toEqual([keys, secrets]);
    const [alias] = Object.values(resources(Template.fromJSON(stack.template), "AWS::KMS::Alias"));
    expect(flat(alias?.["TargetKeyId"])).toBe(keys.split(",")[0]);
  });

  it("survive a rollback, because the stack's own values decide and not those of the code", () => {
    const rotated = { SigningKeyGenerations: "2,1", SessionGenerations: "2" };
    const before = deployed(templateJson(), rotated);
    // An older version of code and settings: other servers, no generations.
    const older = deployed(templateJson({ tracing: true, authorizerCacheTtl: undefined }), rotated);
    expect(older.keys).toEqual(before.keys);
    expect([older.proxyKeys, older.sessionSecrets]).toEqual([before.proxyKeys, before.sessionSecrets]);
    expect(older.ids).toEqual(before.ids);
  });

  it("fail a deployment with other generations in its settings, instead of dropping a key", () => {
    const template = templateJson({ signingKeys: "1" });
    expect(() => deployed(template, { SigningKeyGenerations: "2,1" })).toThrow(
      "signingKeys=1 was given, but the deployed stack has another value",
    );
    expect(deployed(template, { SigningKeyGenerations: "1" }).keys).toHaveLength(1);
    expect(deployed(templateJson({ signingKeys: "2,1" })).proxyKeys).toBe(`${SECOND},${FIRST}`);
  });

  it("are rejected by the template if they are not one of the four states", () => {
    expect(() => deployed(templateJson(), { SigningKeyGenerations: "" })).toThrow(
      "must be one of 1 | 1,2 | 2,1 | 2",
    );
  });
});
