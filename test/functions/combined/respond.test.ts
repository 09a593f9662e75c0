// What happens to each kind of request; without a separator, everything is as at the only member's own URL.
import { describe, expect, it } from "vitest";
import { clientOf, INITIALIZE, messagesIn, openSession } from "../../support/combined-client.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { jsonOf, type McpRequest, sendMcp } from "../../support/mcp-request.ts";
import { type RawResponse, valuesOf } from "../../support/raw-http.ts";
import { jsonResult, messageOf, type Responder, sseEvent } from "../../support/recorder-server.ts";
import { rpcError, tools } from "../../support/scripted-member.ts";
import { openMcp } from "../../support/streamed-response.ts";

closeCombinedAfterEach();

const post = (method: string, params: object = {}, id: unknown = 1): McpRequest => ({
  body: { jsonrpc: "2.0", id, method, params },
});

describe("the combined endpoint", () => {
  it("responds to ping itself", async () => {
    const notes = await member();
    const { url } = await endpoint({ notes, other: await member() });
    expect(jsonOf(await clientOf(url).request("ping", {}, "p"))).toEqual({
      jsonrpc: "2.0",
      id: "p",
      result: {},
    });
    expect(notes.received()).toEqual([]);
  });

  it("has no ping in MCP 2026-07-28", async () => {
    const { url } = await endpoint({ notes: await member(), other: await member() });
    const response = await clientOf(url, [
      "MCP-Protocol-Version",
      "2026-07-28",
      "Mcp-Method",
      "ping",
    ]).request("ping", {
      _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" },
    });
    expect(jsonOf(response).error.code).toBe(-32601);
  });

  it("denies a batch, and does not forward any of it", async () => {
    const notes = await member();
    const { url } = await endpoint({ notes, other: await member() });
    const call = { jsonrpc: "2.0", id: 1, method: "tools/call", params: { name: "notes__add" } };
    const response = await sendMcp(url, { body: [call, { ...call, id: 2 }] });
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([400, "batch_not_supported"]);
    expect(notes.received()).toEqual([]);
  });

  it.each(["notes.7x", "unlisted.7", "7", "notes.{}"])(
    "denies a response to the id %s, with which it sent no request",
    async (id) => {
      const notes = await member();
      const { url } = await endpoint({ notes, other: await member() });
      const response = await sendMcp(url, { body: { jsonrpc: "2.0", id, result: {} } });
      expect([response.status, jsonOf(response).error.data.reason]).toEqual([400, "not_a_request"]);
      expect(notes.received()).toEqual([]);
    },
  );

  it("accepts a notification that is for no member", async () => {
    const notes = await member();
    const { url } = await endpoint({ notes, other: await member() });
    for (const method of ["notifications/vendor", "ping", "tools/call"]) {
      const response = await sendMcp(url, { body: { jsonrpc: "2.0", method } });
      expect([response.status, response.body]).toEqual([202, ""]);
    }
    expect(notes.received()).toEqual([]);
  });

  it.each([
    ["a number", "7", '"notes.7"'],
    ["a string", '"7"', JSON.stringify('notes."7"')],
    ["a big number", "9007199254740993", '"notes.9007199254740993"'],
    ["a number with an exponent", "1e400", '"notes.1e400"'],
  ])("forwards the client's response to a member's request whose id is %s", async (_, id, shown) => {
    const forwarded = Promise.withResolvers<string>();
    const notes = await member({
      "tools/call": async (response, request) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.write(`data: {"jsonrpc":"2.0","id":${id},"method":"elicitation/create","params":{}}\n\n`);
        await forwarded.promise;
        response.end(sseEvent({ jsonrpc: "2.0", id: messageOf(request).id, result: {} }));
      },
      response: (response, request) => {
        forwarded.resolve(String(request.body));
        response.writeHead(202).end();
      },
    });
    const started = await endpoint({ notes, other: await member() });
    const client = await openSession(started);
    const stream = await openMcp(started.url, {
      ...post("tools/call", { name: "notes__ask" }),
      headers: client.headers,
    });
    const event = await stream.nextEvent();
    expect(event).toContain(`"id":${shown}`);
    const accepted = await client.send({
      body: `{"jsonrpc":"2.0","id":${shown},"result":{"action":"accept"}}`,
    });
    expect(accepted.status).toBe(202);
    expect(await forwarded.promise).toBe(`{"jsonrpc":"2.0","id":${id},"result":{"action":"accept"}}`);
    expect(await stream.nextEvent()).toContain('"result":{}');
  });

  it("relays a member's cancellation with the id that the client received", async () => {
    const cancelled = { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } };
    const notes = await member({
      "tools/call": (response, request) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.end(
          sseEvent(cancelled) + sseEvent({ jsonrpc: "2.0", id: messageOf(request).id, result: {} }),
        );
      },
    });
    const { url } = await endpoint({ notes, other: await member() });
    const [first] = messagesIn(await clientOf(url).request("tools/call", { name: "notes__ask" }));
    expect(first).toEqual({ ...cancelled, params: { requestId: "notes.7" } });
  });

  it("relays a 2026-07-28 member's request for input, and forwards the client's retry with the request's state", async () => {
    const inputRequests = { a: { method: "elicitation/create", params: { message: "?" } } };
    const required = { resultType: "input_required", inputRequests, requestState: "state of the member" };
    const notes = await member({ "tools/call": jsonResult(required) });
    const { url } = await endpoint({ notes, other: await member() });
    const _meta = {
      "io.modelcontextprotocol/protocolVersion": "2026-07-28",
      "io.modelcontextprotocol/clientCapabilities": { elicitation: {} },
    };
    const headers = [
      "MCP-Protocol-Version",
      "2026-07-28",
      "Mcp-Method",
      "tools/call",
      "Mcp-Name",
      "notes__ask",
      "Mcp-Param-Region",
      "eu",
    ];
    const client = clientOf(url, headers);
    const first = await client.request("tools/call", { name: "notes__ask", _meta });
    expect(jsonOf(first).result).toEqual(required);
    const params = {
      name: "ask",
      inputResponses: { a: { action: "accept" } },
      requestState: required.requestState,
      _meta,
    };
    await client.request("tools/call", { ...params, name: "notes__ask" });
    const last = notes.requests.at(-1);
    expect(JSON.parse(String(last?.body)).params).toEqual(params);
    const sent = last?.rawHeaders.map((each) => each.toLowerCase()) ?? [];
    expect(sent[sent.indexOf("mcp-name") + 1]).toBe("ask");
    expect(sent[sent.indexOf("mcp-param-region") + 1]).toBe("eu");
    expect(sent).not.toContain("mcp-session-id");
  });
});

