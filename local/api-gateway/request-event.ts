// The events of functions: for a REQUEST authorizer and for a Lambda proxy integration. Without query parameters, path
// parameters or stage variables, the first contains {} and the second null.

import { requestTime } from "./context-variables.ts";
import type { GatewayRequest, HeaderLines } from "./gateway-request.ts";
import { allValues, headerValue, lastValues } from "./header-maps.ts";
import type { ApiState, Route } from "./route.ts";

/** A request whose route is known. */
export type RoutedState = ApiState & { readonly route: Route };

/** ARN of the requested method: `arn:aws:execute-api:R:A:API/STAGE/POST/whoami/mcp`. */
export function methodArn({ api, request }: ApiState): string {
  const { region, account, id, stage } = api;
  return `arn:aws:execute-api:${region}:${account}:${id}/${stage}/${request.httpMethod}${request.path}`;
}

/** Event of a REQUEST authorizer. */
export function authorizerEvent(state: RoutedState, headers: HeaderLines): Record<string, unknown> {
  const { api, request, route } = state;
  return {
    type: "REQUEST",
    methodArn: methodArn(state),
    resource: route.resource.path,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    queryStringParameters: lastValues(request.query),
    multiValueQueryStringParameters: allValues(request.query),
    pathParameters: route.pathParameters,
    stageVariables: api.stageVariables,
    requestContext: requestContext(state),
  };
}

/** Event of a Lambda proxy integration. Without binary media types the body is always text. */
export function proxyEvent(state: RoutedState, headers: HeaderLines, body: Buffer): Record<string, unknown> {
  const { api, request, route } = state;
  return {
    resource: route.resource.path,
    path: request.path,
    httpMethod: request.httpMethod,
    headers: lastValues(headers),
    multiValueHeaders: allValues(headers),
    queryStringParameters: orNull(lastValues(request.query)),
    multiValueQueryStringParameters: orNull(allValues(request.query)),
    pathParameters: orNull(route.pathParameters),
    stageVariables: orNull(api.stageVariables),
    requestContext: {
      ...requestContext(state),
      ...(state.authorizer !== undefined && { authorizer: { ...state.authorizer, integrationLatency: 0 } }),
    },
    // Bytes that are not UTF-8 arrive as U+FFFD.
    body: body.length === 0 ? null : body.toString("utf8"),
    isBase64Encoded: false,
  };
}

function requestContext({ api, request, route }: RoutedState): Record<string, unknown> {
  return {
    resourceId: route.resource.id,
    resourcePath: route.resource.path,
    httpMethod: request.httpMethod,
    extendedRequestId: request.extendedRequestId,
    requestTime: requestTime(request.receivedAt),
    requestTimeEpoch: request.receivedAt.getTime(),
    path: request.contextPath,
    accountId: api.account,
    protocol: request.protocol,
    stage: api.stage,
    domainPrefix: request.domainName.split(".")[0],
    domainName: request.domainName,
    requestId: request.requestId,
    apiId: api.id,
    identity: identity(request),
  };
}

function identity(request: GatewayRequest): Record<string, string | null> {
  return {
    accessKey: null,
    accountId: null,
    caller: null,
    cognitoAuthenticationProvider: null,
    cognitoAuthenticationType: null,
    cognitoIdentityId: null,
    cognitoIdentityPoolId: null,
    principalOrgId: null,
    sourceIp: request.sourceIp,
    user: null,
    userAgent: headerValue(request.headers, "user-agent") ?? null,
    userArn: null,
  };
}

function orNull<T extends object>(value: T): T | null {
  return Object.keys(value).length === 0 ? null : value;
}
