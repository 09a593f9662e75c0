import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { flat, resources, synthesise } from "../../support/synthesised-template.ts";

describe("the REST API", () => {
  let template: Template;
  beforeAll(() => {
    template = synthesise();
  });

  it("is regional, with the stage's own name and throttling", () => {
    template.hasResourceProperties("AWS::ApiGateway::RestApi", {
      Name: "mcp-gateway-dev",
      EndpointConfiguration: { Types: ["REGIONAL"] },
      DisableExecuteApiEndpoint: false,
    });
    template.hasResourceProperties("AWS::ApiGateway::Stage", {
      StageName: "dev",
      MethodSettings: [
        {
          HttpMethod: "*",
          ResourcePath: "/*",
          DataTraceEnabled: false,
          ThrottlingRateLimit: 100,
          ThrottlingBurstLimit: 200,
        },
      ],
    });
  });

  it("has the throttling of the settings", () => {
    synthesise({ throttleRate: 7, throttleBurst: 9 }).hasResourceProperties("AWS::ApiGateway::Stage", {
      MethodSettings: [{ ThrottlingRateLimit: 7, ThrottlingBurstLimit: 9 }],
    });
  });

  it("keeps its own URL in addition to a custom domain only if the settings say so", () => {
    const domain = {
      domainName: "mcp.example.com",
      certificateArn: "arn:aws:acm:eu-central-1:1:certificate/c",
    };
    const disabled = (options: Parameters<typeof synthesise>[0]) =>
      Object.values(resources(synthesise(options), "AWS::ApiGateway::RestApi")).map(
        ({ DisableExecuteApiEndpoint }) => DisableExecuteApiEndpoint,
      );
    expect(disabled(domain)).toEqual([true]);
    expect(disabled({ ...domain, executeApiEndpoint: true })).toEqual([false]);
  });

  it("logs the caller and the decision, and no text that an unauthenticated client can choose", () => {
    const stages = resources(template, "AWS::ApiGateway::Stage");
    const setting = Object.values(stages)[0]?.["AccessLogSetting"];
    const { DestinationArn, Format } = setting as { DestinationArn: unknown; Format: string };
    expect(flat(DestinationArn)).toBe(
      "arn:<AWS::Partition>:logs:<AWS::Region>:<AWS::AccountId>:log-group:<GatewayApiAccessLog>",
    );
    expect(JSON.parse(Format)).toEqual({
      requestId: "$context.requestId",
      extendedRequestId: "$context.extendedRequestId",
      timeMs: "$context.requestTimeEpoch",
      method: "$context.httpMethod",
      route: "$context.resourcePath",
      status: "$context.status",
      responseType: "$context.error.responseType",
      ip: "$context.identity.sourceIp",
      sub: "$context.authorizer.sub",
      server: "$context.authorizer.server",
      tenant: "$context.authorizer.tenant",
      clientId: "$context.authorizer.clientId",
      reason: "$context.authorizer.reason",
      authorizerStatus: "$context.authorizer.status",
      authorizerLatencyMs: "$context.authorizer.latency",
      integrationStatus: "$context.integration.status",
      transferMode: "$context.integration.responseTransferMode",
      headersMs: "$context.integration.timeToAllHeaders",
      firstByteMs: "$context.integration.timeToFirstContent",
      integrationLatencyMs: "$context.integration.latency",
      totalMs: "$context.responseLatency",
      responseBytes: "$context.responseLength",
    });
  });

  it("sets the account's log role if asked, and retains it because other APIs share it", () => {
    synthesise({ accountLogRole: "stack" }).hasResource("AWS::ApiGateway::Account", {
      DeletionPolicy: "Retain",
    });
  });

  it("does not set the account's log role by default", () => {
    template.resourceCountIs("AWS::ApiGateway::Account", 0);
  });
});
