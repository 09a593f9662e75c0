// Events as API Gateway sends them for the routes of this gateway, cut down to what AWS documents and the functions read.
import type { APIGatewayProxyEvent, APIGatewayRequestAuthorizerEvent } from "aws-lambda";

export const REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";

export type EventParts = {
  method?: string;
  server?: string;
  /** a list is a header that was sent several times */
  headers?: Record<string, string | string[]>;
  body?: string | null;
  isBase64Encoded?: boolean;
  authorizer?: Record<string, unknown>;
  resource?: string;
};

export function authorizerEvent({ method = "POST", server = "tools", headers = {} }: EventParts = {}) {
  const route = routeOf(server);
  return {
    type: "REQUEST",
    methodArn: `arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/${method}${route.path}`,
    ...route,
    httpMethod: method,
    ...eventHeaders(headers),
    queryStringParameters: null,
    stageVariables: null,
    requestContext: { requestId: REQUEST_ID, stage: "prod" },
  } as unknown as APIGatewayRequestAuthorizerEvent;
}

export function proxyEvent(parts: EventParts = {}) {
  const { method = "POST", server = "tools", body = null, isBase64Encoded = false } = parts;
  const json: Record<string, string> = method === "POST" ? { "Content-Type": "application/json" } : {};
  return {
    ...routeOf(server),
    ...(parts.resource !== undefined && { resource: parts.resource }),
    httpMethod: method,
    ...eventHeaders({ ...json, ...parts.headers }),
    queryStringParameters: null,
    requestContext: { requestId: REQUEST_ID, stage: "prod", authorizer: parts.authorizer },
    body,
    isBase64Encoded,
  } as unknown as APIGatewayProxyEvent;
}

/** `/mcp` is the combined endpoint. */
function routeOf(server: string) {
  return server === "/mcp"
    ? { resource: "/mcp", path: "/mcp", pathParameters: null }
    : { resource: "/{server}/mcp", path: `/${server}/mcp`, pathParameters: { server } };
}

function eventHeaders(headers: Record<string, string | string[]>) {
  const lists = Object.entries(headers).map(([name, value]) => [name, [value].flat()] as const);
  return {
    headers: Object.fromEntries(lists.map(([name, values]) => [name, values.at(-1)])),
    multiValueHeaders: Object.fromEntries(lists),
  };
}
