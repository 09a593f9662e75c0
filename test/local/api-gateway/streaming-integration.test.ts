// Response streaming: the frame, immediate first bytes, backpressure, limits, and disconnects of either side.
import { once } from "node:events";
import { type ClientRequest, type IncomingMessage, request } from "node:http";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type Fixture, startFixture } from "../../support/fixture-stack.ts";
import { rawRequest, valuesOf } from "../../support/raw-http.ts";

const STREAM = `
const { once } = require("node:events");
const { Readable } = require("node:stream");
const { pipeline } = require("node:stream/promises");
const meta = { statusCode: 200, headers: { "Content-Type": "text/plain", "X-One": "1", "WWW-Authenticate": "Bearer" }, multiValueHeaders: { "X-Many": ["a", "b"] }, cookies: ["c=1", "d=2"] };
const from = (stream, given = meta) => awslambda.HttpResponseStream.from(stream, given);
const wait = (ms) => new Promise((resolve) => setTimeout(resolve, ms));
const cases = {
  plain: async (stream) => { stream = from(stream); stream.write("hello "); stream.write("world"); stream.end(); },
  empty: async (stream) => { stream = from(stream, { statusCode: 202 }); stream.write(""); stream.end(); },
  noContent: async (stream) => { stream = from(stream, { statusCode: 204 }); stream.write(""); stream.end(); },
  onlyEnd: async (stream) => { from(stream).end(); },
  endWithChunk: async (stream) => { from(stream).end("body"); },
  unframed: async (stream) => { stream.write("just text"); stream.end(); },
  longMetadata: async (stream) => { stream = from(stream, { statusCode: 200, headers: { a: "x".repeat(20000) } }); stream.write("x"); stream.end(); },
  badMetadata: async (stream) => { stream.setContentType("application/vnd.awslambda.http-integration-response"); stream.write("[1]"); stream.write(new Uint8Array(8)); stream.end(); },
  badHeader: async (stream) => { stream = from(stream, { statusCode: 200, headers: { "X-A": "a\\nb" } }); stream.write(""); stream.end(); },
  badStatus: async (stream) => { stream = from(stream, { statusCode: "x" }); stream.write(""); stream.end(); },
  noStatus: async (stream) => { stream = from(stream, {}); stream.write("x"); stream.end(); },
  nuls: async (stream) => { stream = from(stream); stream.write(new Uint8Array(16)); stream.write("end"); stream.end(); },
  throwBefore: async () => { throw new Error("before"); },
  throwAfter: async (stream) => { stream = from(stream); stream.write("partial"); await wait(50); throw new Error("secret detail"); },
  pipelined: async (stream) => { await pipeline(Readable.from(["a", "b", "c"]), from(stream)); },
  json: async (stream) => { stream = from(stream); stream.write({ a: 1 }); stream.end(); },
  paced: async (stream) => { stream = from(stream); for (let n = 1; n <= 3; n += 1) { stream.write("event " + n + "\\n"); await wait(200); } stream.end(); },
  silent: async (stream) => { stream = from(stream); stream.write("one"); await wait(5000); stream.end(); },
  slowStart: async (stream) => { await wait(5000); from(stream).write(""); stream.end(); },
  endless: async (stream) => {
    stream = from(stream);
    const chunk = Buffer.alloc(65536, "x");
    let sent = 0;
    for (let n = 0; n < 1024; n += 1) {
      sent += chunk.length;
      if (!stream.write(chunk)) await once(stream, "drain");
      if (n % 16 === 0) console.log("sent " + sent);
    }
    stream.end();
    console.log("done " + sent);
  },
};
exports.handler = awslambda.streamifyResponse((event, stream) => cases[event.pathParameters.case](stream));`;

const BUFFERED = `exports.handler = async () => ({ statusCode: 200, body: "buffered" });`;

let fixture: Fixture;
beforeAll(async () => {
  fixture = await startFixture({
    functions: { Stream: { code: STREAM, timeoutSeconds: 30 }, Buffered: { code: BUFFERED } },
    routes: [
      { on: "GET /s/{case}", to: "Stream", streaming: true },
      { on: "GET /short/{case}", to: "Stream", streaming: true, timeoutMs: 700 },
      { on: "GET /buffered", to: "Buffered", streaming: true },
    ],
    streamLimits: { idleMs: 1000, maxBytes: 32 * 1024 * 1024 },
  });
});
afterAll(() => fixture.close());

async function open(path: string): Promise<{ sent: ClientRequest; response: IncomingMessage }> {
  const sent = request(fixture.url + path, { agent: false }).on("error", () => {});
  sent.end();
  const [response] = (await once(sent, "response")) as [IncomingMessage];
  return { sent, response };
}

async function untilLog(matching: (lines: string[]) => boolean): Promise<void> {
  while (!matching(fixture.logs)) await new Promise((resolve) => setTimeout(resolve, 20));
}

