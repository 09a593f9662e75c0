// Gateway responses: customised, by DEFAULT_4XX and DEFAULT_5XX, and API Gateway's defaults.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ECHO, type Fixture, gatewayResponse, startFixture } from "../../support/fixture-stack.ts";
import { rawRequest, valuesOf } from "../../support/raw-http.ts";

const GUARD = `exports.handler = async (event) => {
  if (event.headers.Authorization === "broken") throw new Error("broken");
  return {
    principalId: "u",
    policyDocument: { Statement: [{ Effect: "Deny", Action: "*", Resource: "*" }] },
    context: { reason: "claim_mismatch", message: 'tier must be \\\\"pro\\\\"' },
  };
};`;
const routes = [{ on: "POST /{server}/mcp", to: "Echo", authorized: true }];
const functions = { Guard: { code: GUARD }, Echo: { code: ECHO } };

describe("a customised gateway response", () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({
      functions,
      routes,
      authorizer: { function: "Guard" },
      stageVariables: { colour: "blue" },
      resources: {
        Unauthorized: gatewayResponse("UNAUTHORIZED", {
          headers: {
            "WWW-Authenticate": `'Bearer resource_metadata="https://a.example/x", scope="a b"'`,
            "X-Origin": "method.request.header.origin",
            "X-Request": "context.requestId",
            "X-Colour": "stageVariables.colour",
            "X-Nothing": "method.request.header.X-Missing",
            "X-Server": "method.request.path.server",
            "X-Query": "method.request.querystring.q",
          },
          template:
            '{"id":"$context.requestId","path":"$context.path","colour":"$stageVariables.colour","price":"5$","none":"$context.authorizer.x"}',
        }),
        Denied: gatewayResponse("ACCESS_DENIED", {
          template:
            '{"reason":"$context.authorizer.reason","message":"$context.authorizer.message","type":"$context.error.responseType","said":$context.error.messageString}',
        }),
        Unknown: gatewayResponse("MISSING_AUTHENTICATION_TOKEN", { status: "404" }),
        Fours: gatewayResponse("DEFAULT_4XX", {
          template: '{"four":"$context.error.message"}',
          headers: { "X-Four": "'4'" },
        }),
        Fives: gatewayResponse("DEFAULT_5XX", {
          status: "503",
          template: '{"five":"$context.error.responseType"}',
        }),
      },
    });
  });
  afterAll(() => fixture.close());

  test("maps headers from literals, request headers, query, path, context and stage variables, and omits missing ones", async () => {
    const response = await rawRequest(`${fixture.url}/whoami/mcp?q=7`, {
      method: "POST",
      headers: ["Origin", "https://o.example"],
    });
    expect(response.status).toBe(401);
    expect(valuesOf(response, "WWW-Authenticate")).toEqual([
      'Bearer resource_metadata="https://a.example/x", scope="a b"',
    ]);
    expect(valuesOf(response, "X-Origin")).toEqual(["https://o.example"]);
    expect(valuesOf(response, "X-Request")).toEqual(valuesOf(response, "x-amzn-requestid"));
    expect(valuesOf(response, "X-Colour")).toEqual(["blue"]);
    expect(valuesOf(response, "X-Server")).toEqual(["whoami"]);
    expect(valuesOf(response, "X-Query")).toEqual(["7"]);
    expect(valuesOf(response, "X-Nothing")).toEqual([]);
  });

  test("substitutes variables in body templates, with an empty string for a missing value", async () => {
    const response = await rawRequest(`${fixture.url}/whoami/mcp`, { method: "POST" });
    expect(JSON.parse(response.body)).toEqual({
      id: valuesOf(response, "x-amzn-requestid")[0],
      path: "/whoami/mcp",
      colour: "blue",
      price: "5$",
      none: "",
    });
  });

  test("inserts the authorizer's context of a Deny into the body unchanged", async () => {
    const response = await rawRequest(`${fixture.url}/whoami/mcp`, {
      method: "POST",
      headers: ["Authorization", "t"],
    });
    expect(response.status).toBe(403);
    expect(JSON.parse(response.body)).toEqual({
      reason: "claim_mismatch",
      message: 'tier must be "pro"',
      type: "ACCESS_DENIED",
      said: "User is not authorized to access this resource with an explicit deny",
    });
  });

  test("has its own status for an unknown route, and API Gateway's body without a template", async () => {
    const response = await rawRequest(`${fixture.url}/nothing`);
    expect([response.status, response.body]).toEqual([404, '{"message":"Missing Authentication Token"}']);
  });

  test("is DEFAULT_4XX for an unknown route with an Authorization header, which is an invalid signature", async () => {
    const response = await rawRequest(`${fixture.url}/nothing`, { headers: ["Authorization", "Bearer x"] });
    expect([response.status, response.body]).toEqual([
      403,
      `{"four":"Authorization header requires 'Credential' parameter."}`,
    ]);
    expect(valuesOf(response, "X-Four")).toEqual(["4"]);
  });

  test("takes the status of DEFAULT_5XX if its type is not customised", async () => {
    const response = await rawRequest(`${fixture.url}/whoami/mcp`, {
      method: "POST",
      headers: ["Authorization", "broken"],
    });
    expect([response.status, response.body]).toEqual([503, '{"five":"AUTHORIZER_FAILURE"}']);
  });
});

describe("an uncustomised gateway response", () => {
  let fixture: Fixture;
  beforeAll(async () => {
    fixture = await startFixture({ functions, routes, authorizer: { function: "Guard" } });
  });
  afterAll(() => fixture.close());

  test.each<[string, string, string[], number, string, string]>([
    ["POST", "/a/mcp", [], 401, "UnauthorizedException", '{"message":"Unauthorized"}'],
    [
      "POST",
      "/a/mcp",
      ["Authorization", "broken"],
      500,
      "AuthorizerFailureException",
      '{"message":"Internal server error"}',
    ],
    [
      "GET",
      "/a/mcp",
      [],
      403,
      "MissingAuthenticationTokenException",
      '{"message":"Missing Authentication Token"}',
    ],
  ])("to %s %s %j has status %i and type %s", async (method, path, headers, status, type, body) => {
    const response = await rawRequest(fixture.url + path, { method, headers });
    expect([response.status, valuesOf(response, "x-amzn-errortype"), response.body]).toEqual([
      status,
      [type],
      body,
    ]);
    expect(valuesOf(response, "content-type")).toEqual(["application/json"]);
  });
});