const BOTH = ["content-type", "allow", "retry-after", "www-authenticate", "cache-control"];

function shape({ status, body, ...response }: RawResponse): unknown {
  const headers = BOTH.map((name) => valuesOf({ status, body, ...response }, name));
  const hasSession = valuesOf({ status, body, ...response }, "mcp-session-id").length;
  return [
    status,
    headers,
    hasSession,
    body.replace(/"request_id":"[^"]*"/, "").replaceAll(/^id: .+$/gm, "id"),
  ];
}

const event: Responder = (response) =>
  response.writeHead(200, { "content-type": "text/event-stream" }).end("id: e-1\ndata: {}\n\n");

const AS_OWN: [string, McpRequest, Record<string, Responder>?][] = [
  ["initialize", post("initialize", INITIALIZE)],
  ["initialize that fails", post("initialize", INITIALIZE), { initialize: rpcError(400, -32602) }],
  ["server/discover", post("server/discover"), { "server/discover": rpcError(404, -32601) }],
  ["ping", post("ping"), { ping: jsonResult({ own: true }) }],
  [
    "a list",
    post("tools/list"),
    { "tools/list": jsonResult({ ...tools("a"), nextCursor: "own", extra: 1 }) },
  ],
  ["a page of a list", post("tools/list", { cursor: "own" }), { "tools/list": rpcError(200, -32602) }],
  ["a list that fails", post("tools/list"), { "tools/list": rpcError(500, -32603) }],
  [
    "a call",
    post("tools/call", { name: "a__b" }),
    { "tools/call": jsonResult({ content: [{ type: "text", text: "a" }] }) },
  ],
  ["a call with a stream", post("tools/call", { name: "a" }), { "tools/call": event }],
  ["an unknown method", post("vendor/method"), { "vendor/method": rpcError(404, -32601) }],
  [
    "the log level",
    post("logging/setLevel", { level: "info" }),
    { "logging/setLevel": jsonResult({ own: 1 }) },
  ],
  [
    "a notification",
    { body: { jsonrpc: "2.0", method: "notifications/vendor" } },
    { "notifications/vendor": rpcError(400, -32600) },
  ],
  ["a response", { body: { jsonrpc: "2.0", id: 7, result: {} } }, { response: rpcError(400, -32600) }],
  ["a batch", { body: [post("ping").body, post("ping", {}, 2).body] }],
  ["no JSON", { body: "{" }],
  ["an unknown session", { ...post("ping"), headers: ["Mcp-Session-Id", "AAAA"] }],
  ["GET", { method: "GET", headers: ["Accept", "text/event-stream"], body: null }, { GET: event }],
  ["GET that the server denies", { method: "GET", headers: ["Accept", "text/event-stream"], body: null }],
  ["GET without a media type", { method: "GET", headers: ["Accept", "text/html"], body: null }],
  [
    "GET with an unknown event id",
    { method: "GET", headers: ["Accept", "text/event-stream", "Last-Event-ID", "x"], body: null },
  ],
  ["DELETE", { method: "DELETE", body: null }, { DELETE: rpcError(405, 405, { allow: "POST" }) }],
  ["PUT", { method: "PUT", body: null }],
];

