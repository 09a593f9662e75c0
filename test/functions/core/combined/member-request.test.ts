import { describe, expect, it } from "vitest";
import type { GatewayRequest } from "../../../../functions/core/admit-request.ts";
import { memberRequest } from "../../../../functions/core/combined/member-request.ts";
import { parseMcpBody } from "../../../../functions/core/mcp-message.ts";

const NAMES = { members: ["notes", "reports"], separator: "__" };
const RELATED = "io.modelcontextprotocol/related-task";

function requestFor(member: string, body: string, headers: Record<string, string> = {}, names = NAMES) {
  const parsed = parseMcpBody(body, 64);
  if (!parsed.ok) throw new Error(parsed.errorResponse.message);
  const request: GatewayRequest = {
    method: "POST",
    server: "/mcp",
    headers: new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    body,
  };
  return memberRequest(request, parsed.messages[0] as never, member, names);
}

const bodyFor = (member: string, message: object) =>
  requestFor(member, JSON.stringify({ jsonrpc: "2.0", ...message })).body;

const request = (method: string, params: object) => ({ id: 1, method, params });
const related = (taskId: unknown) => ({ _meta: { [RELATED]: { taskId } } });

describe("a member gets its own names, URIs and ids in", () => {
  it.each([
    [
      "a call",
      request("tools/call", { name: "notes__add", arguments: { name: "notes__x", uri: "docs://notes/a" } }),
      request("tools/call", { name: "add", arguments: { name: "notes__x", uri: "docs://notes/a" } }),
    ],
    [
      "a prompt",
      request("prompts/get", { name: "notes__ask", uri: "docs://notes/a" }),
      request("prompts/get", { name: "ask", uri: "docs://notes/a" }),
    ],
    [
      "a vendor's method",
      request("tools/run", { name: "notes__add", ...related("notes.t1") }),
      request("tools/run", { name: "add", ...related("t1") }),
    ],
    [
      "a resource",
      request("resources/read", { uri: "docs://notes/public/a", name: "notes__x" }),
      request("resources/read", { uri: "docs://public/a", name: "notes__x" }),
    ],
    [
      "a completion of a prompt",
      request("completion/complete", {
        ref: { type: "ref/prompt", name: "notes__ask", uri: "docs://notes/a" },
        argument: { name: "notes__a", value: "docs://notes/a" },
      }),
      request("completion/complete", {
        ref: { type: "ref/prompt", name: "ask", uri: "docs://notes/a" },
        argument: { name: "notes__a", value: "docs://notes/a" },
      }),
    ],
    [
      "a completion of a template",
      request("completion/complete", {
        ref: { type: "ref/resource", uri: "docs://notes/{a}", name: "notes__x" },
      }),
      request("completion/complete", { ref: { type: "ref/resource", uri: "docs://{a}", name: "notes__x" } }),
    ],
    [
      "a completion without a reference",
      request("completion/complete", { ref: "notes__a" }),
      request("completion/complete", { ref: "notes__a" }),
    ],
    ["a task", request("tasks/get", { taskId: "notes.t1" }), request("tasks/get", { taskId: "t1" })],
    [
      "a retry with responses",
      request("tools/call", {
        name: "notes__add",
        inputResponses: { a: { content: { uri: "docs://notes/a" } } },
        requestState: "notes.1",
      }),
      request("tools/call", {
        name: "add",
        inputResponses: { a: { content: { uri: "docs://notes/a" } } },
        requestState: "notes.1",
      }),
    ],
    [
      "a call with a related task",
      request("tools/call", { name: "notes__add", ...related("notes.t1") }),
      request("tools/call", { name: "add", ...related("t1") }),
    ],
    [
      "a notification about progress",
      {
        method: "notifications/progress",
        params: { progressToken: "notes.9007199254740993", progress: 0.5 },
      },
      '{"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":9007199254740993,"progress":0.5}}',
    ],
    [
      "a response",
      { id: "notes.1.0", result: { id: "notes.2", uri: "docs://notes/a", ...related("notes.t1") } },
      `{"jsonrpc":"2.0","id":1.0,"result":{"id":"notes.2","uri":"docs://notes/a","_meta":{"${RELATED}":{"taskId":"t1"}}}}`,
    ],
    [
      "an error",
      { id: 'notes."\\u0061.b"', error: { code: 1, message: "notes.1" } },
      '{"jsonrpc":"2.0","id":"\\u0061.b","error":{"code":1,"message":"notes.1"}}',
    ],
  ])("%s", (_, sent, received) => {
    const expected =
      typeof received === "string" ? received : JSON.stringify({ jsonrpc: "2.0", ...received });
    expect(bodyFor("notes", sent)).toBe(expected);
  });
});

