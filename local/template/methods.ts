// The methods of a template with their integrations: Lambda proxy (buffered or streamed) and MOCK.
import type { Authorizer } from "./authorizers.ts";
import type { Template } from "./cloudformation.ts";
import { integrationFunction } from "./integration-uri.ts";
import { notSupported, onlyKeys, type ResolvedResource, resourcesOf } from "./properties.ts";
import { bodyTemplates, headerMappings } from "./response-mappings.ts";
import { TemplateFault } from "./template-fault.ts";

/** One response of a MOCK integration. */
export type MockResponse = {
  readonly status: number;
  /** Matched against the status code of the request template; undefined: the default response. */
  readonly selectionPattern: string | undefined;
  readonly templates: Readonly<Record<string, string>>;
  /** Header name -> mapping expression. */
  readonly headers: Readonly<Record<string, string>>;
};

export type Integration =
  | {
      readonly type: "AWS_PROXY";
      readonly functionArn: string;
      readonly streaming: boolean;
      readonly timeoutMs: number;
    }
  | {
      readonly type: "MOCK";
      readonly requestTemplates: Readonly<Record<string, string>>;
      readonly passthroughBehavior: string;
      readonly responses: readonly MockResponse[];
    };

export type ApiMethod = {
  readonly httpMethod: string;
  /** undefined: no authorizer. */
  readonly authorizer: Authorizer | undefined;
  readonly integration: Integration;
};

const DEFAULT_TIMEOUT_MS = 29_000;

/** Reads all methods: resource ID -> HTTP method -> method. */
export function readMethods(
  template: Template,
  authorizers: ReadonlyMap<string, Authorizer>,
): Map<string, Map<string, ApiMethod>> {
  const methods = resourcesOf(template, "AWS::ApiGateway::Method", {
    used: ["ApiKeyRequired", "AuthorizationType", "AuthorizerId", "HttpMethod", "Integration", "ResourceId"],
    harmless: ["MethodResponses", "OperationName", "RestApiId"],
  });
  const byResource = new Map<string, Map<string, ApiMethod>>();
  for (const resource of methods) {
    const method = apiMethod(resource, authorizers);
    const resourceId = String(resource.properties.ResourceId);
    const siblings = byResource.get(resourceId) ?? new Map<string, ApiMethod>();
    byResource.set(resourceId, siblings.set(method.httpMethod, method));
  }
  return byResource;
}

function apiMethod(resource: ResolvedResource, authorizers: ReadonlyMap<string, Authorizer>): ApiMethod {
  const { where, properties } = resource;
  if (properties.ApiKeyRequired === true) throw notSupported(`${where} ApiKeyRequired`);
  return {
    httpMethod: String(properties.HttpMethod),
    authorizer: methodAuthorizer(resource, authorizers),
    integration: readIntegration((properties.Integration ?? {}) as IntegrationProperties, where),
  };
}

function methodAuthorizer(
  { where, properties }: ResolvedResource,
  authorizers: ReadonlyMap<string, Authorizer>,
): Authorizer | undefined {
  if (properties.AuthorizationType === "NONE") return undefined;
  if (properties.AuthorizationType !== "CUSTOM") {
    throw notSupported(`${where} AuthorizationType ${properties.AuthorizationType}`);
  }
  const authorizer = authorizers.get(String(properties.AuthorizerId));
  if (authorizer === undefined)
    throw new TemplateFault(`${where} AuthorizerId`, "the authorizer does not exist in the template");
  return authorizer;
}

type IntegrationProperties = {
  readonly Type?: string;
  readonly Uri?: string;
  readonly TimeoutInMillis?: number;
  readonly ResponseTransferMode?: string;
  readonly PassthroughBehavior?: string;
  readonly RequestTemplates?: unknown;
  readonly IntegrationResponses?: readonly Record<string, unknown>[];
};

const PROXY_KEYS = ["Type", "Uri", "IntegrationHttpMethod", "TimeoutInMillis", "ResponseTransferMode"];
const MOCK_KEYS = [
  "Type",
  "PassthroughBehavior",
  "RequestTemplates",
  "IntegrationResponses",
  "TimeoutInMillis",
];

function readIntegration(properties: IntegrationProperties, where: string): Integration {
  const at = `${where} Integration`;
  if (properties.Type === "AWS_PROXY") {
    onlyKeys(properties, PROXY_KEYS, at);
    const { functionArn, streaming } = integrationFunction(String(properties.Uri), `${at}.Uri`);
    if (streaming !== (properties.ResponseTransferMode === "STREAM")) {
      throw new TemplateFault(at, "ResponseTransferMode and Uri do not match");
    }
    const timeoutMs = Number(properties.TimeoutInMillis ?? DEFAULT_TIMEOUT_MS);
    return { type: "AWS_PROXY", functionArn, streaming, timeoutMs };
  }
  if (properties.Type !== "MOCK") throw notSupported(`${at}.Type ${properties.Type}`);
  onlyKeys(properties, MOCK_KEYS, at);
  return {
    type: "MOCK",
    requestTemplates: bodyTemplates(properties.RequestTemplates, `${at}.RequestTemplates`),
    passthroughBehavior: properties.PassthroughBehavior ?? "WHEN_NO_MATCH",
    responses: (properties.IntegrationResponses ?? []).map((response) => mockResponse(response, at)),
  };
}

function mockResponse(response: Record<string, unknown>, at: string): MockResponse {
  const where = `${at}.IntegrationResponses`;
  onlyKeys(response, ["StatusCode", "SelectionPattern", "ResponseTemplates", "ResponseParameters"], where);
  const pattern = response.SelectionPattern;
  return {
    status: Number(response.StatusCode),
    selectionPattern: pattern === undefined ? undefined : String(pattern),
    templates: bodyTemplates(response.ResponseTemplates, where),
    headers: headerMappings(response.ResponseParameters, "method.response.header.", where),
  };
}
