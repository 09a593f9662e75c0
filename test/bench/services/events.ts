// Events as API Gateway sends them to the three functions.

const REQUEST_ID = "c6af9ac6-7b61-11e6-9a41-93e8deadbeef";
const METHOD_ARN = "arn:aws:execute-api:eu-central-1:123456789012:abcdef1234/prod/POST";

/** A tools/call of 1 KiB. */
export const CALL_BODY = JSON.stringify({
  jsonrpc: "2.0",
  id: 1,
  method: "tools/call",
  params: { name: "echo", arguments: { text: "x".repeat(930) } },
}).padEnd(1_024);

/** Headers of an MCP client, by name with all values. */
function clientHeaders(token: string): Record<string, string[]> {
  return {
    Accept: ["application/json, text/event-stream"],
    Authorization: [`Bearer ${token}`],
    "Content-Type": ["application/json"],
    Host: ["mcp.example.com"],
    "mcp-protocol-version": ["2025-11-25"],
    "User-Agent": ["node"],
    "X-Amzn-Trace-Id": ["Root=1-6712aa1b-0123456789abcdef01234567"],
    "X-Forwarded-For": ["203.0.113.7"],
    "X-Forwarded-Port": ["443"],
    "X-Forwarded-Proto": ["https"],
  };
}

/** The server's name in events of the combined endpoint. */
export const COMBINED = "/mcp";

/** The authorizer's event. */
export function authorizerEvent(token: string, server = "tools"): object {
  const methodArn = `${METHOD_ARN}${pathOf(server)}`;
  return {
    type: "REQUEST",
    methodArn,
    ...requestParts(token, server),
    requestContext: { requestId: REQUEST_ID, stage: "prod" },
  };
}

/** The method of a request, and headers that override the default ones. */
export type ClientRequest = { method: string; headers: Readonly<Record<string, string>> };

const PLAIN_POST: ClientRequest = { method: "POST", headers: {} };

/** The proxy's event; `authorizer` is the context of the authorizer's response. */
export function proxyEvent(
  token: string,
  authorizer: object,
  body = CALL_BODY,
  server = "tools",
  request: ClientRequest = PLAIN_POST,
): object {
  return {
    ...requestParts(token, server, request),
    requestContext: { requestId: REQUEST_ID, stage: "prod", authorizer },
    body: body === "" ? null : body,
    isBase64Encoded: false,
  };
}

/** The metadata function's event: the document of one server. */
export function metadataEvent(): object {
  return {
    resource: "/.well-known/oauth-protected-resource/{server}/mcp",
    path: "/.well-known/oauth-protected-resource/tools/mcp",
    httpMethod: "GET",
    headers: { Host: "mcp.example.com" },
    multiValueHeaders: { Host: ["mcp.example.com"] },
    pathParameters: { server: "tools" },
    requestContext: { requestId: REQUEST_ID, stage: "prod" },
  };
}

function requestParts(
  token: string,
  server: string,
  { method, headers }: ClientRequest = PLAIN_POST,
): object {
  const own = Object.entries(headers).map(([name, value]) => [name, [value]]);
  const multiValueHeaders: Record<string, string[]> = { ...clientHeaders(token), ...Object.fromEntries(own) };
  const single = Object.entries(multiValueHeaders).map(([name, values]) => [name, values.at(-1)]);
  const route =
    server === COMBINED
      ? { resource: COMBINED, pathParameters: null }
      : { resource: "/{server}/mcp", pathParameters: { server } };
  return {
    ...route,
    path: pathOf(server),
    httpMethod: method,
    headers: Object.fromEntries(single),
    multiValueHeaders,
    queryStringParameters: null,
    stageVariables: null,
  };
}

function pathOf(server: string): string {
  return server === COMBINED ? COMBINED : `/${server}/mcp`;
}