describe("a member gets unchanged", () => {
  it.each([
    request("initialize", { capabilities: {}, _meta: { progressToken: "notes.1" } }),
    request("tools/list", { cursor: "notes__x", name: "notes__x" }),
    { method: "notifications/cancelled", params: { requestId: "notes.1" } },
    { id: 4, result: related("own-task") },
    request("tools/call", { name: 7 }),
    request("tools/call", { name: "reports__add", ...related("reports.t1") }),
    request("resources/read", { uri: "docs://reports/a" }),
    { id: "reports.1", result: {} },
    request("tasks/get", { taskId: "reports.t1" }),
  ])("%j", (message) => {
    expect(bodyFor("notes", message)).toBe(JSON.stringify({ jsonrpc: "2.0", ...message }));
  });
});

describe("a subscription", () => {
  const notifications = {
    toolsListChanged: true,
    resourceSubscriptions: ["docs://notes/a", "docs://reports/b", "docs://other/c", 'docs://notes/"'],
    taskIds: ["reports.t1", "notes.t2"],
  };

  it.each([
    ["notes", ["docs://a", 'docs://"'], ["t2"]],
    ["reports", ["docs://b"], ["t1"]],
  ])("is split: %s gets only its own URIs and task ids", (member, resourceSubscriptions, taskIds) => {
    expect(bodyFor(member, request("subscriptions/listen", { notifications }))).toBe(
      JSON.stringify({
        jsonrpc: "2.0",
        ...request("subscriptions/listen", {
          notifications: { toolsListChanged: true, resourceSubscriptions, taskIds },
        }),
      }),
    );
  });

  it("is split in another spelling of the method too", () => {
    const body = bodyFor("notes", request("Subscriptions/Listen", { notifications }));
    expect(body).not.toContain("reports");
  });

  it("has no routing header for a resource of another member", () => {
    const body = JSON.stringify({
      jsonrpc: "2.0",
      ...request("subscriptions/listen", { notifications: { resourceSubscriptions: ["docs://reports/b"] } }),
    });
    const { headers } = requestFor("notes", body, { "mcp-name": "docs://reports/b", accept: "x" });
    expect(headers).toEqual(new Map([["accept", ["x"]]]));
  });

  it("omits entries that are not strings", () => {
    expect(
      bodyFor("notes", request("subscriptions/listen", { notifications: { taskIds: [7, { a: 1 }] } })),
    ).toContain('"taskIds":[]');
  });
});

it("every other byte of a request stays as the client wrote it", () => {
  const body =
    ' {"id": 12345678901234567890, "jsonrpc":"2.0",\n"method":"tools\\/call","params":{ "n\\u0061me" : "notes__\\u0061dd" , "arguments":{"a":1.0,"b":"\\/"}}}\r\n';
  expect(requestFor("notes", body).body).toBe(body.replace('"notes__\\u0061dd"', '"add"'));
});

describe("the Mcp-Name header says what the member's body says", () => {
  it.each([
    ["tools/call", { name: "notes__add" }, "add"],
    ["tools/call", { name: "notes__é" }, "=?base64?w6k=?="],
    ["tools/call", { name: "notes__ x" }, "=?base64?IHg=?="],
    ["prompts/get", { name: "notes__ask" }, "ask"],
    ["resources/read", { uri: "docs://notes/a" }, "docs://a"],
    ["completion/complete", { ref: { type: "ref/resource", uri: "docs://notes/{a}" } }, "docs://{a}"],
    ["tasks/get", { taskId: "notes.t1" }, "t1"],
  ])("%s %j", (method, params, value) => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...request(method, params) });
    const { headers, server } = requestFor("notes", body, { "mcp-name": "as in the body", accept: "x" });
    expect(headers).toEqual(
      new Map([
        ["mcp-name", [value]],
        ["accept", ["x"]],
      ]),
    );
    expect(server).toBe("notes");
  });

  it.each([
    ["the request has none", { accept: "x" }, request("tools/call", { name: "notes__add" })],
    ["the message names nothing", { "mcp-name": "x" }, request("tools/list", {})],
    ["the name is not a text", { "mcp-name": "x" }, request("tools/call", { name: 7 })],
  ])("but is left unchanged if %s", (_, headers, message) => {
    const body = JSON.stringify({ jsonrpc: "2.0", ...message });
    expect(requestFor("notes", body, headers).headers).toEqual(
      new Map(Object.entries(headers).map(([name, value]) => [name, [value]])),
    );
  });
});

it("without a separator, the only member gets the request as it is", () => {
  const names = { members: ["notes"], separator: "" };
  const body = '{"jsonrpc":"2.0","id":"notes.1","result":{}}';
  expect(requestFor("notes", body, { "mcp-name": "x" }, names)).toEqual({
    method: "POST",
    server: "notes",
    headers: new Map([["mcp-name", ["x"]]]),
    body,
  });
});
