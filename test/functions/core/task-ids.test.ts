import { describe, expect, it } from "vitest";
import type { GatewayRequest } from "../../../functions/core/admit-request.ts";
import { parseMcpBody } from "../../../functions/core/mcp-message.ts";
import {
  canReturnTasks,
  namesTasks,
  openTaskIds,
  readTaskText,
  sealTaskIds,
  taskDenial,
  taskText,
} from "../../../functions/core/task-ids.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const RELATED = "io.modelcontextprotocol/related-task";
const related = (taskId: unknown) => ({ _meta: { [RELATED]: { taskId } } });
const request = (method: string, params: object, id: unknown = 1) => ({ jsonrpc: "2.0", id, method, params });

function read(body: string) {
  const parsed = parseMcpBody(body, 64);
  if (!parsed.ok) throw new Error(body);
  return parsed.messages;
}

/** Has the form of a sealed id, but can't be opened. */
const OTHERS = "A".repeat(64);

/** Opens ids of the form `sealed:ID:TOOL`. */
function open(body: string, headers: Record<string, string> = {}) {
  const inbound: GatewayRequest = {
    method: "POST",
    server: "tools",
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body,
  };
  return openTaskIds(inbound, read(body), (sealed) => {
    const [, id, tool] = /^sealed:([^:]*):(.*)$/.exec(sealed) ?? [];
    return id === undefined ? undefined : { id, tool: tool === "" ? undefined : tool };
  });
}

describe("task ids from a client", () => {
  it.each([
    ["tasks/get", request("tasks/get", { taskId: "sealed:t1:add" }), request("tasks/get", { taskId: "t1" })],
    [
      "tasks/update",
      request("tasks/update", { taskId: "sealed:t1:add", inputResponses: { taskId: "sealed:t1:add" } }),
      request("tasks/update", { taskId: "t1", inputResponses: { taskId: "sealed:t1:add" } }),
    ],
    [
      "another spelling",
      request(" Tasks/Cancel", { taskId: "sealed:t1:add" }),
      request(" Tasks/Cancel", { taskId: "t1" }),
    ],
    [
      "subscriptions/listen",
      request("subscriptions/listen", { notifications: { taskIds: ["sealed:t1:add", "sealed:t2:sub"] } }),
      request("subscriptions/listen", { notifications: { taskIds: ["t1", "t2"] } }),
    ],
    [
      "a related task of a call",
      request("tools/call", { name: "add", ...related("sealed:t1:add") }),
      request("tools/call", { name: "add", ...related("t1") }),
    ],
    [
      "a related task of a client's response",
      { jsonrpc: "2.0", id: 4, result: { action: "accept", ...related("sealed:t1:add") } },
      { jsonrpc: "2.0", id: 4, result: { action: "accept", ...related("t1") } },
    ],
  ])("are opened in %s", (_, sent, opened) => {
    const body = JSON.stringify(sent, undefined, 1);
    expect(namesTasks(read(body), body)).toBe(true);
    expect(open(body)?.request.body).toBe(JSON.stringify(opened, undefined, 1));
  });

  it("are opened in each message of a batch", () => {
    const batch = [
      request("tasks/get", { taskId: "sealed:t1:add" }),
      request("tasks/get", { taskId: "sealed:t2:" }, 2),
    ];
    const opened = open(JSON.stringify(batch));
    expect(JSON.parse(opened?.request.body ?? "")).toMatchObject([
      { params: { taskId: "t1" } },
      { params: { taskId: "t2" } },
    ]);
    expect(opened?.tools).toEqual(["add", undefined]);
    expect(opened?.clientIds).toEqual(
      new Map([
        ["t1", "sealed:t1:add"],
        ["t2", "sealed:t2:"],
      ]),
    );
  });

  it.each([
    ["a task that is not the caller's", request("tasks/get", { taskId: OTHERS })],
    [
      "one of several listened to",
      request("subscriptions/listen", { notifications: { taskIds: ["sealed:t1:", OTHERS] } }),
    ],
    ["a related task of a request", request("tools/call", { name: "add", ...related(OTHERS) })],
    ["an id that is a number", request("tasks/cancel", { taskId: 7 })],
    ["no id", request("tasks/result", {})],
    ["a list of ids that is a text", request("subscriptions/listen", { notifications: { taskIds: "t1" } })],
    [
      "a list of ids with a number in it",
      request("subscriptions/listen", { notifications: { taskIds: [7] } }),
    ],
    ["a method that is not known yet", request("tasks/later", { taskId: OTHERS })],
  ])("do not open for %s", (_, sent) => {
    expect(open(JSON.stringify(sent))).toBeUndefined();
  });

  it("are replaced by an id that no task has if the gateway did not seal them, and the response contains the client's id", () => {
    const opened = open(JSON.stringify(request("tasks/get", { taskId: "t1" })), { "mcp-name": "t1" });
    const sent = JSON.parse(String(opened?.request.body)).params.taskId;
    expect(sent).toMatch(/^unknown-[\w-]{43}$/);
    expect(opened?.request.headers.get("mcp-name")).toEqual([sent]);
    expect(opened?.clientIds).toEqual(new Map([[sent, "t1"]]));
    expect(opened?.tools).toEqual([undefined]);
  });

  it.each([
    ["a response about a task of its own", { jsonrpc: "2.0", id: 4, result: { ...related("own-1") } }],
    [
      "a notification about a task of its own",
      { jsonrpc: "2.0", method: "notifications/progress", params: related("own-1") },
    ],
    [
      "a task's id among a tool's arguments",
      request("tools/call", { name: "add", arguments: { taskId: "x", ...related("y") } }),
    ],
  ])("are left unchanged in %s", (_, sent) => {
    const body = JSON.stringify(sent);
    expect(open(body)?.request.body).toBe(body);
  });

  it("are opened if a slash is escaped", () => {
    const body = JSON.stringify({ jsonrpc: "2.0", id: 4, result: related("sealed:t1:") }).replace("/", "\\/");
    expect(namesTasks(read(body), body)).toBe(true);
    expect(open(body)?.request.body).toContain('"taskId":"t1"');
  });

  it.each([
    ["sealed:t1:add", "t1"],
    ["sealed:é:add", "=?base64?w6k=?="],
    ["sealed: t1:add", "=?base64?IHQx?="],
  ])("are opened in the Mcp-Name header, too: %s", (taskId, value) => {
    const opened = open(JSON.stringify(request("tasks/get", { taskId })), {
      "mcp-name": taskId,
      accept: "x",
    });
    expect(opened?.request.headers).toEqual(
      new Map([
        ["mcp-name", [value]],
        ["accept", ["x"]],
      ]),
    );
  });

  it("leave the Mcp-Name header of a call unchanged", () => {
    const body = JSON.stringify(request("tools/call", { name: "add", ...related("sealed:t1:") }));
    expect(open(body, { "mcp-name": "add" })?.request.headers.get("mcp-name")).toEqual(["add"]);
  });
});