describe("a framed response", () => {
  test("has status, headers, multiple values and cookies, including renames", async () => {
    const response = await rawRequest(`${fixture.url}/s/plain`);
    expect([response.status, response.body]).toEqual([200, "hello world"]);
    expect(valuesOf(response, "X-One")).toEqual(["1"]);
    expect(valuesOf(response, "X-Many")).toEqual(["a", "b"]);
    expect(valuesOf(response, "Set-Cookie")).toEqual(["c=1", "d=2"]);
    expect(valuesOf(response, "WWW-Authenticate")).toEqual([]);
    expect(valuesOf(response, "x-amzn-remapped-www-authenticate")).toEqual(["Bearer"]);
    expect(valuesOf(response, "Transfer-Encoding")).toEqual(["chunked"]);
    expect(valuesOf(response, "x-amzn-requestid")).toHaveLength(1);
  });

  test.each([
    ["empty", 202, ""],
    ["noContent", 204, ""],
    ["noStatus", 200, "x"],
    ["pipelined", 200, "abc"],
    ["json", 200, '{"a":1}'],
    ["nuls", 200, `${"\0".repeat(16)}end`],
  ])("%s is %i", async (name, status, body) => {
    const response = await rawRequest(`${fixture.url}/s/${name}`);
    expect([response.status, response.body]).toEqual([status, body]);
  });

  test("reaches the client event by event", async () => {
    const { response } = await open("/s/paced");
    const [first] = (await once(response, "data")) as [Buffer];
    expect(first.toString()).toBe("event 1\n");
    const rest: Buffer[] = [];
    for await (const chunk of response) rest.push(chunk);
    expect(Buffer.concat(rest).toString()).toBe("event 2\nevent 3\n");
  });
});

describe("an unframed response returns 500 without its content", () => {
  test.each([
    "onlyEnd",
    "endWithChunk",
    "unframed",
    "longMetadata",
    "badMetadata",
    "badStatus",
    "badHeader",
    "throwBefore",
  ])("%s", async (name) => {
    const response = await rawRequest(`${fixture.url}/s/${name}`);
    expect([response.status, response.body]).toEqual([500, '{"message":"Internal server error"}']);
  });

  test("a buffered function behind a streaming integration", async () => {
    expect((await rawRequest(`${fixture.url}/buffered`)).status).toBe(500);
  });
});

describe("a stream after its first write", () => {
  test("an exception aborts the stream, without its message", async () => {
    const { response } = await open("/s/throwAfter");
    let received = "";
    response.on("data", (chunk: Buffer) => {
      received += chunk.toString();
    });
    const [error] = await once(response, "error");
    expect((error as Error).message).toBe("aborted");
    expect(received).toBe("partial");
    expect(fixture.records.at(-1)?.decision).toBe("open, function_failed");
  });

  test("the idle timeout aborts the stream", async () => {
    const { response } = await open("/s/silent");
    response.resume();
    await once(response, "error");
    expect(fixture.records.at(-1)?.decision).toBe("open, idle_timeout");
  });

  test("the integration's timeout aborts the stream", async () => {
    const { response } = await open("/short/silent");
    response.resume();
    await once(response, "error");
    expect(fixture.records.at(-1)?.decision).toBe("open, timeout");
  });
});

test("a timeout of the integration before the first write causes a 504", async () => {
  const response = await rawRequest(`${fixture.url}/short/slowStart`);
  expect([response.status, response.body]).toEqual([504, '{"message":"Endpoint request timed out"}']);
});

test("a slow reader slows the function down", async () => {
  const { sent, response } = await open("/s/endless");
  response.pause();
  await untilLog((lines) => lines.some((line) => line.includes('"sent 65536"')));
  await new Promise((resolve) => setTimeout(resolve, 600));
  const last = fixture.logs.filter((line) => line.includes('"sent ')).at(-1) ?? "";
  expect(Number(/sent (\d+)/.exec(last)?.[1])).toBeLessThan(24 * 1024 * 1024);
  sent.destroy();
  await untilLog((lines) => lines.some((line) => line.includes('"done 67108864"')));
});

test("the function continues to its end after the client disconnects", async () => {
  fixture.logs.length = 0;
  const { sent, response } = await open("/s/endless");
  await once(response, "data");
  sent.destroy();
  await untilLog((lines) => lines.some((line) => line.includes('"done 67108864"')));
  expect(fixture.records.at(-1)?.decision).toBe("open, client_left");
});

test("a stream larger than Lambda's limit is aborted", async () => {
  const { response } = await open("/s/endless");
  let bytes = 0;
  response.on("data", (chunk: Buffer) => {
    bytes += chunk.length;
  });
  await once(response, "error");
  expect(bytes).toBeLessThanOrEqual(32 * 1024 * 1024);
  expect(fixture.records.at(-1)?.decision).toBe("open, too_large");
});
