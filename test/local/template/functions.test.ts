// Functions of a template: supported and rejected settings.
import { expect, test } from "vitest";
import type { TemplateResource } from "../../../local/template/cloudformation.ts";
import { readFunctions } from "../../../local/template/functions.ts";

function stackOf(properties: Record<string, unknown>) {
  const resource: TemplateResource = {
    Type: "AWS::Lambda::Function",
    Properties: {
      Code: { S3Bucket: "b", S3Key: "abc.zip" },
      Handler: "index.handler",
      Runtime: "nodejs24.x",
      ...properties,
    },
  };
  return {
    template: { Resources: { Fn: resource } },
    assetFolders: new Map([["abc.zip", "/out/asset.abc"]]),
  };
}

test("reads environment, limits and log format", () => {
  const stack = stackOf({
    Environment: { Variables: { REGION: { Ref: "AWS::Region" } } },
    MemorySize: 512,
    Timeout: 15,
    LoggingConfig: { LogFormat: "JSON" },
    ReservedConcurrentExecutions: 5,
    Role: "any",
  });
  expect(readFunctions(stack, () => true)).toEqual([
    {
      name: "Fn",
      arn: "arn:aws:lambda:us-east-1:123456789012:function:Fn",
      taskRoot: "/out/asset.abc",
      handler: "index.handler",
      environment: { REGION: "us-east-1" },
      timeoutMs: 15_000,
      memoryMb: 512,
      logFormat: "JSON",
      reservedConcurrency: 5,
    },
  ]);
});

test("has Lambda's own defaults: 3 seconds, 128 MB, text logs", () => {
  const [spec] = readFunctions(stackOf({}), () => true);
  expect(spec).toMatchObject({
    timeoutMs: 3000,
    memoryMb: 128,
    logFormat: "Text",
    reservedConcurrency: undefined,
  });
});

test("ignores functions that the API does not invoke", () => {
  expect(readFunctions(stackOf({ Runtime: "python3.14", Layers: ["x"] }), () => false)).toEqual([]);
});

test.each<[string, Record<string, unknown>, string]>([
  ["another runtime", { Runtime: "nodejs22.x" }, "nodejs24.x was expected, but it is nodejs22.x"],
  ["layers", { Layers: ["arn"] }, "Fn (AWS::Lambda::Function) Layers: is not supported by the local run"],
  ["container images", { PackageType: "Image" }, "PackageType"],
  ["code that is no asset", { Code: { S3Key: "other.zip" } }, "no asset of the stack has the key other.zip"],
])("rejects %s", (_name, properties, message) => {
  expect(() => readFunctions(stackOf(properties), () => true)).toThrow(message);
});
