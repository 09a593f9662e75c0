import { expect, test } from "vitest";
import { readParameters } from "../../../local/template/parameters.ts";

const templateOf = (generation?: Record<string, unknown>) => ({
  Resources: {
    SessionSecret: {
      Type: "AWS::SecretsManager::Secret",
      Properties: { Name: "team/session", GenerateSecretString: generation },
    },
  },
});

test("generates a new value for a secret at every start, under its Parameter Store name", () => {
  const template = templateOf({ ExcludePunctuation: true, PasswordLength: 64 });
  const [secret] = readParameters(template);
  expect(secret).toEqual({
    name: "/aws/reference/secretsmanager/team/session",
    type: "SecureString",
    value: expect.stringMatching(/^[A-Za-z0-9]{64}$/),
  });
  expect(readParameters(template)[0]?.value).not.toBe(secret?.value);
  expect(readParameters({ Resources: {} })).toEqual([]);
});

test("generates 32 characters by default", () => {
  expect(readParameters(templateOf({ ExcludePunctuation: true }))[0]?.value).toHaveLength(32);
});

test.each([
  ["without a generated value", undefined],
  ["with punctuation", { PasswordLength: 64 }],
  ["generated in ways not supported", { ExcludePunctuation: true, GenerateStringKey: "password" }],
])("rejects a secret %s", (_kind, generation) => {
  expect(() => readParameters(templateOf(generation))).toThrow(
    /^SessionSecret \(AWS::SecretsManager::Secret\)/,
  );
});
