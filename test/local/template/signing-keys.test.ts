import { expect, test } from "vitest";
import { readSigningKeyArns } from "../../../local/template/signing-keys.ts";

const templateOf = (properties: Record<string, unknown>) => ({
  Resources: {
    SigningKey: {
      Type: "AWS::KMS::Key",
      Properties: { KeySpec: "ECC_NIST_P256", KeyUsage: "SIGN_VERIFY", KeyPolicy: {}, ...properties },
    },
  },
});

test("reads each key's ARN as in the functions' environment", () => {
  expect(readSigningKeyArns(templateOf({}))).toEqual(["arn:aws:kms:us-east-1:123456789012:key/SigningKey"]);
  expect(readSigningKeyArns({ Resources: {} })).toEqual([]);
});

test.each([
  ["RSA", { KeySpec: "RSA_2048" }],
  ["symmetric", { KeySpec: undefined, KeyUsage: undefined }],
  ["disabled", { Enabled: false }],
])("rejects a key that is %s", (_kind, properties) => {
  expect(() => readSigningKeyArns(templateOf(properties))).toThrow(/^SigningKey \(AWS::KMS::Key\) /);
});
