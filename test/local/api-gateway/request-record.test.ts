// The record of a request for the terminal: user and call, but no arguments.
import { afterAll, beforeAll, expect, test } from "vitest";
import { ECHO, type Fixture, startFixture } from "../../support/fixture-stack.ts";

const GUARD = `exports.handler = async (event) => ({
  principalId: "u",
  policyDocument: { Statement: [{ Effect: "Allow", Action: "*", Resource: "*" }] },
  context: { sub: "user-1", server: "whoami" },
});`;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    functions: { Guard: { code: GUARD }, Echo: { code: ECHO } },
    authorizer: { function: "Guard" },
    routes: [
      { on: "POST /{server}/mcp", to: "Echo", authorized: true },
      { on: "POST /mcp", to: "Echo", authorized: true },
      { on: "GET /health", to: "Echo" },
    ],
  });
});
afterAll(() => fixture.close());

test("a request record has server, user, MCP method, tool and decision", async () => {
  const body = JSON.stringify({
    method: "tools/call",
    params: { name: "greet", arguments: { secret: "s3cret" } },
  });
  const response = await fetch(`${fixture.url}/whoami/mcp`, {
    method: "POST",
    headers: { Authorization: "t" },
    body,
  });
  const record = fixture.records.at(-1);
  expect(record).toMatchObject({
    status: 200,
    httpMethod: "POST",
    path: "/whoami/mcp",
    server: "whoami",
    user: "user-1",
    mcpMethod: "tools/call",
    name: "greet",
    decision: "allow",
    requestId: response.headers.get("x-amzn-requestid"),
  });
  expect(JSON.stringify(record)).not.toContain("s3cret");
});

test("a request record names the combined endpoint by its route, and no server for another route", async () => {
  await fetch(`${fixture.url}/mcp`, { method: "POST", body: "{}" });
  expect(fixture.records.at(-1)).toMatchObject({ status: 401, server: "/mcp" });
  await fetch(`${fixture.url}/health`);
  expect(fixture.records.at(-1)).toMatchObject({ status: 200, server: undefined });
});

test("a request record takes the server from the path if the request was not authorized", async () => {
  await fetch(`${fixture.url}/other/mcp`, { method: "POST", body: "not JSON" });
  expect(fixture.records.at(-1)).toMatchObject({
    status: 401,
    server: "other",
    user: undefined,
    mcpMethod: undefined,
  });
});
