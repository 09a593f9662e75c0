// Unsupported settings are rejected when the template is read, by name and place.

import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { TemplateResource } from "../../../local/template/cloudformation.ts";
import { readRestApi } from "../../../local/template/rest-api.ts";
import { ECHO, fixtureStack, gatewayResponse } from "../../support/fixture-stack.ts";

type Change = (resources: Record<string, TemplateResource>) => void;

async function templateWith(change: Change = () => {}) {
  const folder = await mkdtemp(join(tmpdir(), "template-"));
  const { template } = await fixtureStack(
    {
      functions: { Echo: { code: ECHO }, Guard: { code: ECHO } },
      authorizer: { function: "Guard" },
      routes: [
        { on: "POST /{server}/mcp", to: "Echo", authorized: true },
        { on: "ANY /{server}/mcp", to: "Echo", authorized: true },
        { on: "GET /", to: "Echo" },
      ],
      stageVariables: { colour: "blue" },
    },
    folder,
  );
  await rm(folder, { recursive: true });
  const resources = structuredClone(template.Resources) as Record<string, TemplateResource>;
  change(resources);
  return { ...template, Resources: resources };
}

function setting(id: string, properties: Record<string, unknown>): Change {
  return (resources) => {
    const resource = resources[id];
    if (resource === undefined) throw new Error(`no ${id}`);
    resources[id] = { ...resource, Properties: { ...resource.Properties, ...properties } };
  };
}

function adding(id: string, type: string, properties: Record<string, unknown> = {}): Change {
  return (resources) => {
    resources[id] = { Type: type, Properties: properties };
  };
}

const POST = "Resourcex123serverx125mcpPOST";

test("reads the resource tree with methods, authorizer and stage", async () => {
  const api = readRestApi(await templateWith());
  expect(api.stage).toBe("dev");
  expect(api.stageVariables).toEqual({ colour: "blue" });
  const mcp = api.resources.find(({ path }) => path === "/{server}/mcp");
  expect([...(mcp?.methods.keys() ?? [])]).toEqual(["POST", "ANY"]);
  expect(mcp?.methods.get("POST")?.authorizer).toEqual({
    id: "Authorizer",
    functionArn: "arn:aws:lambda:us-east-1:123456789012:function:Guard",
    identitySources: ["method.request.header.Authorization", "context.path"],
    ttlSeconds: 300,
  });
  expect(mcp?.methods.get("POST")?.integration).toEqual({
    type: "AWS_PROXY",
    functionArn: "arn:aws:lambda:us-east-1:123456789012:function:Echo",
    streaming: false,
    timeoutMs: 29_000,
  });
  expect(api.resources.find(({ path }) => path === "/")?.methods.has("GET")).toBe(true);
});

describe("the template reader rejects", () => {
  const mock = { Type: "MOCK", RequestTemplates: { "application/json": "#set($a = 1)" } };
  test.each<[string, Change, string]>([
    [
      "binary media types",
      setting("Api", { BinaryMediaTypes: ["*/*"] }),
      "Api (AWS::ApiGateway::RestApi) BinaryMediaTypes: is not supported by the local run",
    ],
    ["a resource policy", setting("Api", { Policy: {} }), "Policy: is not supported"],
    [
      "an EDGE endpoint",
      setting("Api", { EndpointConfiguration: { Types: ["EDGE"] } }),
      "the type REGIONAL was expected",
    ],
    ["a cache cluster", setting("Stage", { CacheClusterEnabled: true }), "CacheClusterEnabled"],
    ["a canary", setting("Stage", { CanarySetting: {} }), "CanarySetting"],
    [
      "a request validator",
      adding("V", "AWS::ApiGateway::RequestValidator"),
      "V (AWS::ApiGateway::RequestValidator): is not supported",
    ],
    [
      "a usage plan",
      adding("P", "AWS::ApiGateway::UsagePlan"),
      "P (AWS::ApiGateway::UsagePlan): is not supported",
    ],
    ["required API keys", setting(POST, { ApiKeyRequired: true }), "ApiKeyRequired"],
    ["IAM authorization", setting(POST, { AuthorizationType: "AWS_IAM" }), "AuthorizationType AWS_IAM"],
    [
      "request parameters of a method",
      setting(POST, { RequestParameters: {} }),
      "RequestParameters: is not supported",
    ],
    ["a TOKEN authorizer", setting("Authorizer", { Type: "TOKEN" }), "Type TOKEN"],
    [
      "a path parameter as identity source",
      setting("Authorizer", { IdentitySource: "method.request.path.server" }),
      "a header, query parameter, stage variable or context variable was expected, but it is method.request.path.server",
    ],
    [
      "an HTTP integration",
      setting(POST, { Integration: { Type: "HTTP_PROXY", Uri: "https://example.com" } }),
      "Integration.Type HTTP_PROXY",
    ],
    [
      "request parameters of an integration",
      setting(POST, { Integration: { Type: "AWS_PROXY", Uri: "", RequestParameters: {} } }),
      "Integration.RequestParameters",
    ],
    [
      "a URI of no Lambda function",
      setting(POST, { Integration: { Type: "AWS_PROXY", Uri: "https://example.com" } }),
      "a Lambda invocation URI was expected",
    ],
    [
      "STREAM with a buffered URI",
      setting(POST, {
        Integration: {
          Type: "AWS_PROXY",
          ResponseTransferMode: "STREAM",
          Uri: "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/arn:aws:lambda:us-east-1:1:function:a/invocations",
        },
      }),
      "ResponseTransferMode and Uri do not match",
    ],
    ["VTL in a request template", setting(POST, { Integration: mock }), "#set"],
    [
      "a greedy path parameter",
      adding("G", "AWS::ApiGateway::Resource", {
        ParentId: { "Fn::GetAtt": ["Api", "RootResourceId"] },
        PathPart: "{proxy+}",
      }),
      "a greedy path parameter is not supported",
    ],
    [
      "a second API",
      adding("Other", "AWS::ApiGateway::RestApi", { EndpointConfiguration: { Types: ["REGIONAL"] } }),
      "one AWS::ApiGateway::RestApi was expected, but there are 2",
    ],
  ])("%s", async (_name, change, message) => {
    const template = await templateWith(change);
    expect(() => readRestApi(template)).toThrow(message);
  });

  test.each<[string, Parameters<typeof gatewayResponse>[1], string]>([
    ["VTL in a body template", { template: '#if($context.a)"x"#end' }, "#if"],
    ["$input in a body template", { template: '{"a":$input.body}' }, "$input"],
    [
      "a context variable that does not exist",
      { template: '{"a":"$context.reqestId"}' },
      "$context.reqestId",
    ],
    [
      "a header without quotes",
      { headers: { "X-A": "plain" } },
      "'literal', method.request.header.X, context.X or stageVariables.X was expected, but it is plain",
    ],
    [
      "a concatenation in a header",
      { headers: { "X-A": "'a' + context.requestId" } },
      "was expected, but it is 'a' + context.requestId",
    ],
    [
      "context.authorizer in a header",
      { headers: { "X-A": "context.authorizer.sub" } },
      "context.authorizer is not documented as a source of headers",
    ],
  ])("%s of a gateway response", async (_name, properties, message) => {
    const template = await templateWith((resources) => {
      resources["Responder"] = gatewayResponse("UNAUTHORIZED", properties);
    });
    expect(() => readRestApi(template)).toThrow(message);
  });
});
