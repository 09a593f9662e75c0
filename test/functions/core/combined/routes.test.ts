import { describe, expect, it } from "vitest";
import { routeOf } from "../../../../functions/core/combined/routes.ts";
import { parseMcpBody } from "../../../../functions/core/mcp-message.ts";

const NAMES = { members: ["notes", "reports"], separator: "__" };
const NOTES = { type: "one", member: "notes" };

function route(message: object, names = NAMES) {
  const body = parseMcpBody(JSON.stringify({ jsonrpc: "2.0", ...message }), 64);
  if (!body.ok) throw new Error(body.errorResponse.message);
  return routeOf(body.messages[0] as never, names);
}

const request = (method: string, params: object = {}) => ({ id: 1, method, params });
const notification = (method: string, params: object = {}) => ({ method, params });
const listen = (notifications: unknown) => request("subscriptions/listen", { notifications });
const unknown = (kind: string, name?: string) => ({ type: "unknown", kind, name });

describe("a message goes to the member that it names", () => {
  it.each([
    request("tools/call", { name: "notes__add", uri: "docs://reports/a" }),
    request("prompts/get", { name: "notes__add" }),
    request("resources/read", { uri: "docs://notes/a", name: "reports__add" }),
    request("resources/subscribe", { uri: "notes/a" }),
    request("resources/unsubscribe", { uri: "urn:notes/a" }),
    request("completion/complete", {
      ref: { type: "ref/prompt", name: "notes__x", uri: "docs://reports/a" },
    }),
    request("completion/complete", { ref: { type: "ref/resource", uri: "docs://notes/{a}", name: "x" } }),
    request("tasks/get", { taskId: "notes.t1" }),
    request("tasks/result", { taskId: "notes.t1" }),
    request("tasks/update", { taskId: "notes.t1" }),
    request("tasks/cancel", { taskId: "notes.t1" }),
    request("tools/run", { name: "notes__add" }),
    request("resources/write", { uri: "docs://notes/a" }),
    request("prompts/render", { name: "notes__add" }),
    request("Tools/Call", { name: "notes__add" }),
    notification("tools/call", { name: "notes__add" }),
    notification("notifications/progress", { progressToken: "notes.1", progress: 1 }),
    { id: "notes.1", result: {} },
    { id: 'notes."x"', error: { code: 1, message: "x" } },
  ])("%j", (message) => {
    expect(route(message)).toEqual(NOTES);
  });
});

describe("a message goes to all members", () => {
  it.each([
    request("initialize"),
    request("server/discover"),
    request("logging/setLevel", { level: "info" }),
    request("tools/list", { name: "notes__add" }),
    request("prompts/list"),
    request("resources/list"),
    request("resources/templates/list"),
    request("tasks/list"),
    notification("notifications/initialized"),
    notification("notifications/roots/list_changed"),
    notification("notifications/cancelled", { requestId: 1 }),
  ])("%j", (message) => {
    expect(route(message)).toEqual({ type: "all" });
  });
});

it("a ping is for the endpoint itself", () => {
  expect(route(request("ping"))).toEqual({ type: "local" });
  expect(route(request("ping"), { members: ["notes"], separator: "" })).toEqual({ type: "local" });
});

describe("a message reaches no member", () => {
  it.each([
    [request("tools/call", { name: "add" }), unknown("tool", "add")],
    [request("tools/call", { name: "Notes__add" }), unknown("tool", "Notes__add")],
    [request("tools/call", { name: 7 }), unknown("tool")],
    [request("tools/call", { uri: "docs://notes/a" }), unknown("tool")],
    [request("tools/call"), unknown("tool")],
    [request("tools/run", { tool: "notes__add" }), unknown("tool")],
    [request("prompts/get", { name: "other__x" }), unknown("prompt", "other__x")],
    [request("resources/read", { uri: "docs://a/b" }), unknown("resource", "docs://a/b")],
    [request("resources/read", { uri: "docs://NOTES/b" }), unknown("resource", "docs://NOTES/b")],
    [request("tasks/get", { taskId: "t1" }), unknown("task", "t1")],
    [request("tasks/get", { taskId: 1 }), unknown("task")],
    [
      request("completion/complete", { ref: { type: "ref/resource", uri: "docs://x/{a}" } }),
      unknown("resource", "docs://x/{a}"),
    ],
    [
      request("completion/complete", { ref: { type: "ref/tool", name: "notes__a" } }),
      unknown("prompt", "notes__a"),
    ],
    [request("completion/complete"), unknown("prompt")],
    [request("vendor/call", { name: "notes__add" }), unknown("method", "vendor/call")],
    [request("Tools/List"), unknown("method", "Tools/List")],
    [
      notification("notifications/vendor", { uri: "docs://notes/a" }),
      unknown("method", "notifications/vendor"),
    ],
    [
      notification("notifications/tasks/status", { taskId: "own", status: "working" }),
      unknown("method", "notifications/tasks/status"),
    ],
    [notification("notifications/progress", { progressToken: 1 }), unknown("response")],
    [notification("notifications/progress", { progressToken: "1" }), unknown("response", "1")],
    [{ id: 1, result: {} }, unknown("response")],
    [{ id: "notes", result: {} }, unknown("response", "notes")],
    [{ id: null, error: { code: 1, message: "x" } }, unknown("response")],
    [listen({ resourceSubscriptions: "docs://notes/a" }), unknown("resource")],
    [listen({ resourceSubscriptions: ["docs://notes/a", 7] }), unknown("resource")],
    [listen({ taskIds: { 0: "notes.t1" } }), unknown("task")],
    [listen({ resourceSubscriptions: ["docs://other/a"] }), unknown("resource", "docs://other/a")],
    [listen({ taskIds: ["other.t1"], toolsListChanged: false }), unknown("task")],
  ])("%j", (message, expected) => {
    expect(route(message)).toEqual(expected);
  });
});

describe("a subscription goes to the members with a part of it", () => {
  const both = ["notes", "reports"];
  it.each([
    [{ resourceSubscriptions: ["docs://reports/a", "docs://other/a"] }, ["reports"]],
    [{ resourceSubscriptions: ["docs://reports/a"], taskIds: ["notes.t1"] }, both],
    [{ taskIds: ["reports.t1"], toolsListChanged: false }, ["reports"]],
    [{ toolsListChanged: true, taskIds: ["reports.t1"] }, both],
    [{ "vendor/events": ["x"] }, both],
    [{ resourceSubscriptions: [], taskIds: [] }, both],
    [{}, both],
    [undefined, both],
  ])("%j", (notifications, members) => {
    expect(route(listen(notifications))).toEqual({ type: "members", members });
    expect(route(request("Subscriptions/Listen", { notifications }))).toEqual({ type: "members", members });
  });
});

describe("without a separator, the only member gets everything that it would get at its own URL", () => {
  it.each([
    request("tools/call", { name: "add" }),
    request("tools/call"),
    request("vendor/call"),
    request("subscriptions/listen", { notifications: 1 }),
    notification("notifications/vendor"),
    notification("notifications/progress", { progressToken: 1 }),
    { id: null, result: {} },
    { id: 1, result: {} },
  ])("%j", (message) => {
    expect(route(message, { members: ["notes"], separator: "" })).toEqual(NOTES);
  });
});
