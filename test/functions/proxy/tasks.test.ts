// Tasks of a server as several callers see them: a sealed id reaches only its own task, by the rules of the task's tool.
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { contextOf, principalWith } from "../../support/principals.ts";
import { type ProxyOptions, proxyTo } from "../../support/proxy-under-test.ts";

const TASK = { taskId: "t1", status: "working", createdAt: "2026-01-01T00:00:00Z", ttlMs: null };
const META = {
  "io.modelcontextprotocol/protocolVersion": "2026-07-28",
  "io.modelcontextprotocol/clientCapabilities": { extensions: { "io.modelcontextprotocol/tasks": {} } },
};

let downstream: LoopbackServer;
let seen: { name: string | undefined; body: string }[];
let respond: (id: unknown, method: string) => { type?: string; status?: number; body: string };

const result = (id: unknown, value: object) => ({
  body: JSON.stringify({ jsonrpc: "2.0", id, result: value }),
});

beforeEach(async () => {
  seen = [];
  respond = (id, method) =>
    result(
      id,
      method === "tools/call" ? { resultType: "task", ...TASK } : { resultType: "complete", ...TASK },
    );
  downstream = await startHttp(async (request, response) => {
    const body = await text(request);
    seen.push({ name: request.headers["mcp-name"] as string | undefined, body });
    const { id, method } = body === "" ? {} : JSON.parse(body);
    const { type = "application/json", status = 200, body: sent } = respond(id, method);
    response.writeHead(status, { "content-type": type }).end(sent);
  });
});
afterEach(() => downstream.close());

type Caller = Parameters<typeof principalWith>[0];

const send = (
  method: string,
  params: object,
  options: ProxyOptions = {},
  caller: Caller = {},
  headers = {},
) =>
  proxyTo(downstream.url, options).send({
    headers,
    authorizer: contextOf(principalWith(caller)),
    body: JSON.stringify({ jsonrpc: "2.0", id: 7, method, params: { ...params, _meta: META } }),
  });

/** Starts a task by a call of `add`, and gives the id that the client gets. */
async function start(options: ProxyOptions = {}, caller: Caller = {}): Promise<string> {
  const { json } = await send("tools/call", { name: "add" }, options, caller);
  seen = [];
  return json.result.taskId;
}

const UNKNOWN = { code: -32602, data: { reason: "unknown_name" } };

