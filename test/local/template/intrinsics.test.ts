// Intrinsic functions: resolved as in a deployment, and an error for unsupported ones.
import { describe, expect, test } from "vitest";
import type { Template } from "../../../local/template/cloudformation.ts";
import { createResolver } from "../../../local/template/intrinsics.ts";

const template: Template = {
  Parameters: { Size: { Type: "String", Default: "small" }, Open: { Type: "String" } },
  Conditions: {
    IsSmall: { "Fn::Equals": [{ Ref: "Size" }, "small"] },
    IsLarge: { "Fn::Not": [{ Condition: "IsSmall" }] },
    Both: { "Fn::And": [{ Condition: "IsSmall" }, { Condition: "IsLarge" }] },
    Either: { "Fn::Or": [{ Condition: "IsSmall" }, { Condition: "IsLarge" }] },
  },
  Resources: {
    Api: { Type: "AWS::ApiGateway::RestApi" },
    Stage: { Type: "AWS::ApiGateway::Stage", Properties: { StageName: "dev" } },
    Fn: { Type: "AWS::Lambda::Function" },
    Named: {
      Type: "AWS::Lambda::Function",
      Properties: { FunctionName: { "Fn::Sub": `my-\${AWS::Region}` } },
    },
    Gateway: { Type: "AWS::SSM::Parameter", Properties: { Name: "/mcp-gateway/dev/gateway" } },
    Alarm: { Type: "AWS::CloudWatch::Alarm" },
  },
};
const resolve = createResolver(template);

describe("the resolver of intrinsic functions resolves", () => {
  test.each<[string, unknown, unknown]>([
    ["a pseudo parameter", { Ref: "AWS::Region" }, "us-east-1"],
    ["a template parameter by its default", { Ref: "Size" }, "small"],
    ["Ref of a stage", { Ref: "Stage" }, "dev"],
    ["Ref of a parameter", { Ref: "Gateway" }, "/mcp-gateway/dev/gateway"],
    ["Ref of a named function", { Ref: "Named" }, "my-us-east-1"],
    ["Ref of anything else by its logical ID", { Ref: "Alarm" }, "Alarm"],
    ["Fn::GetAtt", { "Fn::GetAtt": ["Fn", "Arn"] }, "arn:aws:lambda:us-east-1:123456789012:function:Fn"],
    [
      "Fn::GetAtt written with a dot",
      { "Fn::GetAtt": "Named.Arn" },
      "arn:aws:lambda:us-east-1:123456789012:function:my-us-east-1",
    ],
    ["Fn::Join with nested values", { "Fn::Join": ["-", ["a", { Ref: "Stage" }]] }, "a-dev"],
    [
      "Fn::Sub with all kinds of names",
      { "Fn::Sub": [`\${AWS::Partition}:\${Stage}:\${Fn.Arn}:\${own}:\${!left}`, { own: 1 }] },
      `aws:dev:arn:aws:lambda:us-east-1:123456789012:function:Fn:1:\${left}`,
    ],
    ["Fn::Select of Fn::Split", { "Fn::Select": [1, { "Fn::Split": [":", "a:b:c"] }] }, "b"],
    ["Fn::If", { "Fn::If": ["IsSmall", "yes", "no"] }, "yes"],
    ["Fn::If with Fn::Not", { "Fn::If": ["IsLarge", "yes", "no"] }, "no"],
    ["Fn::And", { "Fn::If": ["Both", "yes", "no"] }, "no"],
    ["Fn::Or", { "Fn::If": ["Either", "yes", "no"] }, "yes"],
    ["AWS::NoValue by leaving the key out", { a: 1, b: { Ref: "AWS::NoValue" } }, { a: 1 }],
  ])("%s", (_name, value, expected) => {
    expect(resolve(value, "here")).toEqual(expected);
  });

  test("the identifier of an API is ten lower-case letters and digits", () => {
    expect(resolve({ Ref: "Api" }, "here")).toMatch(/^[a-z0-9]{10}$/);
  });
});

describe("the resolver of intrinsic functions rejects, with the place,", () => {
  test.each<[string, unknown, string]>([
    [
      "an intrinsic it does not know",
      { "Fn::ImportValue": "x" },
      "here: Fn::ImportValue is not supported by the local run",
    ],
    ["Ref of what does not exist", { Ref: "Nothing" }, "here: Ref names Nothing, which does not exist"],
    [
      "Fn::GetAtt of what does not exist",
      { "Fn::GetAtt": ["Nothing", "Arn"] },
      'here: Fn::GetAtt names ["Nothing","Arn"], which does not exist',
    ],
    [
      "an attribute without a local value",
      { "Fn::GetAtt": ["Alarm", "Arn"] },
      "Alarm: Fn::GetAtt Arn of AWS::CloudWatch::Alarm has no value in the local run",
    ],
    ["a parameter without a value", { Ref: "Open" }, "here: the template parameter Open has no default"],
    ["a condition that does not exist", { "Fn::If": ["No", 1, 2] }, "here: condition No does not exist"],
    ["Fn::Select out of range", { "Fn::Select": [3, ["a"]] }, "here: Fn::Select is out of range"],
  ])("%s", (_name, value, message) => {
    expect(() => resolve(value, "here")).toThrow(message);
  });
});
