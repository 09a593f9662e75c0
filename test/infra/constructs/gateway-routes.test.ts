import type { Template } from "aws-cdk-lib/assertions";
import { beforeAll, describe, expect, it } from "vitest";
import { flat, resources, synthesise } from "../../support/synthesised-template.ts";

type Route = { route: string; authorization: string; authorizer: string; to: string };

let template: Template;
let routes: Route[];

beforeAll(() => {
  template = synthesise();
  const parts = template.findResources("AWS::ApiGateway::Resource");
  const pathOf = (id: string): string => {
    const { PathPart, ParentId } = parts[id]?.Properties ?? {};
    return PathPart === undefined ? "" : `${pathOf(ParentId.Ref)}/${PathPart}`;
  };
  routes = Object.values(template.findResources("AWS::ApiGateway::Method")).map(({ Properties: method }) => ({
    route: `${method.HttpMethod} ${pathOf(method.ResourceId.Ref)}`,
    authorization: method.AuthorizationType,
    authorizer: method.AuthorizerId ? flat(method.AuthorizerId) : "",
    to: method.Integration.Uri ? flat(method.Integration.Uri) : method.Integration.Type,
  }));
});

const LAMBDA = "arn:<AWS::Partition>:apigateway:<AWS::Region>:lambda:path";
const PROXY = `${LAMBDA}/2021-11-15/functions/<GatewayProxyFunction.Arn>/response-streaming-invocations`;
const METADATA = `${LAMBDA}/2015-03-31/functions/<GatewayMetadataFunction.Arn>/invocations`;

describe("routes", () => {
  it("are exactly these, and only metadata, keys, preflights and health are open", () => {
    const guarded = { authorization: "CUSTOM", authorizer: "<GatewayRequestAuthorizer>", to: PROXY };
    const open = { authorization: "NONE", authorizer: "", to: METADATA };
    const expected: Route[] = [
      { route: "ANY /{server}/mcp", ...guarded },
      { route: "DELETE /{server}/mcp", ...guarded },
      { route: "GET /.well-known/jwks.json", ...open },
      { route: "GET /.well-known/oauth-authorization-server", ...open },
      { route: "GET /.well-known/oauth-authorization-server/{server}/mcp", ...open },
      { route: "GET /.well-known/oauth-protected-resource", ...open },
      { route: "GET /.well-known/oauth-protected-resource/{server}/mcp", ...open },
      { route: "GET /.well-known/openid-configuration", ...open },
      { route: "GET /health", ...open, to: "MOCK" },
      { route: "GET /{server}/mcp", ...guarded },
      { route: "HEAD /.well-known/jwks.json", ...open },
      { route: "HEAD /.well-known/oauth-authorization-server", ...open },
      { route: "HEAD /.well-known/oauth-authorization-server/{server}/mcp", ...open },
      { route: "HEAD /.well-known/oauth-protected-resource", ...open },
      { route: "HEAD /.well-known/oauth-protected-resource/{server}/mcp", ...open },
      { route: "HEAD /.well-known/openid-configuration", ...open },
      { route: "HEAD /health", ...open, to: "MOCK" },
      { route: "OPTIONS /.well-known/jwks.json", ...open },
      { route: "OPTIONS /.well-known/oauth-authorization-server", ...open },
      { route: "OPTIONS /.well-known/oauth-authorization-server/{server}/mcp", ...open },
      { route: "OPTIONS /.well-known/oauth-protected-resource", ...open },
      { route: "OPTIONS /.well-known/oauth-protected-resource/{server}/mcp", ...open },
      { route: "OPTIONS /.well-known/openid-configuration", ...open },
      { route: "OPTIONS /{server}/mcp", ...open },
      { route: "POST /{server}/mcp", ...guarded },
    ];
    expect(routes.sort((a, b) => (a.route < b.route ? -1 : 1))).toEqual(expected);
  });

  it("stream the proxy's response for up to 15 minutes", () => {
    const methods = Object.values(resources(template, "AWS::ApiGateway::Method"));
    const integrations = methods.map(({ Integration }) => Integration as Record<string, unknown>);
    const streamed = integrations.filter(({ ResponseTransferMode }) => ResponseTransferMode === "STREAM");
    expect(streamed.map(({ Uri, TimeoutInMillis }) => [flat(Uri), TimeoutInMillis])).toEqual(
      Array(4).fill([PROXY, 900_000]),
    );
  });

  it("respond to health checks without running a function", () => {
    template.hasResourceProperties("AWS::ApiGateway::Method", {
      HttpMethod: "GET",
      MethodResponses: [{ StatusCode: "200" }],
      Integration: {
        Type: "MOCK",
        RequestTemplates: { "application/json": '{"statusCode":200}' },
        IntegrationResponses: [
          { StatusCode: "200", ResponseTemplates: { "application/json": '{"status":"ok"}' } },
        ],
      },
    });
  });

  it("let only this API's methods and authorizer invoke the functions", () => {
    const api = "arn:<AWS::Partition>:execute-api:<AWS::Region>:<AWS::AccountId>:<GatewayApiRestApi>";
    const stage = `${api}/<GatewayApiRestApiDeploymentStagedev>`;
    const sources = Object.values(resources(template, "AWS::Lambda::Permission")).map(
      ({ FunctionName, Principal, SourceArn }) => `${flat(FunctionName)} ${Principal} ${flat(SourceArn)}`,
    );
    const allowed = (name: string, arn: string) =>
      `<Gateway${name}Function.Arn> apigateway.amazonaws.com ${arn}`;
    expect(sources.sort()).toEqual(
      [
        allowed("Authorizer", `${api}/authorizers/<GatewayRequestAuthorizer>`),
        ...["*", "DELETE", "GET", "POST"].map((method) => allowed("Proxy", `${stage}/${method}/*/mcp`)),
        allowed("Metadata", `${stage}/OPTIONS/*/mcp`),
        ...["GET", "HEAD", "OPTIONS"].flatMap((method) => [
          allowed("Metadata", `${stage}/${method}/.well-known/jwks.json`),
          allowed("Metadata", `${stage}/${method}/.well-known/openid-configuration`),
          allowed("Metadata", `${stage}/${method}/.well-known/oauth-authorization-server`),
          allowed("Metadata", `${stage}/${method}/.well-known/oauth-authorization-server/*/mcp`),
          allowed("Metadata", `${stage}/${method}/.well-known/oauth-protected-resource`),
          allowed("Metadata", `${stage}/${method}/.well-known/oauth-protected-resource/*/mcp`),
        ]),
      ].sort(),
    );
  });
});
