// Limits: 10,240 bytes of request line and headers, 10 MB of body at the API, 6 MB in the function's event, 1,600 bytes of ARN.
import { afterAll, beforeAll, expect, test } from "vitest";
import { type Fixture, startFixture } from "../../support/fixture-stack.ts";
import { rawRequest } from "../../support/raw-http.ts";

const LENGTH = `exports.handler = async ({ body }) => ({ statusCode: 200, body: String((body ?? "").length) });`;
const STREAMED = `exports.handler = awslambda.streamifyResponse(async ({ body }, stream) => {
  stream = awslambda.HttpResponseStream.from(stream, { statusCode: 200 });
  stream.write(String(body.length));
  stream.end();
});`;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    functions: { Length: { code: LENGTH }, Streamed: { code: STREAMED } },
    routes: [
      { on: "ANY /{server}", to: "Length" },
      { on: "POST /{server}/stream", to: "Streamed", streaming: true },
    ],
  });
});
afterAll(() => fixture.close());

/** A header that makes request line and headers together `total` bytes. */
function padded(total: number): string[] {
  const host = fixture.url.slice("http://".length);
  const others =
    "GET /a HTTP/1.1".length + "Host".length + host.length + "Connection".length + "close".length;
  return ["X-Pad", "p".repeat(total - others - "X-Pad".length)];
}

test("accepts a request line and headers of 10,240 bytes, and rejects one byte more", async () => {
  expect((await rawRequest(`${fixture.url}/a`, { headers: padded(10_240) })).status).toBe(200);
  expect((await rawRequest(`${fixture.url}/a`, { headers: padded(10_241) })).status).toBe(431);
});

test("returns 413 for a body that makes the event larger than 6 MB", async () => {
  const body = "x".repeat(6_000_000);
  expect((await rawRequest(`${fixture.url}/a`, { method: "POST", body })).body).toBe("6000000");
  const response = await rawRequest(`${fixture.url}/a`, {
    method: "POST",
    body: `${body}${"x".repeat(300_000)}`,
  });
  expect([response.status, response.body]).toEqual([413, '{"message":"Request Too Long"}']);
});

test("returns 413 for an event larger than 6 MB to a streaming integration", async () => {
  const body = "x".repeat(6_300_000);
  expect((await rawRequest(`${fixture.url}/a/stream`, { method: "POST", body })).status).toBe(413);
});

test("returns 413 for a body of more than 10 MB", async () => {
  const body = Buffer.alloc(10 * 1024 * 1024 + 1, "x");
  const response = await rawRequest(`${fixture.url}/a`, { method: "POST", body });
  expect([response.status, response.body]).toEqual([413, '{"message":"Request Too Long"}']);
});

test("returns 414 for a path that makes the method ARN longer than 1,600 bytes", async () => {
  expect((await rawRequest(`${fixture.url}/${"a".repeat(1500)}`)).status).toBe(200);
  expect((await rawRequest(`${fixture.url}/${"a".repeat(1600)}`)).status).toBe(414);
});
