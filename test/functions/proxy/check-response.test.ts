// What is not an MCP server's response, from real sockets to the client's response and the audit line.
import type { RequestListener, ServerResponse } from "node:http";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { proxyTo } from "../../support/proxy-under-test.ts";

let downstream: LoopbackServer;
let respond: RequestListener;

beforeEach(async () => {
  downstream = await startHttp((request, response) => respond(request, response));
});
afterEach(() => downstream.close());

const PAGE = "<html><body>Welcome to nginx!</body></html>";
const GET = { method: "GET", body: "", headers: { Accept: "text/event-stream" } };
const typed = (type: string | undefined) => (type === undefined ? {} : { "content-type": type });
const sending =
  (
    status: number,
    type: string | undefined,
    body: string,
    headers: Record<string, string> = {},
  ): RequestListener =>
  (_, response) =>
    response.writeHead(status, { ...typed(type), ...headers }).end(body);

const NOT_MCP =
  "The server returned a page or other text instead of an MCP response. The administrator must check the server's URL and any proxy in front of it.";

describe("an upstream response that is not MCP", () => {
  it.each([
    [200, "text/html", PAGE],
    [200, "text/plain", "It works!"],
    [404, "text/html; charset=utf-8", PAGE],
    [404, "text/plain", "404 page not found"],
    [404, "application/json", '{"detail":"Not Found"}'],
    [502, "text/html", PAGE],
    [503, "text/plain", "no healthy upstream"],
  ])("becomes a 502 that names its status and media type: %i %s", async (status, type, body) => {
    respond = sending(status, type, body);
    const { status: sent, json, body: text, audit } = await proxyTo(downstream.url).send();
    expect([sent, json]).toEqual([
      502,
      {
        jsonrpc: "2.0",
        id: 7,
        error: {
          code: 502,
          message: NOT_MCP,
          data: { reason: "downstream_invalid_response", request_id: expect.any(String) },
        },
      },
    ]);
    expect(text).not.toContain(body);
    expect(audit).toMatchObject({
      reason: "downstream_invalid_response",
      downstream_status: status,
      cause: `Error: not MCP: status ${status}, ${type}`,
    });
  });

  it("becomes a 502 if it has no media type", async () => {
    respond = sending(503, undefined, "try later");
    const { status, audit } = await proxyTo(downstream.url).send();
    expect([status, audit["cause"]]).toEqual([502, "Error: not MCP: status 503, no content type"]);
  });

  it("becomes a 502 for GET, and a page does so even if no message is expected", async () => {
    respond = sending(200, "text/html", PAGE);
    const get = await proxyTo(downstream.url, { tools: { get_stream: true } }).send(GET);
    const notification = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
    const notified = await proxyTo(downstream.url).send({ body: notification });
    const deleted = await proxyTo(downstream.url).send({ method: "DELETE", body: "" });
    expect([get, notified, deleted].map(({ status }) => status)).toEqual([502, 502, 502]);
  });

  it("becomes a 502 if its body never ends", async () => {
    respond = (_, response) => response.writeHead(404, { "content-type": "text/plain" }).write("Not");
    const { status, json } = await proxyTo(downstream.url, { tools: { timeouts: { idle_ms: 50 } } }).send();
    expect([status, json.error.data.reason]).toEqual([502, "downstream_invalid_response"]);
  });
});

describe("an upstream response that is MCP is relayed byte by byte:", () => {
  const error = (code: number) =>
    `{ "jsonrpc": "2.0", "id": 7, "error": {"code": ${code}, "message": "é\\u00e9"} }\n`;

  it.each([
    ["404 with -32601", 404, "application/json", error(-32601)],
    ["400 with -32020", 400, "application/json; charset=utf-8", error(-32020)],
    ["503 with a JSON-RPC error that is called text", 503, "text/plain", error(-32000)],
    ["a denial of the server's in text", 403, "text/plain", "You may not"],
    ["409 in text", 409, "text/plain", "Only one stream per session"],
    ["JSON called HTML", 200, "text/html", '{"jsonrpc":"2.0","id":7,"result":{}}'],
    ["a large JSON-RPC error", 500, "application/json", error(-32603).padEnd(200_000, " ")],
  ])("%s", async (_name, status, type, body) => {
    respond = sending(status, type, body);
    const response = await proxyTo(downstream.url).send();
    expect([response.status, response.headers["content-type"], response.body]).toEqual([status, type, body]);
    expect(response.audit["decision"]).toBe("allow");
  });

  it("a success without a media type, of which only the start is buffered", async () => {
    let opened: ServerResponse | undefined;
    respond = (_, response) => {
      opened = response;
      response.writeHead(200).write('{"half":');
    };
    const { stream, done } = proxyTo(downstream.url).begin();
    while (!stream.bytes.toString().endsWith('{"half":'))
      await new Promise((resolve) => setImmediate(resolve));
    opened?.end("1}");
    await done;
    expect(stream.received()).toMatchObject({ status: 200, body: '{"half":1}' });
    expect(stream.received().headers).not.toHaveProperty("content-type");
  });

  it("text without a media type, which API Gateway would label as JSON", async () => {
    respond = sending(421, undefined, "Invalid Host header");
    const { status, headers, body } = await proxyTo(downstream.url).send();
    expect([status, headers["content-type"], body]).toEqual([
      421,
      "application/octet-stream",
      "Invalid Host header",
    ]);
  });
});

