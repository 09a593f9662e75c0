import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { WhoamiStack } from "../../../examples/whoami-on-aws/whoami-stack.ts";

const callerRoleArn = "arn:aws:iam::111122223333:role/proxy";

describe("the example server whoami on AWS", () => {
  let template: Template;
  beforeAll(() => {
    template = Template.fromStack(
      new WhoamiStack(new App({ autoSynth: false }), "Whoami", { callerRoleArn }),
    );
  });

  it("is one function whose URL requires a signature", () => {
    template.resourceCountIs("AWS::Lambda::Function", 1);
    template.hasResourceProperties("AWS::Lambda::Url", { AuthType: "AWS_IAM" });
    template.hasOutput("WhoamiUrl", {});
  });

  it("can only be called by the given role", () => {
    const permissions = Object.values(template.findResources("AWS::Lambda::Permission")).map(
      ({ Properties }) => [Properties.Action, Properties.Principal],
    );
    expect(permissions.sort()).toEqual([
      ["lambda:InvokeFunction", callerRoleArn],
      ["lambda:InvokeFunctionUrl", callerRoleArn],
    ]);
  });

  it("leaves nothing when the stack is deleted", () => {
    template.hasResource("AWS::Logs::LogGroup", { DeletionPolicy: "Delete" });
  });
});
