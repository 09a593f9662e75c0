// Every message that MCP has for a client's HTTP requests: which member gets it and what the member reads, and what the client reads of a
// member's messages. Two members on one server that records every request.
import type { RequestListener } from "node:http";
import { text } from "node:stream/consumers";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { messagesIn } from "../../support/combined-client.ts";
import { type CombinedUnderTest, startCombined } from "../../support/combined-under-test.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { jsonOf, sendMcp } from "../../support/mcp-request.ts";

type Message = Record<string, unknown>;
type Received = { member: string; body: Message; name?: string };
let received: Received[] = [];
/** What a member sends: its result, after other messages. */
let messages: Message[] = [];
let result: Message = {};
/** What precedes the first event. */
let opening = "";

const respond: RequestListener = async (request, response) => {
  const body = JSON.parse((await text(request)) || "{}");
  const name = request.headers["mcp-name"];
  const member = (request.url ?? "").slice(1);
  received.push({ member, body, ...(typeof name === "string" && { name }) });
  if (body.id === undefined || body.method === undefined) {
    response.writeHead(202).end();
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  const all = [...messages, { jsonrpc: "2.0", id: body.id, result }];
  response.write(opening);
  response.end(all.map((message) => `data: ${JSON.stringify(message)}\nid: e1\n\n`).join(""));
};
let upstream: LoopbackServer;
let combined: CombinedUnderTest;

beforeAll(async () => {
  upstream = await startHttp(respond);
  const url = (path: string) => `${upstream.origin}/${path}`;
  combined = await startCombined({
    servers: { notes: { url: url("notes") }, reports: { url: url("reports") } },
  });
});

afterAll(async () => {
  await combined.close();
  await upstream.close();
});

beforeEach(() => {
  received = [];
  messages = [];
  result = {};
  opening = "";
});

const send = (message: Message, headers: readonly string[] = []) =>
  sendMcp(combined.url, { headers, body: { jsonrpc: "2.0", ...message } });

const request = (method: string, params: Message = {}) => ({ id: 5, method, params });

describe("a message that names a member reaches only that member, with the member's own names:", () => {
  it.each<[Message, Message, string?]>([
    [request("tools/call", { name: "notes__add" }), { name: "add" }, "notes__add"],
    [request("prompts/get", { name: "notes__ask" }), { name: "ask" }, "notes__ask"],
    [request("resources/read", { uri: "docs://notes/a" }), { uri: "docs://a" }, "docs://notes/a"],
    [request("resources/subscribe", { uri: "urn:notes/a:b" }), { uri: "urn:a:b" }],
    [request("resources/unsubscribe", { uri: "notes/x" }), { uri: "x" }],
    [
      request("completion/complete", { ref: { type: "ref/prompt", name: "notes__ask" } }),
      { ref: { type: "ref/prompt", name: "ask" } },
    ],
    [
      request("completion/complete", { ref: { type: "ref/resource", uri: "docs://notes/{a}" } }),
      { ref: { type: "ref/resource", uri: "docs://{a}" } },
    ],
    [{ method: "notifications/progress", params: { progressToken: "notes.7" } }, { progressToken: 7 }],
  ])("%j", async (message, params, name) => {
    await send(message, name === undefined ? [] : ["Mcp-Name", name]);
    const own = name === undefined ? {} : { name: params["name"] ?? params["uri"] };
    expect(received).toEqual([{ member: "notes", body: { jsonrpc: "2.0", ...message, params }, ...own }]);
  });

  it("a response to its request", async () => {
    await send({ id: 'notes."7"', result: { action: "accept" } });
    expect(received).toEqual([
      { member: "notes", body: { jsonrpc: "2.0", id: "7", result: { action: "accept" } } },
    ]);
  });

  it.each(["tasks/get", "tasks/result", "tasks/update", "tasks/cancel"])(
    "%s, with an id that no task has unless the gateway sealed it",
    async (method) => {
      await send(request(method, { taskId: "notes.t1" }));
      const params = { taskId: expect.stringMatching(/^unknown-/) };
      expect(received).toEqual([{ member: "notes", body: expect.objectContaining({ method, params }) }]);
    },
  );

  it("a part of a subscription", async () => {
    messages = [{ jsonrpc: "2.0", method: "notifications/subscriptions/acknowledged", params: {} }];
    const notifications = { resourceSubscriptions: ["docs://notes/a", "docs://reports/b", "docs://c"] };
    await send(request("subscriptions/listen", { notifications }));
    const partOf = (member: string) =>
      received.find((each) => each.member === member)?.body["params"] as Message;
    expect(received).toHaveLength(2);
    expect(partOf("notes")).toEqual({ notifications: { resourceSubscriptions: ["docs://a"] } });
    expect(partOf("reports")).toEqual({ notifications: { resourceSubscriptions: ["docs://b"] } });
  });
});

describe("a message for all members reaches each member unchanged:", () => {
  it.each([
    request("initialize", { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: {} }),
    request("server/discover"),
    request("logging/setLevel", { level: "info" }),
    request("tools/list"),
    request("prompts/list"),
    request("resources/list"),
    request("resources/templates/list"),
    request("tasks/list"),
    { method: "notifications/initialized" },
    { method: "notifications/roots/list_changed" },
    { method: "notifications/cancelled", params: { requestId: 4 } },
  ])("%j", async (message) => {
    await send(message);
    const body = { jsonrpc: "2.0", ...message };
    expect(received).toHaveLength(2);
    expect(received).toContainEqual({ member: "notes", body });
    expect(received).toContainEqual({ member: "reports", body });
  });
});

describe("a message that names no member reaches no member:", () => {
  it.each([
    request("ping"),
    request("tools/call", { name: "add" }),
    request("tools/call", { name: "NOTES__add" }),
    request("prompts/get", { name: "ask" }),
    request("resources/read", { uri: "docs://a" }),
    request("tasks/get", { taskId: "t1" }),
    request("completion/complete", { ref: { type: "ref/other", name: "notes__a" } }),
    request("vendor/call", { name: "notes__add" }),
    { id: 7, result: {} },
    { method: "notifications/progress", params: { progressToken: 7 } },
    { method: "notifications/tasks/status", params: { taskId: "own", status: "working" } },
    { method: "notifications/vendor" },
  ])("%j", async (message) => {
    await send(message);
    expect(received).toEqual([]);
  });

  it.each(["notifications/progress", "notifications/tasks/status", "notifications/vendor"])(
    "%s, to which no response is due",
    async (method) => {
      expect(await send({ method, params: { progressToken: 7, taskId: "own" } })).toMatchObject({
        status: 202,
        body: "",
      });
    },
  );
});

it("a client receives all messages of a member with the client's names", async () => {
  messages = [
    { jsonrpc: "2.0", method: "notifications/message", params: { level: "info", data: { uri: "docs://a" } } },
    { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: "docs://a" } },
    { jsonrpc: "2.0", method: "notifications/tools/list_changed" },
    { jsonrpc: "2.0", id: 7, method: "roots/list", params: { _meta: { progressToken: 7 } } },
    { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 7 } },
  ];
  result = { content: [{ type: "resource_link", name: "a", uri: "docs://a" }] };
  const response = await send(request("tools/call", { name: "notes__add" }));
  expect(messagesIn(response)).toEqual([
    messages[0],
    { jsonrpc: "2.0", method: "notifications/resources/updated", params: { uri: "docs://notes/a" } },
    messages[2],
    { jsonrpc: "2.0", id: "notes.7", method: "roots/list", params: { _meta: { progressToken: "notes.7" } } },
    { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: "notes.7" } },
    {
      jsonrpc: "2.0",
      id: 5,
      result: { content: [{ type: "resource_link", name: "a", uri: "docs://notes/a" }] },
    },
  ]);
  expect(response.body.match(/^id: .*$/gm)).toEqual(
    Array(6).fill(expect.stringMatching(/^id: notes\.p[\w-]{11}\.[\w-]+$/)),
  );
});