describe("a task id", () => {
  it("hides the upstream's task id, and opens for its caller", async () => {
    const taskId = await start();
    expect(taskId).toMatch(/^[\w-]{40,}$/);
    const { status, json } = await send(
      "tasks/get",
      { taskId },
      {},
      {},
      { "Mcp-Method": "tasks/get", "Mcp-Name": taskId },
    );
    expect([status, json.result.taskId]).toEqual([200, taskId]);
    expect(seen.map(({ name, body }) => [name, JSON.parse(body).params.taskId])).toEqual([["t1", "t1"]]);
  });

  it("is the only part of a request that changes", async () => {
    const taskId = await start();
    const body = ` {"jsonrpc":"2.0", "id":9007199254740993,"method":"tasks/cancel","params":{"x":1.0,"taskId":"${taskId}"}}\n`;
    await proxyTo(downstream.url).send({ body });
    expect(seen[0]?.body).toBe(body.replace(taskId, "t1"));
  });

  it.each([
    ["another user", { sub: "U2bob" }],
    ["a user of that name at another issuer", { issuer: "https://other.example.com" }],
    ["the same user in another tenant", { tenant: "T2" }],
  ])("is unknown to %s, in every request that names it", async (_, caller) => {
    const taskId = await start();
    const related = { _meta: { "io.modelcontextprotocol/related-task": { taskId } } };
    for (const [method, params] of [
      ["tasks/get", { taskId }],
      ["tasks/update", { taskId, inputResponses: {} }],
      ["tasks/cancel", { taskId }],
      ["tasks/result", { taskId }],
      ["subscriptions/listen", { notifications: { taskIds: [taskId] } }],
    ] as const) {
      expect((await send(method, params, {}, caller)).json.error).toMatchObject(UNKNOWN);
    }
    const body = JSON.stringify({
      jsonrpc: "2.0",
      id: 7,
      method: "tools/call",
      params: { name: "add", ...related },
    });
    const authorizer = contextOf(principalWith(caller));
    expect((await proxyTo(downstream.url).send({ body, authorizer })).json.error).toMatchObject(UNKNOWN);
    expect(seen).toEqual([]);
  });

  it("is unknown if it looks like a sealed id but was not sealed by the gateway", async () => {
    expect((await send("tasks/get", { taskId: "A".repeat(64) })).json).toMatchObject({
      id: 7,
      error: UNKNOWN,
    });
    expect(seen).toEqual([]);
  });

  it.each(["t1", ""])(
    "reaches the server as an id that no task has if the gateway did not seal it: %j",
    async (taskId) => {
      respond = (id) => ({
        body: JSON.stringify({ jsonrpc: "2.0", id, error: { code: -32601, message: "no tasks" } }),
      });
      const headers = taskId === "" ? {} : { "Mcp-Name": taskId };
      const { json } = await send("tasks/get", { taskId }, {}, {}, headers);
      expect(json.error.code).toBe(-32601);
      expect(JSON.parse(String(seen[0]?.body)).params.taskId).toMatch(/^unknown-[\w-]{43}$/);
      expect(JSON.stringify(seen)).not.toContain('"t1"');
    },
  );

  it("is compared with the Mcp-Name header in the form that the client sent", async () => {
    const taskId = await start();
    const response = await send("tasks/get", { taskId }, {}, {}, { "Mcp-Name": "t1" });
    expect(response.json.error.data.reason).toBe("header_mismatch");
    expect(seen).toEqual([]);
  });

  it("is sealed in events in the same way as in the response", async () => {
    const taskId = await start();
    const events = [
      {
        jsonrpc: "2.0",
        method: "notifications/subscriptions/acknowledged",
        params: { notifications: { taskIds: ["t1"] } },
      },
      { jsonrpc: "2.0", method: "notifications/tasks", params: TASK },
    ].map((message) => `data: ${JSON.stringify(message)}\n\n`);
    respond = () => ({ type: "text/event-stream", body: events.join("") });
    const { body } = await send("subscriptions/listen", { notifications: { taskIds: [taskId] } });
    expect(body).toBe(events.join("").replaceAll('"t1"', `"${taskId}"`));
  });

  it("is sealed after a byte order mark at the start of the stream", async () => {
    const taskId = await start();
    const message = JSON.stringify({ jsonrpc: "2.0", method: "notifications/tasks", params: TASK });
    respond = () => ({ type: "text/event-stream", body: `\uFEFFdata: ${message}\n\n` });
    const { body } = await send("subscriptions/listen", { notifications: { taskIds: [taskId] } });
    expect(body).toBe(`\uFEFFdata: ${message.replaceAll('"t1"', `"${taskId}"`)}\n\n`);
  });

  it("is sealed in the same way on a GET stream if the server has no tool rules", async () => {
    const taskId = await start();
    const message = JSON.stringify({ jsonrpc: "2.0", method: "notifications/tasks/status", params: TASK });
    respond = () => ({ type: "text/event-stream", body: `data: ${message}\n\n` });
    const get = { method: "GET", headers: { Accept: "text/event-stream" }, body: "" };
    const { body } = await proxyTo(downstream.url, { tools: { get_stream: true } }).send(get);
    expect(body).toContain(`"taskId":"${taskId}"`);
  });

  it("changes nothing in responses that cannot contain a task", async () => {
    const sent = '{"jsonrpc":"2.0", "id":7,"result":{"task":{"taskId":"t1"},"status":"x","taskId":"t1"}}\n';
    respond = () => ({ body: sent });
    expect((await proxyTo(downstream.url).send()).body).toBe(sent);
  });
});