describe("without a separator, the response is as at the only member's own URL, with the member's audit line alone, for", () => {
  it.each(AS_OWN)("%s", async (_, request, script = {}) => {
    const notes = await member(script);
    const started = await endpoint({ notes }, { combined: { separator: "" } });
    const own = await sendMcp(started.own("notes"), request);
    const [expected] = notes.requests;
    notes.clear();
    const combined = await sendMcp(started.url, request);
    expect(shape(combined)).toEqual(shape(own));
    const [sent] = notes.requests;
    const rest = (each: typeof sent) =>
      each && { method: each.method, headers: each.rawHeaders, body: String(each.body) };
    expect(rest(sent)).toEqual(rest(expected));
    await started.served();
    const lines = auditLines(started);
    expect(lines).toHaveLength(2);
    if (sent !== undefined) expect(lines[1]).toMatchObject({ server: "notes", endpoint: "/mcp" });
  });

  it("requests in a session", async () => {
    const notes = await member({ "tools/call": jsonResult({ content: [] }) });
    const started = await endpoint({ notes }, { combined: { separator: "" } });
    const client = await openSession(started);
    expect((await client.request("tools/call", { name: "a" })).status).toBe(200);
    notes.loseSessions();
    const lost = await client.request("tools/call", { name: "a" });
    expect([lost.status, jsonOf(lost).error.code]).toEqual([404, -32001]);
    const bob = await endpoint({ notes }, { combined: { separator: "" }, caller: { sub: "U2bob" } });
    const stolen = await clientOf(bob.url, client.headers).request("tools/call", { name: "a" });
    expect([stolen.status, jsonOf(stolen).error.data.reason]).toEqual([404, "session_unknown"]);
  });
});

describe("without a separator, a member that the caller may not use", () => {
  it("gets no request", async () => {
    const notes = await member();
    const { url } = await endpoint(
      { notes },
      { combined: { separator: "" }, access: (name) => ({ type: "absent", name, reason: "claim_mismatch" }) },
    );
    const responses = [
      await sendMcp(url, post("initialize", INITIALIZE)),
      await sendMcp(url, post("tools/list")),
      await sendMcp(url, post("tools/call", { name: "a" })),
      await sendMcp(url, { method: "GET", headers: ["Accept", "text/event-stream"], body: null }),
    ];
    expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 405]);
    expect(jsonOf(responses[2] as RawResponse).error.code).toBe(-32602);
    expect(notes.received()).toEqual([]);
  });
});