it.each(["", "\uFEFF"])(
  "a client receives a subscription to several members with the client's names, even after a byte order mark: %j",
  async (mark) => {
    opening = mark;
    const acknowledged = "notifications/subscriptions/acknowledged";
    const updated = "notifications/resources/updated";
    messages = [
      {
        jsonrpc: "2.0",
        method: acknowledged,
        params: { notifications: { resourceSubscriptions: ["docs://a"] } },
      },
      { jsonrpc: "2.0", method: updated, params: { uri: "docs://a" } },
    ];
    const response = await send(
      request("subscriptions/listen", {
        notifications: { resourceSubscriptions: ["docs://notes/a", "docs://reports/a"] },
      }),
    );
    const [first, ...others] = messagesIn(response);
    expect(first).toMatchObject({
      method: acknowledged,
      params: { notifications: { resourceSubscriptions: ["docs://notes/a", "docs://reports/a"] } },
    });
    expect(others).toHaveLength(3);
    for (const uri of ["docs://notes/a", "docs://reports/a"])
      expect(others).toContainEqual({ jsonrpc: "2.0", method: updated, params: { uri } });
  },
);

it("a client reads a merged list in which each entry has its member's name", async () => {
  result = {
    tools: [{ name: "add", inputSchema: { type: "object" }, _meta: { ui: { resourceUri: "ui://x" } } }],
  };
  const tools = jsonOf(await send(request("tools/list"))).result.tools as { name: string; _meta: unknown }[];
  expect(tools.map(({ name, _meta }) => [name, _meta])).toEqual([
    ["notes__add", { ui: { resourceUri: "ui://notes/x" } }],
    ["reports__add", { ui: { resourceUri: "ui://reports/x" } }],
  ]);
});
