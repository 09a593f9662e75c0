// The MOCK integration: static status, headers and body, and what it rejects.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, startFixture } from "../../support/fixture-stack.ts";
import { rawRequest, valuesOf } from "../../support/raw-http.ts";

const mock = (statusCode: number, passthrough: string) => ({
  Type: "MOCK",
  PassthroughBehavior: passthrough,
  RequestTemplates: { "application/json": `{"statusCode":${statusCode}}` },
  IntegrationResponses: [
    {
      StatusCode: "200",
      ResponseTemplates: { "application/json": '{"status":"ok","stage":"$context.stage"}' },
      ResponseParameters: { "method.response.header.X-Up": "'yes'" },
    },
    { StatusCode: "418", SelectionPattern: "4\\d\\d" },
  ],
});

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    routes: [
      { on: "GET /health", to: mock(200, "NEVER") },
      { on: "GET /teapot", to: mock(404, "NEVER") },
      { on: "GET /lenient", to: mock(200, "WHEN_NO_MATCH") },
    ],
  });
});
afterAll(() => fixture.close());

test("a MOCK integration returns the default response, with header and substituted body", async () => {
  const response = await rawRequest(`${fixture.url}/health`);
  expect([response.status, response.body]).toEqual([200, '{"status":"ok","stage":"dev"}']);
  expect(valuesOf(response, "X-Up")).toEqual(["yes"]);
});

test("a MOCK integration selects a response by the status of the request template", async () => {
  expect((await rawRequest(`${fixture.url}/teapot`)).status).toBe(418);
});

test("a MOCK integration returns 415 for a content type without a template, or 500 if the body would be passed through", async () => {
  const headers = ["Content-Type", "text/plain"];
  expect((await rawRequest(`${fixture.url}/health`, { headers })).status).toBe(415);
  expect((await rawRequest(`${fixture.url}/lenient`, { headers })).status).toBe(500);
});
