// The buffered Lambda proxy integration: the event that arrives, header drops and renames, and malformed responses.
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { ECHO, type Fixture, startFixture } from "../../support/fixture-stack.ts";
import { rawRequest, valuesOf } from "../../support/raw-http.ts";

// Returns the response in the request body.
const RETURN = `exports.handler = async (event) => {
  const { result, error, big, hang } = JSON.parse(event.body);
  if (error) throw new Error(error);
  if (hang) await new Promise(() => setInterval(() => {}, 1000));
  if (big) return { statusCode: 200, body: "x".repeat(big) };
  return result;
};`;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    functions: { Echo: { code: ECHO }, Return: { code: RETURN } },
    routes: [
      { on: "ANY /{server}/mcp", to: "Echo" },
      { on: "POST /return", to: "Return", timeoutMs: 1500 },
    ],
  });
});
afterAll(() => fixture.close());

const responseTo = (result: unknown) =>
  rawRequest(`${fixture.url}/return`, { method: "POST", body: JSON.stringify({ result }) });

describe("the proxy integration's event", () => {
  test("contains single-value headers with the last value and multi-value headers, in the client's spelling", async () => {
    const { body } = await rawRequest(`${fixture.url}/a/mcp`, {
      method: "POST",
      headers: ["X-Twice", "one", "X-Twice", "two", "x-twice", "three", "aCCept", "*/*"],
      body: "hello",
    });
    const event = JSON.parse(body);
    expect(event.headers).toMatchObject({ "X-Twice": "two", "x-twice": "three", aCCept: "*/*" });
    expect(event.multiValueHeaders).toMatchObject({ "X-Twice": ["one", "two"], "x-twice": ["three"] });
    expect(event).toMatchObject({
      body: "hello",
      isBase64Encoded: false,
      httpMethod: "POST",
      path: "/a/mcp",
      resource: "/{server}/mcp",
    });
  });

  test("has null for missing parameters", async () => {
    const { body } = await rawRequest(`${fixture.url}/a/mcp`);
    expect(JSON.parse(body)).toMatchObject({
      body: null,
      queryStringParameters: null,
      multiValueQueryStringParameters: null,
      stageVariables: null,
      pathParameters: { server: "a" },
    });
    expect(JSON.parse(body).requestContext).not.toHaveProperty("authorizer");
  });

  test("keeps the path raw and decodes the parameters", async () => {
    const { body } = await rawRequest(`${fixture.url}/a%2Eb/mcp?q=%C3%A4+b&q=2`);
    expect(JSON.parse(body)).toMatchObject({
      path: "/a%2Eb/mcp",
      pathParameters: { server: "a.b" },
      queryStringParameters: { q: "2" },
      multiValueQueryStringParameters: { q: ["ä b", "2"] },
      requestContext: { path: "/a%2Eb/mcp", resourcePath: "/{server}/mcp" },
    });
  });

  test("replaces bytes that are not UTF-8", async () => {
    const body = Buffer.concat([Buffer.from("ä"), Buffer.from([0xff, 0xc3]), Buffer.from("z")]);
    const response = await rawRequest(`${fixture.url}/a/mcp`, { method: "POST", body });
    expect(JSON.parse(response.body).body).toBe("ä\uFFFD\uFFFDz");
  });

  test("lacks the headers that API Gateway drops, and has those that it adds", async () => {
    const { body } = await rawRequest(`${fixture.url}/a/mcp`, {
      headers: [
        "TE",
        "trailers",
        "Max-Forwards",
        "3",
        "Content-MD5",
        "x",
        "Server",
        "me",
        "Transfer-Encoding",
        "chunked",
        "Trailer",
        "X",
        "Proxy-Authenticate",
        "Basic",
        "WWW-Authenticate",
        "Basic",
        "Connection",
        "keep-alive",
        "Upgrade",
        "h2c",
        "X-Forwarded-For",
        "10.0.0.1",
        "X-Amzn-Trace-Id",
        "mine",
        "Via",
        "1.1 p",
        "Date",
        "today",
        "Authorization",
        "Bearer t",
      ],
    });
    const { headers } = JSON.parse(body);
    expect(
      Object.keys(headers)
        .map((name) => name.toLowerCase())
        .sort(),
    ).toEqual([
      "authorization",
      "date",
      "host",
      "via",
      "x-amzn-trace-id",
      "x-forwarded-for",
      "x-forwarded-port",
      "x-forwarded-proto",
    ]);
    expect(headers["X-Forwarded-For"]).toBe("10.0.0.1, 127.0.0.1");
    expect(headers["X-Amzn-Trace-Id"]).toMatch(/^Root=1-[0-9a-f]{8}-[0-9a-f]{24}$/);
  });

  test("has no Signature Version 4", async () => {
    const { body } = await rawRequest(`${fixture.url}/a/mcp`, {
      headers: ["Authorization", "AWS4-HMAC-SHA256 Credential=a"],
    });
    expect(JSON.parse(body).headers).not.toHaveProperty("Authorization");
  });

  test("has the method of X-HTTP-Method-Override, but not that header", async () => {
    const { body } = await rawRequest(`${fixture.url}/a/mcp`, {
      headers: ["X-HTTP-Method-Override", "delete"],
    });
    expect(JSON.parse(body).httpMethod).toBe("DELETE");
    expect(JSON.parse(body).headers).not.toHaveProperty("X-HTTP-Method-Override");
  });
});

