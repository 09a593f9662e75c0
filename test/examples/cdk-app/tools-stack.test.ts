import { execFile } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { App } from "aws-cdk-lib";
import { Template } from "aws-cdk-lib/assertions";
import { describe, expect, it, onTestFinished } from "vitest";
import { ToolsStack } from "../../../examples/cdk-app/tools-stack.ts";
import { resources } from "../../support/synthesised-template.ts";

const EXAMPLE = join(import.meta.dirname, "../../../examples/cdk-app");

// A child process that loads the whole CDK, which is slow on a busy machine.
const PROCESS_TIMEOUT_MS = 120_000;

describe("the example CDK app", () => {
  it("puts a gateway into a stack with other resources", () => {
    const app = new App({ autoSynth: false });
    const stack = new ToolsStack(app, "Tools", { configDir: join(EXAMPLE, "config") });
    const template = Template.fromStack(stack);
    const names = Object.values(resources(template, "AWS::SSM::Parameter")).map(({ Name }) => Name);
    expect(names.sort()).toEqual(["/tools/prod/gateway", "/tools/prod/servers/notes"]);
    template.hasOutput("McpServerUrl", { Value: "https://mcp.example.com" });
    const { VpcConfig } = resources(template, "AWS::Lambda::Function")["GatewayProxyFunction"] ?? {};
    expect(VpcConfig).toEqual({
      SubnetIds: [
        { Ref: expect.stringMatching(/^VpcPrivateSubnet1/) },
        { Ref: expect.stringMatching(/^VpcPrivateSubnet2/) },
      ],
      SecurityGroupIds: [{ "Fn::GetAtt": [expect.stringMatching(/^GatewayProxySecurityGroup/), "GroupId"] }],
    });
  });

  it("synthesises when run as the CDK CLI runs it", { timeout: PROCESS_TIMEOUT_MS }, async () => {
    const outdir = mkdtempSync(join(tmpdir(), "example-app-"));
    onTestFinished(() => rmSync(outdir, { recursive: true }));
    const CDK_CONTEXT_JSON = JSON.stringify({ "aws:cdk:bundling-stacks": [] });
    const env = { PATH: process.env["PATH"], CDK_OUTDIR: outdir, CDK_CONTEXT_JSON };
    await promisify(execFile)(process.execPath, [join(EXAMPLE, "app.ts")], { env });
    expect(readFileSync(join(outdir, "Tools.template.json"), "utf8")).toContain("AWS::ApiGateway::RestApi");
  });
});
