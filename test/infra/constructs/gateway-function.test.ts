import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { flat, resources, synthesise } from "../../support/synthesised-template.ts";

describe("functions", () => {
  let template: Template;
  beforeAll(() => {
    template = synthesise();
  });

  it("run on Node 24, arm64, with the time and memory that each needs", () => {
    const functions = resources(template, "AWS::Lambda::Function");
    const settings = Object.entries(functions).map(([id, f]) => [
      id,
      f["Runtime"],
      f["Architectures"],
      f["Handler"],
      f["Timeout"],
      f["MemorySize"],
    ]);
    expect(settings.sort()).toEqual([
      ["GatewayAuthorizerFunction", "nodejs24.x", ["arm64"], "index.handler", 15, 512],
      ["GatewayMetadataFunction", "nodejs24.x", ["arm64"], "index.handler", 15, 256],
      ["GatewayProxyFunction", "nodejs24.x", ["arm64"], "index.handler", 900, 512],
    ]);
  });

  it("get their configuration prefix and the URL, and nothing else", () => {
    const environments = Object.values(resources(template, "AWS::Lambda::Function")).map(
      ({ Environment }) => {
        const { CONFIG_PREFIX, PUBLIC_URL, ...others } = (
          Environment as { Variables: Record<string, unknown> }
        ).Variables;
        return [CONFIG_PREFIX, flat(PUBLIC_URL), others];
      },
    );
    const url = "https://<GatewayApiRestApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/dev";
    expect(environments).toEqual(Array(3).fill(["/mcp-gateway/dev", url, {}]));
  });

  it("log as JSON into their own log group", () => {
    const functions = resources(template, "AWS::Lambda::Function");
    const logging = Object.entries(functions).map(([id, { LoggingConfig }]) => {
      const { LogGroup, ...others } = LoggingConfig as Record<string, unknown>;
      return [id, flat(LogGroup), others];
    });
    const json = { LogFormat: "JSON", ApplicationLogLevel: "INFO", SystemLogLevel: "WARN" };
    expect(logging.sort()).toEqual([
      ["GatewayAuthorizerFunction", "<GatewayAuthorizerLogs>", json],
      ["GatewayMetadataFunction", "<GatewayMetadataLogs>", json],
      ["GatewayProxyFunction", "<GatewayProxyLogs>", json],
    ]);
  });
});
