import { describe, expect, it } from "vitest";
import {
  fillSecrets,
  hasBrokenReference,
  isSecretReference,
  secretNames,
} from "../../../../functions/core/config/secret-references.ts";

describe("secret references", () => {
  it("are found in order", () => {
    expect(secretNames("Bearer {{ssm:/a/b}} {{ssm:/aws/reference/secretsmanager/x}}")).toEqual([
      "/a/b",
      "/aws/reference/secretsmanager/x",
    ]);
    expect(secretNames("plain")).toEqual([]);
  });

  it("are filled in, and what a secret holds is not read again", () => {
    expect(fillSecrets("a {{ssm:/x}} b {{ssm:/y}}", (name) => `<${name} {{ssm:/z}} $&>`)).toBe(
      "a </x {{ssm:/z}} $&> b </y {{ssm:/z}} $&>",
    );
  });

  it.each<[string, boolean]>([
    ["{{ssm:/a}}", true],
    ["{{ssm:/aws/reference/secretsmanager/prod/k+e=y@1:2}}", true],
    ["{{ssm:/a}}{{ssm:/b}}", false],
    ["x{{ssm:/a}}", false],
    ["{{ssm:a}}", false],
    ["", false],
    ["{{ssm:/a}}x", false],
    ["{{ssm:/}}", false],
    ["{{ssm:/a b}}", false],
    ["{{SSM:/a}}", false],
    ["{{ssm:/AZaz09_.+=@:-/x}}", true],
    [`{{ssm:/${"a".repeat(1010)}}}`, true],
    [`{{ssm:/${"a".repeat(1011)}}}`, false],
  ])("%j alone is one reference: %s", (text, expected) => {
    expect(isSecretReference(text)).toBe(expected);
  });

  it.each<[string, boolean]>([
    ["{{ssm:/a}}", false],
    ["plain {text}", false],
    ["{{ssm:a}}", true],
    ["{{ ssm:/a }}", true],
    ["a }} b", true],
    ["a {{ b", true],
    ["{{ssm:/a}} {{ssm:/b}} {{", true],
    ["{{{ssm:/a}}{", true],
    ["{{{ssm:/a}}}", false],
  ])("%j is broken: %s", (text, expected) => {
    expect(hasBrokenReference(text)).toBe(expected);
  });
});
