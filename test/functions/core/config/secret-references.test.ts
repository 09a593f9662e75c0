import { describe, expect, it } from "vitest";
import {
  fillSecrets,
  hasBrokenReference,
  isBelowConfiguration,
  isSecretReference,
  misplacedSecretFaults,
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

  it("are replaced, and references inside a secret are not replaced", () => {
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
  ])("recognize %j as a single reference: %s", (text, expected) => {
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
  ])("report %j as invalid: %s", (text, expected) => {
    expect(hasBrokenReference(text)).toBe(expected);
  });
});

describe("a secret reference below the configuration's own path", () => {
  it.each<[string, string | undefined, boolean]>([
    ["/team/prod/key", "/team/prod", true],
    ["/team/prod", "/team/prod", true],
    ["/team/prod/", "/team/prod", true],
    ["/team/prod/servers/tools", "/team/prod", true],
    ["/team//prod/key", "/team/prod", true],
    ["//team/prod/key", "/team/prod/", true],
    ["/team/prod/key:3", "/team/prod", true],
    ["/team/prod:latest", "/team/prod", true],
    ["/team/production/key", "/team/prod", false],
    ["/team/dev/key", "/team/prod", false],
    ["/team", "/team/prod", false],
    ["/Team/prod/key", "/team/prod", false],
    ["/mcp-gateway/prod/key", "/team/prod", false],
    ["/aws/reference/secretsmanager/team/prod/key", "/team/prod", false],
    ["/mcp-gateway/prod/key", undefined, true],
    ["/mcp-gateway/any", undefined, true],
    ["/mcp-gateway", undefined, false],
    ["/mcp-gateway-secrets/prod/key", undefined, false],
    ["/team/prod/key", undefined, false],
  ])("is found in %s with the prefix %s: %s", (name, prefix, expected) => {
    expect(isBelowConfiguration(name, prefix)).toBe(expected);
  });

  it("is reported in every place, with its path and what to do", () => {
    const config = {
      headers: { "X-Api-Key": "Bearer {{ssm:/team/prod/a}} {{ssm:/other/b}}", "X-B": "{{ssm:/other}}" },
      list: [{ deep: "{{ssm:/team/prod/c}}" }],
      number: 1,
      nothing: null,
    };
    expect(misplacedSecretFaults(config, "/team/prod")).toEqual([
      {
        path: "headers.X-Api-Key",
        message:
          "the secret /team/prod/a is below the SSM path of a gateway's configuration, which every function reads. Store it elsewhere, such as below /mcp-gateway-secrets, and reference it here.",
      },
      { path: "list[0].deep", message: expect.stringContaining("/team/prod/c") },
    ]);
  });
});
