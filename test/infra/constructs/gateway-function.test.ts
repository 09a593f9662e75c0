import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { roleStatements } from "../../support/iam-statements.ts";
import { flat, resources, synthesise } from "../../support/synthesised-template.ts";

describe("functions", () => {
  let template: Template;
  beforeAll(() => {
    template = synthesise();
  });

  it("run on Node 24 and arm64, each with its own timeout and memory", () => {
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
      ["GatewayAuthorizerFunction", "nodejs24.x", ["arm64"], "lambda.handler", 15, 512],
      ["GatewayMetadataFunction", "nodejs24.x", ["arm64"], "lambda.handler", 15, 256],
      ["GatewayProxyFunction", "nodejs24.x", ["arm64"], "lambda.handler", 900, 512],
    ]);
  });

  it("get the configuration prefix, the URL, and the names of their keys and secrets", () => {
    const functions = Object.entries(resources(template, "AWS::Lambda::Function"));
    const environments = functions.map(([id, { Environment }]) => {
      const { Variables } = Environment as { Variables: Record<string, unknown> };
      return [
        id,
        Object.fromEntries(Object.entries(Variables).map(([name, value]) => [name, flat(value)])),
      ] as const;
    });
    const common = {
      CONFIG_PREFIX: "/mcp-gateway/dev",
      PUBLIC_URL: "https://<GatewayApiRestApi>.execute-api.<AWS::Region>.<AWS::URLSuffix>/dev",
    };
    const keys = { SIGNING_KEY_ARNS: "<GatewaySigningKeysKey1.Arn>" };
    expect(Object.fromEntries(environments)).toEqual({
      GatewayAuthorizerFunction: common,
      GatewayMetadataFunction: { ...common, ...keys },
      GatewayProxyFunction: {
        ...common,
        ...keys,
        CHALLENGE_METADATA_URL: `${common.PUBLIC_URL}/.well-known/oauth-protected-resource/notes/mcp`,
        SESSION_SECRET_PARAMETERS: "/aws/reference/secretsmanager/mcp-gateway/dev/session-secret-1",
      },
    });
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

  it("share the account's concurrency and are not traced by default", () => {
    const limits = (options: Parameters<typeof synthesise>[0]) =>
      Object.entries(resources(synthesise(options), "AWS::Lambda::Function"))
        .map(([id, { ReservedConcurrentExecutions, TracingConfig }]) => [
          id,
          ReservedConcurrentExecutions,
          TracingConfig,
        ])
        .sort();
    expect(limits({})).toEqual([
      ["GatewayAuthorizerFunction", undefined, undefined],
      ["GatewayMetadataFunction", undefined, undefined],
      ["GatewayProxyFunction", undefined, undefined],
    ]);
    const active = { Mode: "Active" };
    expect(limits({ tracing: true, authorizerConcurrency: 20, proxyConcurrency: 200 })).toEqual([
      ["GatewayAuthorizerFunction", 20, active],
      ["GatewayMetadataFunction", undefined, active],
      ["GatewayProxyFunction", 200, active],
    ]);
  });

  it("may write trace segments only if they are traced", () => {
    const traced = synthesise({ tracing: true });
    traced.hasResourceProperties("AWS::ApiGateway::Stage", { TracingEnabled: true });
    const statement = "undefined: Allow xray:PutTelemetryRecords,xray:PutTraceSegments on *";
    for (const statements of Object.values(roleStatements(traced))) expect(statements).toContain(statement);
    for (const statements of Object.values(roleStatements(template)))
      expect(statements).not.toContain(statement);
  });
});
