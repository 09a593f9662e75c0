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
    const answer = await rawRequest(`${fixture.url}/whoami/mcp?q=7`, {
      method: "POST",
      headers: ["Origin", "https://o.example"],
    });
    expect(answer.status).toBe(401);
    expect(valuesOf(answer, "WWW-Authenticate")).toEqual([
      'Bearer resource_metadata="https://a.example/x", scope="a b"',
    ]);
    expect(valuesOf(answer, "X-Origin")).toEqual(["https://o.example"]);
    expect(valuesOf(answer, "X-Request")).toEqual(valuesOf(answer, "x-amzn-requestid"));
    expect(valuesOf(answer, "X-Colour")).toEqual(["blue"]);
    expect(valuesOf(answer, "X-Server")).toEqual(["whoami"]);
    expect(valuesOf(answer, "X-Query")).toEqual(["7"]);
    expect(valuesOf(answer, "X-Nothing")).toEqual([]);
  });

  test("substitutes variables in body templates, with an empty string for a missing value", async () => {
    const answer = await rawRequest(`${fixture.url}/whoami/mcp`, { method: "POST" });
    expect(JSON.parse(answer.body)).toEqual({
      id: valuesOf(answer, "x-amzn-requestid")[0],
      path: "/whoami/mcp",
      colour: "blue",
      price: "5$",
      none: "",
    });
  });

  test("inserts the authorizer's context of a Deny into the body unchanged", async () => {
    const answer = await rawRequest(`${fixture.url}/whoami/mcp`, {
      method: "POST",
      headers: ["Authorization", "t"],
    });
    expect(answer.status).toBe(403);
    expect(JSON.parse(answer.body)).toEqual({
      reason: "claim_mismatch",
      message: 'tier must be "pro"',
      type: "ACCESS_DENIED",
      said: "User is not authorized to access this resource with an explicit deny",
    });
  });

  test("has its own status for an unknown route, and API Gateway's body without a template", async () => {
    const answer = await rawRequest(`${fixture.url}/nothing`);
    expect([answer.status, answer.body]).toEqual([404, '{"message":"Missing Authentication Token"}']);
  });

  test("is DEFAULT_4XX for an unknown route with an Authorization header, which is an invalid signature", async () => {
    const answer = await rawRequest(`${fixture.url}/nothing`, { headers: ["Authorization", "Bearer x"] });
    expect([answer.status, answer.body]).toEqual([
      403,
      `{"four":"Authorization header requires 'Credential' parameter."}`,
    ]);
    expect(valuesOf(answer, "X-Four")).toEqual(["4"]);
  });

  test("takes the status of DEFAULT_5XX if its type is not customised", async () => {
    const answer = await rawRequest(`${fixture.url}/whoami/mcp`, {
      method: "POST",
      headers: ["Authorization", "broken"],
    });
    expect([answer.status, answer.body]).toEqual([503, '{"five":"AUTHORIZER_FAILURE"}']);
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
    const answer = await rawRequest(fixture.url + path, { method, headers });
    expect([answer.status, valuesOf(answer, "x-amzn-errortype"), answer.body]).toEqual([
      status,
      [type],
      body,
    ]);
    expect(valuesOf(answer, "content-type")).toEqual(["application/json"]);
  });
});
