// The authorizer's place in front of a method: identity sources, event, cache, policy and context, with real functions.
import { afterAll, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { ECHO, type Fixture, startFixture } from "../../support/fixture-stack.ts";

// Counts its own invocations, so that tests see whether it ran; the token says what it does.
const GUARD = `
let runs = 0;
exports.handler = async (event) => {
  runs += 1;
  const token = event.headers.Authorization ?? event.headers.authorization;
  if (token === "unauthorized") throw new Error("Unauthorized");
  if (token === "broken") throw new Error("the database is down");
  if (token === "no-policy") return { principalId: "u" };
  if (token === "no-principal") return { policyDocument: { Statement: [] } };
  if (token === "nothing") return null;
  const Effect = token === "deny" ? "Deny" : "Allow";
  const Resource = token === "elsewhere" ? event.methodArn + "x" : event.methodArn.replace("/POST/", "/*/");
  const context = token === "nested" ? { nested: { a: 1 } } : { server: event.pathParameters.server, run: runs, yes: true };
  if (token === "event") context.event = JSON.stringify(event);
  return { principalId: "user-1", policyDocument: { Statement: [{ Effect, Action: "execute-api:Invoke", Resource }] }, context };
};`;

let fixture: Fixture;
let now = 0;

beforeAll(async () => {
  fixture = await startFixture({
    functions: { Guard: { code: GUARD }, Echo: { code: ECHO } },
    authorizer: { function: "Guard", ttlSeconds: 300 },
    routes: [{ on: "ANY /{server}/mcp", to: "Echo", authorized: true }],
    stageVariables: { colour: "blue" },
    now: () => now,
  });
});
beforeEach(() => fixture.stack.apiGateway.authorizerCache.clear());
afterAll(() => fixture.close());

/** The event that the integration got, or an error body without one. */
type Echoed = { requestContext?: { authorizer: Record<string, string> } };

async function ask(token: string | undefined, path = "/whoami/mcp", method = "POST") {
  const headers = token === undefined ? {} : { Authorization: token };
  const response = await fetch(fixture.url + path, { method, headers });
  const body = (await response.json()) as Echoed;
  return { status: response.status, type: response.headers.get("x-amzn-errortype"), body };
}

/** How often the function has run: it numbers its responses. */
async function runs(): Promise<number> {
  const { body } = await ask(`count-${Math.random()}`);
  return Number(body.requestContext?.authorizer["run"]);
}

describe("the authorizer's identity sources", () => {
  test.each<[string, string | undefined]>([
    ["missing", undefined],
    ["empty", ""],
  ])("%s header returns 401 without running the function", async (_name, token) => {
    const before = await runs();
    expect(await ask(token)).toEqual({
      status: 401,
      type: "UnauthorizedException",
      body: { message: "Unauthorized" },
    });
    expect(await runs()).toBe(before + 1);
  });

  test("header names are case-insensitive", async () => {
    const response = await fetch(`${fixture.url}/whoami/mcp`, {
      method: "POST",
      headers: { AUTHORIZATION: "allow" },
    });
    expect(response.status).toBe(200);
  });
});

test("the event has the format of a REQUEST authorizer event", async () => {
  const response = await fetch(`${fixture.url}/whoami/mcp?a=1&a=2&b=%20`, {
    method: "POST",
    headers: { Authorization: "event", "User-Agent": "test/1" },
    body: "the body is not for the authorizer",
  });
  const { requestContext } = (await response.json()) as { requestContext: { authorizer: { event: string } } };
  const event = JSON.parse(requestContext.authorizer.event);
  expect(event).toMatchObject({
    type: "REQUEST",
    methodArn: "arn:aws:execute-api:us-east-1:123456789012:localapi00/dev/POST/whoami/mcp",
    resource: "/{server}/mcp",
    path: "/whoami/mcp",
    httpMethod: "POST",
    headers: { Authorization: "event", "X-Forwarded-For": "127.0.0.1" },
    multiValueHeaders: { Authorization: ["event"] },
    queryStringParameters: { a: "2", b: " " },
    multiValueQueryStringParameters: { a: ["1", "2"], b: [" "] },
    pathParameters: { server: "whoami" },
    stageVariables: { colour: "blue" },
    requestContext: {
      path: "/whoami/mcp",
      resourcePath: "/{server}/mcp",
      httpMethod: "POST",
      stage: "dev",
      accountId: "123456789012",
      apiId: "localapi00",
      identity: { sourceIp: "127.0.0.1", userAgent: "test/1" },
    },
  });
  expect(event.requestContext.requestId).toBe(response.headers.get("x-amzn-requestid"));
  expect(event).not.toHaveProperty("body");
});

describe("the authorizer's result", () => {
  test("Allow passes a context of strings and the principal to the integration", async () => {
    const { status, body } = await ask("allow");
    expect(status).toBe(200);
    const { run, ...authorizer } = body.requestContext?.authorizer ?? {};
    expect(authorizer).toEqual({
      principalId: "user-1",
      server: "whoami",
      yes: "true",
      integrationLatency: 0,
    });
    expect(run).toMatch(/^\d+$/);
  });

  test.each([
    [
      "deny",
      403,
      "AccessDeniedException",
      "User is not authorized to access this resource with an explicit deny",
    ],
    ["elsewhere", 403, "AccessDeniedException", "User is not authorized to access this resource"],
    ["unauthorized", 401, "UnauthorizedException", "Unauthorized"],
    ["broken", 500, "AuthorizerFailureException", "Internal server error"],
    ["nested", 500, "AuthorizerConfigurationException", "Internal server error"],
    ["no-policy", 500, "AuthorizerConfigurationException", "Internal server error"],
    ["no-principal", 500, "AuthorizerConfigurationException", "Internal server error"],
    ["nothing", 500, "AuthorizerConfigurationException", "Internal server error"],
  ])("%s returns %i %s", async (token, status, type, message) => {
    expect(await ask(token)).toEqual({ status, type, body: { message } });
  });

  test("the record of a configuration error contains its cause", async () => {
    await ask("nested");
    expect(fixture.records.at(-1)?.decision).toBe(
      "AUTHORIZER_CONFIGURATION_ERROR context.nested must be a string, number or boolean",
    );
  });
});

describe("the authorizer cache", () => {
  const runOf = async (...request: Parameters<typeof ask>) =>
    (await ask(...request)).body.requestContext?.authorizer["run"];

  test("caches an Allow for the same header and path", async () => {
    expect(await runOf("allow")).toBe(await runOf("allow"));
  });

  test("caches a Deny", async () => {
    const before = await runs();
    await ask("deny");
    await ask("deny");
    expect(await runs()).toBe(before + 2);
  });

  test.each(["unauthorized", "broken", "nested"])("does not cache %s", async (token) => {
    const before = await runs();
    await ask(token);
    await ask(token);
    expect(await runs()).toBe(before + 3);
  });

  test("does not share a result between paths or tokens", async () => {
    const first = await runOf("allow");
    expect(await runOf("allow", "/other/mcp")).not.toBe(first);
    expect(await runOf("allow2")).not.toBe(first);
    expect(await runOf("allow", "/whoami/mcp?x=1")).toBe(first);
  });

  test("evaluates the cached policy for each request's method", async () => {
    expect((await ask("elsewhere")).status).toBe(403);
    expect((await ask("allow", "/whoami/mcp", "POST")).status).toBe(200);
    const kept = await ask("allow", "/whoami/mcp", "DELETE");
    expect(kept.status).toBe(200);
    expect(fixture.records.at(-1)?.decision).toBe("allow (cached)");
  });

  test("evicts a result after its TTL", async () => {
    const first = await runOf("allow");
    now += 299_999;
    expect(await runOf("allow")).toBe(first);
    now += 1;
    expect(await runOf("allow")).not.toBe(first);
  });
});

test("does not cache with a TTL of 0", async () => {
  const uncached = await startFixture({
    functions: { Guard: { code: GUARD }, Echo: { code: ECHO } },
    authorizer: { function: "Guard", ttlSeconds: 0 },
    routes: [{ on: "POST /{server}/mcp", to: "Echo", authorized: true }],
  });
  const runOf = async () => {
    const response = await fetch(`${uncached.url}/a/mcp`, {
      method: "POST",
      headers: { Authorization: "allow" },
    });
    return ((await response.json()) as { requestContext: { authorizer: { run: string } } }).requestContext
      .authorizer.run;
  };
  expect([await runOf(), await runOf()]).toEqual(["1", "2"]);
  await uncached.close();
});