// zai-coding-plugins #38, awslabs/mcp #3324, java-sdk #748, chatwise #1360: clients fail on other forms, and API Gateway calls a body
// without a media type JSON, also an empty one.
describe("a notification or a response that the server accepts is 202 without a body for the client,", () => {
  it.each([
    ["an empty 200", 200, undefined, ""],
    ["an empty 200 that is called JSON", 200, "application/json", ""],
    ["200 with null", 200, "application/json", "null"],
    ["200 with an empty object", 200, "application/json; charset=utf-8", "{}"],
    ["200 with text", 200, "text/plain", "OK"],
    ["202", 202, undefined, ""],
    ["202 with text", 202, "text/plain", "Accepted"],
    ["204", 204, undefined, ""],
  ])("if the server responds with %s", async (_name, status, type, body) => {
    respond = sending(status, type, body);
    for (const message of [
      '{"jsonrpc":"2.0","method":"notifications/initialized"}',
      '{"jsonrpc":"2.0","id":0,"result":{"action":"accept"}}',
    ]) {
      const response = await proxyTo(downstream.url).send({ body: message });
      expect([response.status, response.headers["content-type"], response.body]).toEqual([
        202,
        undefined,
        "",
      ]);
      expect(response.audit["downstream_status"]).toBe(status);
    }
  });

  it.each([
    ["nothing", undefined, ""],
    ["text", "text/plain", "OK"],
  ])("and its connection is reused if the server responds with %s", async (_name, type, body) => {
    respond = sending(200, type, body);
    const proxy = proxyTo(downstream.url);
    for (let round = 0; round < 3; round += 1)
      await proxy.send({ body: '{"jsonrpc":"2.0","method":"notifications/initialized"}' });
    expect(downstream.connections()).toBe(1);
  });

  it.each([
    ["a JSON-RPC error", "application/json", '{"jsonrpc":"2.0","error":{"code":-32600,"message":"no"}}'],
    ["events", "text/event-stream", ": accepted\n\n"],
  ])("but not if it responds with %s", async (_name, type, body) => {
    respond = sending(200, type, body);
    const notification = '{"jsonrpc":"2.0","method":"notifications/initialized"}';
    const response = await proxyTo(downstream.url).send({ body: notification });
    expect([response.status, response.headers["content-type"], response.body]).toEqual([200, type, body]);
  });
});

describe("a status that clients act on is relayed without a page:", () => {
  it("405 with the allowed methods", async () => {
    respond = sending(405, "text/html", PAGE, { allow: "POST" });
    const response = await proxyTo(downstream.url, { tools: { get_stream: true } }).send(GET);
    expect(response).toMatchObject({
      status: 405,
      body: "",
      headers: { allow: "POST" },
      audit: { decision: "allow", cause: "Error: not MCP: status 405, text/html" },
    });
    expect(response.headers).not.toHaveProperty("content-type");
  });

  it("405 with a plain text body, as servers in Go write it", async () => {
    respond = sending(405, "text/plain", "Method Not Allowed", { allow: "POST" });
    const response = await proxyTo(downstream.url, { tools: { get_stream: true } }).send(GET);
    expect(response).toMatchObject({
      status: 405,
      body: "Method Not Allowed",
      headers: { allow: "POST", "content-type": "text/plain" },
    });
  });

  it.each([false, true])("404 in a session, for a server with tool rules: %s", async (hasRules) => {
    const tools = hasRules ? { tool_authorization: { "*": {} } } : {};
    const body = '{"jsonrpc":"2.0","id":7,"method":"tools/list"}';
    const proxy = proxyTo(downstream.url, { tools });
    respond = sending(200, "application/json", '{"jsonrpc":"2.0","id":7,"result":{"tools":[]}}', {
      "mcp-session-id": "s1",
    });
    const session = (await proxy.send({ body })).headers["mcp-session-id"] as string;
    respond = sending(404, "text/plain", "session not found");
    // With rules for tools, a text response to a list request could be a list.
    expect(await proxy.send({ body, headers: { "Mcp-Session-Id": session } })).toMatchObject({
      status: 404,
      body: hasRules ? "" : "session not found",
    });
    expect((await proxy.send({ body })).status).toBe(502);
  });
});

describe("a server with the HTTP+SSE transport of 2024-11-05", () => {
  const LEGACY =
    "This is the HTTP+SSE transport of MCP 2024-11-05, which the gateway does not relay. The administrator must name the server's Streamable HTTP endpoint, often /mcp.";
  const at = (path: string) => new URL(path, downstream.url).href;

  it.each([
    [404, "text/html", PAGE],
    [405, "text/plain", "Method Not Allowed"],
    [405, "application/json", '{"detail":"Method Not Allowed"}'],
    [404, "text/plain", ""],
  ])("is reported as such for its %i to a POST", async (status, type, body) => {
    respond = sending(status, type, body);
    const response = await proxyTo(at("/sse")).send();
    expect([response.status, response.json.id, response.json.error.message]).toEqual([502, 7, LEGACY]);
    expect(response.audit["cause"]).toBe(`Error: legacy HTTP+SSE transport: status ${status}, ${type}`);
  });

  it("is recognized by the first event of its stream, whatever its path", async () => {
    respond = (_, response) =>
      response
        .writeHead(200, { "content-type": "text/event-stream" })
        .write("event: endpoint\ndata: /messages?sessionId=1\n\n");
    const response = await proxyTo(downstream.url, { tools: { get_stream: true } }).send(GET);
    expect([response.status, response.json.error.message]).toEqual([502, LEGACY]);
  });

  it("is not assumed for every server at /sse", async () => {
    respond = sending(200, "text/event-stream", 'data: {"jsonrpc":"2.0","id":7,"result":{}}\n\n');
    const { status, body } = await proxyTo(at("/sse")).send();
    expect([status, body]).toEqual([200, 'data: {"jsonrpc":"2.0","id":7,"result":{}}\n\n']);
  });
});