describe("the proxy integration's response", () => {
  test("merges both kinds of headers and keeps multi-value headers", async () => {
    const response = await responseTo({
      statusCode: 201,
      headers: { "X-One": "1", "X-Both": "single", "Content-Type": "text/plain" },
      multiValueHeaders: { "X-Many": ["a", "b"], "x-both": ["multi"] },
      body: "made",
    });
    expect([response.status, response.body]).toEqual([201, "made"]);
    expect(valuesOf(response, "X-One")).toEqual(["1"]);
    expect(valuesOf(response, "X-Many")).toEqual(["a", "b"]);
    expect(valuesOf(response, "X-Both")).toEqual(["multi"]);
    expect(valuesOf(response, "Content-Type")).toEqual(["text/plain"]);
  });

  test("renames some headers and drops others", async () => {
    const response = await responseTo({
      statusCode: 401,
      headers: {
        "WWW-Authenticate": "Bearer",
        Server: "s",
        "User-Agent": "u",
        Authorization: "a",
        "Content-MD5": "m",
        "Max-Forwards": "1",
        Connection: "c",
        Date: "d",
        Host: "h",
        Via: "v",
        TE: "t",
        Trailer: "t",
        Upgrade: "u",
        Expect: "e",
        "Proxy-Authenticate": "p",
        "Transfer-Encoding": "x",
      },
    });
    const remapped = response.headers.filter(([name]) => name.startsWith("x-amzn-remapped-"));
    expect(Object.fromEntries(remapped)).toEqual({
      "x-amzn-remapped-WWW-Authenticate": "Bearer",
      "x-amzn-remapped-Server": "s",
      "x-amzn-remapped-User-Agent": "u",
      "x-amzn-remapped-Authorization": "a",
      "x-amzn-remapped-Content-MD5": "m",
      "x-amzn-remapped-Max-Forwards": "1",
      "x-amzn-remapped-Connection": "c",
      "x-amzn-remapped-Date": "d",
    });
    for (const name of [
      "WWW-Authenticate",
      "Via",
      "TE",
      "Trailer",
      "Upgrade",
      "Expect",
      "Proxy-Authenticate",
    ]) {
      expect(valuesOf(response, name)).toEqual([]);
    }
  });

  test("always has a content type and API Gateway's identifiers", async () => {
    const response = await responseTo({ statusCode: 204 });
    expect(valuesOf(response, "Content-Type")).toEqual(["application/json"]);
    expect(valuesOf(response, "x-amzn-requestid")[0]).toMatch(/^[0-9a-f-]{36}$/);
    expect(valuesOf(response, "x-amz-apigw-id")).toHaveLength(1);
  });

  test("stays Base64 without binary media types", async () => {
    expect((await responseTo({ statusCode: 200, body: "aGk=", isBase64Encoded: true })).body).toBe("aGk=");
  });

  test.each<[string, unknown]>([
    ["no object", "text"],
    ["null", null],
    ["no status", { body: "x" }],
    ["a body that is not a string", { statusCode: 200, body: { a: 1 } }],
    ["headers that are no object", { statusCode: 200, headers: "x" }],
    ["multi-value headers without lists", { statusCode: 200, multiValueHeaders: { a: "x" } }],
    ["a header that no HTTP message can have", { statusCode: 200, headers: { "X-A": "a\nb" } }],
    ["a status of 101", { statusCode: 101 }],
    ["an unknown key", { statusCode: 200, boddy: "x" }],
  ])("is 502 for %s", async (_name, given) => {
    const response = await responseTo(given);
    expect([response.status, response.body]).toEqual([502, '{"message":"Internal server error"}']);
  });
});

test.each<[string, object, number, string]>([
  ["a function that throws", { error: "no" }, 502, "Internal server error"],
  ["a response of more than 6 MB", { big: 6_300_000 }, 502, "Internal server error"],
  ["an integration that takes too long", { hang: true }, 504, "Endpoint request timed out"],
])("to %s has status %i", async (_name, ask, status, message) => {
  const response = await rawRequest(`${fixture.url}/return`, { method: "POST", body: JSON.stringify(ask) });
  expect([response.status, JSON.parse(response.body)]).toEqual([status, { message }]);
});
