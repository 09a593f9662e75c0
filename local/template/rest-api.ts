// The REST API of a template as the local API Gateway needs it: routes with their methods, authorizers, gateway responses and the
// stage. Rejects settings that would change a request and are not supported.
import { type Authorizer, readAuthorizers } from "./authorizers.ts";
import type { Template } from "./cloudformation.ts";
import { type GatewayResponseSpec, readGatewayResponses } from "./gateway-responses.ts";
import { createResolver } from "./intrinsics.ts";
import { LOCAL_ACCOUNT, LOCAL_REGION, rootResourceId } from "./local-values.ts";
import { type ApiMethod, readMethods } from "./methods.ts";
import { notSupported, onlyKeys, type ResolvedResource, resourcesOf, stringMap } from "./properties.ts";
import { TemplateFault } from "./template-fault.ts";

/** One node of the resource tree. */
export type ApiResource = {
  readonly id: string;
  /** `/{server}/mcp` */
  readonly path: string;
  /** `["{server}", "mcp"]` */
  readonly segments: readonly string[];
  /** By HTTP method; `ANY` is the default. */
  readonly methods: ReadonlyMap<string, ApiMethod>;
};

/** An API with its one stage. */
export type RestApi = {
  readonly id: string;
  readonly stage: string;
  readonly stageVariables: Readonly<Record<string, string>>;
  readonly region: string;
  readonly account: string;
  readonly resources: readonly ApiResource[];
  readonly gatewayResponses: ReadonlyMap<string, GatewayResponseSpec>;
};

/** Reads the one REST API of a template. @throws TemplateFault for unsupported settings. */
export function readRestApi(template: Template): RestApi {
  rejectUnknownTypes(template);
  const id = readApiId(template);
  const authorizers = readAuthorizers(template);
  const methods = readMethods(template, authorizers);
  return {
    id,
    ...readStage(template),
    region: LOCAL_REGION,
    account: LOCAL_ACCOUNT,
    resources: readResources(template, id, methods),
    gatewayResponses: readGatewayResponses(template),
  };
}

/** ARNs of all functions that the API may invoke. */
export function invokedFunctions(api: RestApi): Set<string> {
  const arns = new Set<string>();
  for (const { methods } of api.resources) {
    for (const { authorizer, integration } of methods.values()) {
      if (authorizer !== undefined) arns.add((authorizer satisfies Authorizer).functionArn);
      if (integration.type === "AWS_PROXY") arns.add(integration.functionArn);
    }
  }
  return arns;
}

const KNOWN_TYPES = new Set([
  "Account",
  "Authorizer",
  "BasePathMapping",
  "Deployment",
  "DomainName",
  "GatewayResponse",
  "Method",
  "Resource",
  "RestApi",
  "Stage",
]);

function rejectUnknownTypes(template: Template): void {
  for (const [id, { Type }] of Object.entries(template.Resources)) {
    const [, service, name] = Type.split("::");
    if (service === "ApiGateway" && !KNOWN_TYPES.has(name ?? "")) throw notSupported(`${id} (${Type})`);
  }
}

function readApiId(template: Template): string {
  const apis = resourcesOf(template, "AWS::ApiGateway::RestApi", {
    used: ["ApiKeySourceType", "EndpointConfiguration", "DisableExecuteApiEndpoint"],
    harmless: ["Description", "FailOnWarnings", "Name", "Tags"],
  });
  const [api] = apis;
  if (api === undefined || apis.length > 1) {
    throw new TemplateFault(
      "template",
      `one AWS::ApiGateway::RestApi was expected, but there are ${apis.length}`,
    );
  }
  rejectEdge(api);
  return String(createResolver(template)({ Ref: api.id }, api.id));
}

// An EDGE endpoint ends an idle stream after 30 s instead of 5 minutes.
function rejectEdge({ where, properties }: ResolvedResource): void {
  const { Types } = (properties.EndpointConfiguration ?? {}) as { Types?: unknown };
  if (!Array.isArray(Types) || Types.join() !== "REGIONAL") {
    throw new TemplateFault(`${where} EndpointConfiguration`, "the type REGIONAL was expected");
  }
}

function readStage(template: Template): Pick<RestApi, "stage" | "stageVariables"> {
  const stages = resourcesOf(template, "AWS::ApiGateway::Stage", {
    used: ["CacheClusterEnabled", "CanarySetting", "MethodSettings", "StageName", "Variables"],
    // The local run ignores throttling and access logs: see docs.
    harmless: ["AccessLogSetting", "DeploymentId", "Description", "RestApiId", "Tags", "TracingEnabled"],
  });
  const [stage] = stages;
  if (stage === undefined || stages.length > 1) {
    throw new TemplateFault(
      "template",
      `one AWS::ApiGateway::Stage was expected, but there are ${stages.length}`,
    );
  }
  const { where, properties } = stage;
  if (properties.CacheClusterEnabled === true) throw notSupported(`${where} CacheClusterEnabled`);
  if (properties.CanarySetting !== undefined) throw notSupported(`${where} CanarySetting`);
  for (const settings of (properties.MethodSettings ?? []) as Record<string, unknown>[]) {
    if (settings.CachingEnabled === true) throw notSupported(`${where} MethodSettings.CachingEnabled`);
    onlyKeys(settings, METHOD_SETTINGS, `${where} MethodSettings`);
  }
  return {
    stage: String(properties.StageName),
    stageVariables: stringMap(properties.Variables, `${where} Variables`),
  };
}

const METHOD_SETTINGS = [
  "CachingEnabled",
  "DataTraceEnabled",
  "HttpMethod",
  "LoggingLevel",
  "MetricsEnabled",
  "ResourcePath",
  "ThrottlingBurstLimit",
  "ThrottlingRateLimit",
];

function readResources(
  template: Template,
  apiId: string,
  methods: ReadonlyMap<string, ReadonlyMap<string, ApiMethod>>,
): ApiResource[] {
  const rootId = rootResourceId(apiId);
  const nodes = resourcesOf(template, "AWS::ApiGateway::Resource", {
    used: ["ParentId", "PathPart"],
    harmless: ["RestApiId"],
  });
  const byId = new Map(nodes.map((node) => [node.id, node.properties]));
  const segmentsOf = (id: string): string[] => {
    if (id === rootId) return [];
    const node = byId.get(id);
    if (node === undefined) throw new TemplateFault(id, "the parent of a resource does not exist");
    return [...segmentsOf(String(node.ParentId)), String(node.PathPart)];
  };
  return [rootId, ...byId.keys()].map((id) => {
    const segments = segmentsOf(id);
    if (segments.some((segment) => segment.endsWith("+}"))) {
      throw notSupported(`${id} PathPart`, "a greedy path parameter is not supported by the local run");
    }
    return { id, segments, path: `/${segments.join("/")}`, methods: methods.get(id) ?? new Map() };
  });
}