describe("namesTasks", () => {
  it.each([
    request("tools/call", { name: "add", task: { ttl: 1 } }),
    request("tasks/list", {}),
    request("subscriptions/listen", { notifications: { toolsListChanged: true } }),
  ])("returns false for %j", (sent) => {
    const body = JSON.stringify(sent);
    expect(namesTasks(read(body), body)).toBe(false);
  });
});

describe("canReturnTasks", () => {
  const capabilities = (value: object) => ({
    _meta: { "io.modelcontextprotocol/clientCapabilities": value },
  });

  it.each([
    ["a call as a task", request("tools/call", { name: "add", task: {} })],
    [
      "a client that takes tasks",
      request("tools/call", {
        name: "add",
        ...capabilities({ extensions: { "io.modelcontextprotocol/tasks": {} } }),
      }),
    ],
    [
      "a client that takes tasks in the form of 2025-11-25",
      request("tools/call", capabilities({ tasks: {} })),
    ],
    ["a poll", request("tasks/get", { taskId: "t" })],
    ["the list of tasks", request("tasks/list", {})],
    ["a subscription to tasks", request("subscriptions/listen", { notifications: { taskIds: [] } })],
  ])("returns true for %s", (_, sent) => {
    expect(canReturnTasks(read(JSON.stringify(sent)))).toBe(true);
  });

  it("returns true for the stream of a GET", () => {
    expect(canReturnTasks([])).toBe(true);
  });

  it.each([
    request("tools/call", { name: "add", ...capabilities({ sampling: {} }) }),
    request("subscriptions/listen", { notifications: { toolsListChanged: true } }),
    request("tools/list", {}),
  ])("returns false for %j", (sent) => {
    expect(canReturnTasks(read(JSON.stringify(sent)))).toBe(false);
  });
});

