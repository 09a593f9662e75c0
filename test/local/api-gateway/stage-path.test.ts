// Paths with the stage, as on execute-api, and without it, as on a custom domain.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ECHO, type Fixture, startFixture } from "../../support/fixture-stack.ts";
import { rawRequest } from "../../support/raw-http.ts";

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    functions: { Echo: { code: ECHO } },
    routes: [
      { on: "GET /", to: "Echo" },
      { on: "GET /{server}/mcp", to: "Echo" },
    ],
    stagePath: true,
  });
});
afterAll(() => fixture.close());

test("the event's path lacks the stage, and $context.path contains it", async () => {
  const { body } = await rawRequest(`${fixture.url}/dev/whoami/mcp`);
  expect(JSON.parse(body)).toMatchObject({
    path: "/whoami/mcp",
    requestContext: { path: "/dev/whoami/mcp", stage: "dev" },
  });
});

test("the stage alone is the root resource", async () => {
  expect(JSON.parse((await rawRequest(`${fixture.url}/dev`)).body)).toMatchObject({ path: "/" });
});

test.each(["/whoami/mcp", "/developer/mcp", "/"])(
  "the path %s without a stage gets 403 Forbidden",
  async (path) => {
    const response = await rawRequest(fixture.url + path);
    expect([response.status, response.body]).toEqual([403, '{"message":"Forbidden"}']);
  },
);
