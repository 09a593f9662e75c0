// A small stack for tests of the local run: functions as source text, a template as the CDK would write
// it, real processes and a real socket.
import { randomUUID } from "node:crypto";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { RequestRecord } from "../../local/api-gateway/request-record.ts";
import type { StreamLimits } from "../../local/api-gateway/stream-relay.ts";
import { type LocalStack, startLocalStack } from "../../local/local-stack.ts";
import { listen } from "../../local/loopback-server.ts";
import type { SynthesisedStack, TemplateResource } from "../../local/template/cloudformation.ts";

/** A function of the fixture: source text of `index.js`, CommonJS. */
export type FixtureFunction = { code: string; timeoutSeconds?: number; properties?: Record<string, unknown> };

/** A method of the fixture. */
export type FixtureRoute = {
  /** `POST /{server}/mcp` */
  on: string;
  to: string | Record<string, unknown>;
  streaming?: boolean;
  authorized?: boolean;
  timeoutMs?: number;
};

export type FixtureOptions = {
  functions?: Record<string, FixtureFunction>;
  routes: FixtureRoute[];
  authorizer?: { function: string; identitySource?: string; ttlSeconds?: number };
  resources?: Record<string, TemplateResource>;
  stageVariables?: Record<string, string>;
  stagePath?: boolean;
  streamLimits?: StreamLimits;
  now?: () => number;
};

export type Fixture = {
  url: string;
  stack: LocalStack;
  records: RequestRecord[];
  logs: string[];
  close(): Promise<void>;
};

/** Returns its event. */
export const ECHO = `exports.handler = async (event) => ({ statusCode: 200, body: JSON.stringify(event) });`;

/** Starts a fixture. */
export async function startFixture(options: FixtureOptions): Promise<Fixture> {
  const folder = await mkdtemp(join(tmpdir(), "fixture-stack-"));
  const synthesised = await fixtureStack(options, folder);
  const records: RequestRecord[] = [];
  const logs: string[] = [];
  const stack = await startLocalStack({
    stack: synthesised,
    stagePath: options.stagePath ?? false,
    onRequest: (record) => records.push(record),
    onLogLine: (_name, line) => logs.push(line),
    ...(options.streamLimits && { streamLimits: options.streamLimits }),
    ...(options.now && { now: options.now }),
  });
  const server = await listen(0);
  server.handle(stack.apiGateway.handle);
  return {
    url: `http://127.0.0.1:${server.port}`,
    stack,
    records,
    logs,
    close: async () => {
      await server.close();
      await stack.close();
      await rm(folder, { recursive: true });
    },
  };
}

/** Writes the functions and builds the template. */
export async function fixtureStack(options: FixtureOptions, folder: string): Promise<SynthesisedStack> {
  const assetFolders = new Map<string, string>();
  const resources: Record<string, TemplateResource> = {
    Api: resource("RestApi", { Name: "fixture", EndpointConfiguration: { Types: ["REGIONAL"] } }),
    Stage: resource("Stage", {
      StageName: "dev",
      RestApiId: { Ref: "Api" },
      ...(options.stageVariables && { Variables: options.stageVariables }),
    }),
  };
  for (const [name, { code, timeoutSeconds = 10, properties }] of Object.entries(options.functions ?? {})) {
    const task = join(folder, `${name}-${randomUUID()}`);
    await mkdir(task);
    await writeFile(join(task, "index.js"), code);
    assetFolders.set(`${name}.zip`, task);
    resources[name] = {
      Type: "AWS::Lambda::Function",
      Properties: {
        Code: { S3Bucket: { "Fn::Sub": `assets-\${AWS::AccountId}` }, S3Key: `${name}.zip` },
        Handler: "index.handler",
        Runtime: "nodejs24.x",
        Role: "arn:aws:iam::123456789012:role/any",
        Timeout: timeoutSeconds,
        LoggingConfig: { LogFormat: "JSON" },
        ...properties,
      },
    };
  }
  if (options.authorizer !== undefined) resources["Authorizer"] = authorizer(options.authorizer);
  for (const route of options.routes) addRoute(resources, route);
  return { template: { Resources: { ...resources, ...options.resources } }, assetFolders };
}

function addRoute(resources: Record<string, TemplateResource>, route: FixtureRoute): void {
  const [method = "", path = ""] = route.on.split(" ");
  let parent: object = { "Fn::GetAtt": ["Api", "RootResourceId"] };
  let id = "Resource";
  for (const segment of path.split("/").filter((part) => part !== "")) {
    id += segment.replace(/[^a-zA-Z0-9]/g, (character) => `x${character.charCodeAt(0)}`);
    resources[id] = resource("Resource", { ParentId: parent, PathPart: segment, RestApiId: { Ref: "Api" } });
    parent = { Ref: id };
  }
  resources[`${id}${method}`] = resource("Method", {
    RestApiId: { Ref: "Api" },
    ResourceId: parent,
    HttpMethod: method,
    AuthorizationType: route.authorized === true ? "CUSTOM" : "NONE",
    ...(route.authorized === true && { AuthorizerId: { Ref: "Authorizer" } }),
    Integration: typeof route.to === "string" ? proxyIntegration(route.to, route) : route.to,
  });
}

function proxyIntegration(functionName: string, { streaming = false, timeoutMs }: FixtureRoute): object {
  return {
    Type: "AWS_PROXY",
    IntegrationHttpMethod: "POST",
    Uri: invocationUri(functionName, streaming),
    ...(streaming && { ResponseTransferMode: "STREAM" }),
    ...(timeoutMs && { TimeoutInMillis: timeoutMs }),
  };
}

function authorizer(given: NonNullable<FixtureOptions["authorizer"]>): TemplateResource {
  return resource("Authorizer", {
    Name: "fixture",
    Type: "REQUEST",
    RestApiId: { Ref: "Api" },
    AuthorizerUri: invocationUri(given.function, false),
    IdentitySource: given.identitySource ?? "method.request.header.Authorization,context.path",
    AuthorizerResultTtlInSeconds: given.ttlSeconds ?? 300,
  });
}

function invocationUri(functionName: string, streaming: boolean): object {
  const [date, action] = streaming
    ? ["2021-11-15", "response-streaming-invocations"]
    : ["2015-03-31", "invocations"];
  const arn = { "Fn::GetAtt": [functionName, "Arn"] };
  const prefix = ["arn:", { Ref: "AWS::Partition" }, ":apigateway:", { Ref: "AWS::Region" }, ":lambda:path/"];
  return { "Fn::Join": ["", [...prefix, `${date}/functions/`, arn, `/${action}`]] };
}

function resource(type: string, properties: Record<string, unknown>): TemplateResource {
  return { Type: `AWS::ApiGateway::${type}`, Properties: properties };
}

/** A gateway response as the CDK writes it. */
export function gatewayResponse(
  type: string,
  properties: { status?: string; headers?: Record<string, string>; template?: string },
): TemplateResource {
  const headers = Object.entries(properties.headers ?? {});
  return resource("GatewayResponse", {
    ResponseType: type,
    RestApiId: { Ref: "Api" },
    ...(properties.status && { StatusCode: properties.status }),
    ResponseParameters: Object.fromEntries(
      headers.map(([name, value]) => [`gatewayresponse.header.${name}`, value]),
    ),
    ...(properties.template && { ResponseTemplates: { "application/json": properties.template } }),
  });
}