describe("a task of a tool with rules", () => {
  const rules = (tool_authorization: object, more = {}) => ({ tools: { tool_authorization, ...more } });
  const forPro = rules({ add: { required_claims: { tier: { values: "pro" } } } });
  const pro = { claims: { tier: "pro" } };

  it("can be read by its caller as long as the caller is allowed to call the tool", async () => {
    const taskId = await start(forPro, pro);
    expect((await send("tasks/get", { taskId }, forPro, pro)).json.result.taskId).toBe(taskId);
    expect(
      (await send("tasks/get", { taskId }, forPro, { claims: { tier: "free" } })).json.error,
    ).toMatchObject(UNKNOWN);
    expect(seen).toHaveLength(1);
  });

  it("asks for the scopes of the tool", async () => {
    const scoped = rules({ add: { required_scopes: ["sums"] } });
    const taskId = await start(scoped, { scopes: ["sums"] });
    const denied = await send("tasks/result", { taskId }, scoped, { scopes: [] });
    expect([denied.status, denied.json.error.data.scopes]).toEqual([403, ["sums"]]);
  });

  it("is only logged as denied if the rules are in log_only mode", async () => {
    const logged = rules(
      { add: { required_claims: { tier: { values: "pro" } } } },
      { tool_authorization_mode: "log_only" },
    );
    const taskId = await start(logged, pro);
    const { status, audit } = await send("tasks/get", { taskId }, logged, { claims: {} });
    expect([status, audit]).toMatchObject([
      200,
      { decision: "allow", would_deny: "tool_denied", denied_claim: "tier" },
    ]);
  });

  it("is denied if its tool is not known, as in the list of tasks", async () => {
    respond = (id) => result(id, { tasks: [TASK] });
    const { json } = await send("tasks/list", {}, forPro, pro);
    const [{ taskId }] = json.result.tasks;
    expect(taskId).toMatch(/^[\w-]{40,}$/);
    expect((await send("tasks/get", { taskId }, forPro, pro)).json.error).toMatchObject(UNKNOWN);
  });

  it("is bound to its tool if the stream that contains it was resumed", async () => {
    respond = () => ({ type: "text/event-stream", body: "id: e1\ndata: \n\n" });
    const first = await send("tools/call", { name: "add" }, forPro, pro);
    const eventId = /id: (.*)/.exec(first.body)?.[1] ?? "";
    const message = JSON.stringify({ jsonrpc: "2.0", id: 7, result: { resultType: "task", ...TASK } });
    respond = () => ({ type: "text/event-stream", body: `data: ${message}\n\n` });
    const authorizer = contextOf(principalWith(pro));
    const headers = { Accept: "text/event-stream", "Last-Event-ID": eventId };
    const resumed = await proxyTo(downstream.url, forPro).send({
      method: "GET",
      body: "",
      headers,
      authorizer,
    });
    const taskId = /"taskId":"([^"]*)"/.exec(resumed.body)?.[1] ?? "";
    respond = (id) => result(id, TASK);
    expect((await send("tasks/get", { taskId }, forPro, pro)).json.result.taskId).toBe(taskId);
  });
});

describe("a server that does not support a method", () => {
  it("returns its own 404 and -32601", async () => {
    const body = '{"jsonrpc":"2.0","id":7,"error":{"code":-32601,"message":"Method not found"}}';
    respond = () => ({ status: 404, body });
    expect(await send("vendor/unknown", {})).toMatchObject({
      status: 404,
      body,
      audit: { decision: "allow", status: 404, downstream_status: 404 },
    });
  });
});

describe("a subscription that the gateway must end", () => {
  it("receives its result as the last event", async () => {
    const server = await startHttp((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write(": open\n\n");
    });
    const body = '{"jsonrpc":"2.0","id":"listen:0","method":"subscriptions/listen","params":{}}';
    const { stream, done } = proxyTo(server.url).begin({ body }, undefined, 10_100);
    await done;
    await server.close();
    expect(stream.received().body).toBe(
      ': open\n\nevent: message\ndata: {"jsonrpc":"2.0","id":"listen:0","result":{"resultType":"complete","_meta":{"io.modelcontextprotocol/subscriptionId":"listen:0"}}}\n\n',
    );
  });

  it("receives no result in the middle of an event, which would corrupt both", async () => {
    const server = await startHttp((_, response) => {
      response.writeHead(200, { "content-type": "text/event-stream" }).write("data: {");
    });
    const body = '{"jsonrpc":"2.0","id":1,"method":"subscriptions/listen","params":{}}';
    const { stream, done } = proxyTo(server.url).begin({ body }, undefined, 10_100);
    await done;
    await server.close();
    expect(stream.received().body).toBe("data: {");
  });
});

describe("a session id that is too long for a client to send", () => {
  it("makes the server's response invalid", async () => {
    const server = await startHttp((_, response) =>
      response.writeHead(200, { "mcp-session-id": "x".repeat(1_509) }).end(),
    );
    const { status, json } = await proxyTo(server.url).send();
    await server.close();
    expect([status, json.id, json.error.data.reason]).toEqual([502, 7, "downstream_invalid_response"]);
  });
});
