import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it } from "vitest";
import { roleStatements, statementLines } from "../../support/iam-statements.ts";
import { flat, resources, synthesise, templateOfProps } from "../../support/synthesised-template.ts";

const FORMER = "arn:aws:kms:eu-central-1:111122223333:key/former";

function keysOf(template: Template) {
  return Object.values(template.findResources("AWS::KMS::Key"));
}

function environmentOf(template: Template, name: string): string {
  const { Environment } = resources(template, "AWS::Lambda::Function")[`Gateway${name}Function`] ?? {};
  return flat((Environment as { Variables: Record<string, unknown> }).Variables["SIGNING_KEY_ARNS"]);
}

describe("the signing key", () => {
  it("is a P-256 key for signatures, with an alias of the gateway's name and stage", () => {
    const template = synthesise({ name: "team-b", stage: "prod" });
    expect(keysOf(template).map(({ Properties: { KeyPolicy, Tags, ...properties } }) => properties)).toEqual([
      {
        Description: "MCP gateway team-b (prod): signs identity JWTs, generation 1",
        KeySpec: "ECC_NIST_P256",
        KeyUsage: "SIGN_VERIFY",
      },
    ]);
    const [alias] = Object.values(resources(template, "AWS::KMS::Alias"));
    expect(alias?.["AliasName"]).toBe("alias/team-b/prod/identity-signing");
    expect(flat(alias?.["TargetKeyId"])).toBe("<GatewaySigningKeysKey1.Arn>");
  });

  it("signs only for the proxy's role, whatever IAM policies of the account allow", () => {
    const [key] = keysOf(synthesise());
    expect(statementLines(key?.["Properties"].KeyPolicy)).toEqual([
      "AdministeredByTheAccount: Allow kms:CancelKeyDeletion,kms:CreateAlias,kms:DeleteAlias,kms:DescribeKey," +
        "kms:DisableKey,kms:EnableKey,kms:GetKeyPolicy,kms:GetKeyRotationStatus,kms:GetPublicKey,kms:ListKeyPolicies," +
        "kms:ListResourceTags,kms:PutKeyPolicy,kms:ScheduleKeyDeletion,kms:TagResource,kms:UntagResource," +
        "kms:UpdateAlias,kms:UpdateKeyDescription on *",
      "OnlyTheProxySigns: Allow kms:Sign on * if ArnEquals aws:PrincipalArn <GatewayProxyRole.Arn>",
    ]);
  });

  it.each([
    ["disposable" as const, "dev", "Delete"],
    ["disposable" as const, "prod", "Delete"],
    ["production" as const, "dev", "Retain"],
    [undefined, "dev", "Retain"],
  ])(
    "of protection %s in stage %s is deleted with the stack by the policy %s",
    (protection, stage, policy) => {
      expect(keysOf(synthesise({ stage, protection })).map(({ DeletionPolicy }) => DeletionPolicy)).toEqual([
        policy,
      ]);
    },
  );
});

describe("a rotation of the signing key", () => {
  const rotating = { signingKeys: "2,1" as const, formerSigningKeys: [FORMER] };
  const [SECOND, FIRST] = ["<GatewaySigningKeysKey2.Arn>", "<GatewaySigningKeysKey1.Arn>"];

  it("signs with the first generation and publishes all keys", () => {
    const template = synthesise(rotating);
    expect(environmentOf(template, "Proxy")).toBe(`${SECOND},${FIRST},${FORMER}`);
    expect(environmentOf(template, "Metadata")).toBe(`${SECOND},${FIRST},${FORMER}`);
    const [alias] = Object.values(resources(template, "AWS::KMS::Alias"));
    expect(flat(alias?.["TargetKeyId"])).toBe(SECOND);
  });

  it("lets the proxy sign with both of the stack's keys, and the metadata function read former keys too", () => {
    const statements = roleStatements(synthesise(rotating));
    expect(statements["<GatewayProxyRole>"]).toContain(
      `SignIdentities: Allow kms:GetPublicKey,kms:Sign on ${FIRST},${SECOND}`,
    );
    expect(statements["<GatewayMetadataRole>"]).toContain(
      `PublishSigningKeys: Allow kms:GetPublicKey on ${FORMER},${FIRST},${SECOND}`,
    );
  });

  it("keeps the key of a generation when another is added before it", () => {
    const before = Object.keys(synthesise().findResources("AWS::KMS::Key"));
    expect(Object.keys(synthesise(rotating).findResources("AWS::KMS::Key"))).toEqual(
      expect.arrayContaining(before),
    );
  });

  it("is rejected without any generation", () => {
    expect(() => templateOfProps({ signingKeys: [] })).toThrow(
      "signingKeys must be one of 1 | 1,2 | 2,1 | 2",
    );
    expect(() => templateOfProps({ generationsKept: "code", signingKeys: [] })).toThrow(
      "signingKeys must be one or more",
    );
  });

  it("accepts any names and creates no parameter if the code sets the generations", () => {
    const template = templateOfProps({ generationsKept: "code", signingKeys: ["2026b", "2026a"] });
    expect([template.Parameters, template.Conditions]).toEqual([
      { BootstrapVersion: expect.anything() },
      undefined,
    ]);
    expect(environmentOf(Template.fromJSON(template), "Proxy")).toBe(
      "<GatewaySigningKeysKey2026b.Arn>,<GatewaySigningKeysKey2026a.Arn>",
    );
  });
});
