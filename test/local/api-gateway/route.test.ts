// Routing: the resource and method of a path.
import { expect, test } from "vitest";
import { findRoute } from "../../../local/api-gateway/route.ts";
import type { ApiMethod } from "../../../local/template/methods.ts";
import type { RestApi } from "../../../local/template/rest-api.ts";

const api: RestApi = {
  id: "api",
  stage: "dev",
  stageVariables: {},
  region: "us-east-1",
  account: "123456789012",
  gatewayResponses: new Map(),
  resources: [
    resource("/", ["GET"]),
    resource("/{server}", []),
    resource("/{server}/mcp", ["POST", "ANY", "OPTIONS"]),
    resource("/health", ["GET"]),
    resource("/.well-known", []),
    resource("/.well-known/keys", ["GET"]),
    resource("/.well-known/{server}/mcp", ["GET"]),
    resource("/shop/mcp", ["GET"]),
  ],
};

function resource(path: string, methods: string[]): RestApi["resources"][number] {
  const method = (httpMethod: string): ApiMethod => ({
    httpMethod,
    authorizer: undefined,
    integration: { type: "MOCK", requestTemplates: {}, passthroughBehavior: "NEVER", responses: [] },
  });
  return {
    id: path,
    path,
    segments: path.split("/").filter((segment) => segment !== ""),
    methods: new Map(methods.map((name) => [name, method(name)])),
  };
}

test.each([
  ["POST", "/whoami/mcp", "/{server}/mcp", "POST"],
  ["POST", "/whoami/mcp/", "/{server}/mcp", "POST"],
  ["PATCH", "/whoami/mcp", "/{server}/mcp", "ANY"],
  ["OPTIONS", "/whoami/mcp", "/{server}/mcp", "OPTIONS"],
  ["GET", "/", "/", "GET"],
  ["GET", "/shop/mcp", "/shop/mcp", "GET"],
  ["GET", "/.well-known/keys", "/.well-known/keys", "GET"],
  ["GET", "/.well-known/whoami/mcp", "/.well-known/{server}/mcp", "GET"],
])("routes %s %s to %s and its method %s", (httpMethod, path, resourcePath, method) => {
  const route = findRoute(api, httpMethod, path);
  expect([route?.resource.path, route?.method.httpMethod]).toEqual([resourcePath, method]);
});

test.each([
  ["GET", "/nothing", "the resource does not exist"],
  ["GET", "/whoami", "the resource has no methods"],
  ["POST", "/health", "the resource has no such method and no ANY"],
  ["POST", "/whoami/mcp//", "only one slash at the end is ignored"],
  ["GET", "//mcp", "a parameter is never empty"],
  ["GET", "/whoami//mcp", "an empty segment is a segment"],
  ["POST", "/whoami/%6Dcp", "a literal in another spelling is another path"],
  ["POST", "/whoami/mcp/more", "the path goes on"],
])("finds no route for %s %s: %s", (httpMethod, path) => {
  expect(findRoute(api, httpMethod, path)).toBeUndefined();
});

test("path parameters are decoded", () => {
  expect(findRoute(api, "POST", "/who%61mi/mcp")?.pathParameters).toEqual({ server: "whoami" });
  expect(findRoute(api, "POST", "/a%2Fb/mcp")?.pathParameters).toEqual({ server: "a/b" });
  expect(findRoute(api, "POST", "/%zz/mcp")?.pathParameters).toEqual({ server: "%zz" });
});

test("dot segments are not normalised", () => {
  expect(findRoute(api, "POST", "/../mcp")?.pathParameters).toEqual({ server: ".." });
});