describe("task ids from an upstream", () => {
  const seal = (value: unknown) => sealTaskIds(JSON.stringify(value), (id) => `<${id}>`);
  const response = (result: object) => ({ jsonrpc: "2.0", id: 1, result });
  const notification = (method: string, params: object) => ({ jsonrpc: "2.0", method, params });
  const task = (taskId: string) => ({ taskId, status: "working", createdAt: "2026-01-01T00:00:00Z" });

  it.each<[string, (taskId: string) => object]>([
    ["a new task of 2025-11-25", (id) => response({ task: task(id) })],
    ["a new task of 2026-07-28", (id) => response({ resultType: "task", ...task(id) })],
    ["a task's state", (id) => response({ resultType: "complete", ...task(id), result: related(id) })],
    ["the list of tasks", (id) => response({ tasks: [task(id), task(id)], nextCursor: "x" })],
    ["a task's result", (id) => response({ content: [], ...related(id) })],
    ["a notification of 2025-11-25", (id) => notification("notifications/tasks/status", task(id))],
    ["a notification of 2026-07-28", (id) => notification("notifications/tasks", task(id))],
    [
      "the acknowledgement of a subscription",
      (id) =>
        notification("notifications/subscriptions/acknowledged", { notifications: { taskIds: [id, id] } }),
    ],
    ["a request of a task", (id) => ({ ...request("elicitation/create", related(id)), id: 2 })],
  ])("are sealed in %s", (_, message) => {
    expect(seal(message("t1"))).toBe(JSON.stringify(message("<t1>")));
  });

  it("are sealed in a batch with a number that is not valid JSON", () => {
    const text = `[{"jsonrpc":"2.0","id":1,"result":{"a":NaN}},\n${JSON.stringify(response({ task: task("t1") }))}]`;
    expect(sealTaskIds(text, (id) => `<${id}>`)).toBe(text.replace('"t1"', '"<t1>"'));
  });

  it.each([
    ["a request about a task of the client's", request("tasks/get", { taskId: "own-1" }, 2)],
    ["a tool's result that has such a member", response({ content: [], taskId: "x" })],
    ["what a tool made", response({ structuredContent: { taskId: "x", status: "y" } })],
    ["an error", { jsonrpc: "2.0", id: 1, error: { code: 1, message: "taskId", data: { taskId: "x" } } }],
    ["a text", "taskId"],
    ["nothing", null],
  ])("are left unchanged in %s", (_, message) => {
    expect(seal(message)).toBe(JSON.stringify(message));
  });

  it.each(['{"taskId":', `\uFEFF{"result":{"task":{"taskId":"t1"}}`])(
    "are left unchanged in invalid text: %s",
    (text) => {
      expect(sealTaskIds(text, () => "x")).toBe(text);
    },
  );

  it("are sealed up to 100,000 in one message", () => {
    const text = JSON.stringify(response({ tasks: Array(100_002).fill({ taskId: "t" }) }));
    const sealed = JSON.parse(sealTaskIds(text, () => "sealed")).result.tasks;
    expect([sealed.length, sealed[99_999], sealed[100_000]]).toEqual([
      100_002,
      { taskId: "sealed" },
      { taskId: "t" },
    ]);
  });

  it("are sealed after a byte order mark", () => {
    const text = `\uFEFF${JSON.stringify(response({ task: task("t1") }))}`;
    expect(sealTaskIds(text, (id) => `<${id}>`)).toBe(text.replace('"t1"', '"<t1>"'));
  });
});

describe("taskDenial", () => {
  const { servers } = configSnapshot({
    servers: {
      open: {},
      ruled: {
        tool_authorization: {
          add: { required_claims: { tier: { values: "pro" } } },
          mail: { required_scopes: ["mail"] },
        },
      },
    },
  });
  const denied = (server: string, tools: (string | undefined)[], claims = {}) =>
    taskDenial(tools, servers.get(server) as never, principalWith({ claims }));

  it.each([
    ["a server without rules", denied("open", ["add", undefined])],
    ["a tool that the caller may call", denied("ruled", ["add"], { tier: "pro" })],
    ["no task", denied("ruled", [])],
  ])("allows %s", (_, errorResponse) => {
    expect(errorResponse).toBeUndefined();
  });

  it.each([
    ["a tool that the caller may no longer call", denied("ruled", ["other", "add"])],
    ["a tool that is not known", denied("ruled", [undefined], { tier: "pro" })],
  ])("responds as for an unknown task to %s", (_, errorResponse) => {
    expect(errorResponse).toMatchObject({
      errorResponse: { status: 200, code: -32602, reason: "unknown_name", logged: "tool_denied" },
      target: { kind: "tool" },
    });
  });

  it("returns the scopes that the tool needs", () => {
    expect(denied("ruled", ["mail"])).toMatchObject({
      errorResponse: { reason: "insufficient_scope", scopes: ["mail"] },
      target: { rule: "mail", missingScopes: ["mail"] },
    });
  });
});

describe("the text that is sealed for a task id", () => {
  it.each([
    { id: "t1", tool: undefined },
    { id: "t]", tool: "add" },
  ])("decodes to the value that was encoded: %j", (task) => {
    expect(readTaskText(taskText(task))).toEqual(task);
  });
});
