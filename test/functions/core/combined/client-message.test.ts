import { describe, expect, it } from "vitest";
import { messageTranslator, streamTranslator } from "../../../../functions/core/combined/client-message.ts";

const NAMES = { members: ["notes", "reports"], separator: "__" };
const RELATED = "io.modelcontextprotocol/related-task";

const translated = messageTranslator("notes", NAMES);
const translatedJson = (message: unknown) => {
  const text = translated(JSON.stringify(message));
  return text === undefined ? undefined : JSON.parse(text);
};
const response = (result: object) => ({ jsonrpc: "2.0", id: 1, result });
const notification = (method: string, params: object) => ({ jsonrpc: "2.0", method, params });

type Both = { name: string; uri: string; ui: string; template: string; id: string | number; opaque: string };
const AS_SENT: Both = {
  name: "add",
  uri: "docs://public/a",
  ui: "ui://widget/x",
  template: "docs://{a}",
  id: 7,
  opaque: "t1",
};
const FOR_CLIENTS: Both = {
  name: "notes__add",
  uri: "docs://notes/public/a",
  ui: "ui://notes/widget/x",
  template: "docs://notes/{a}",
  id: "notes.7",
  opaque: "notes.t1",
};

const blocks = ({ uri, ui }: Both) => [
  { type: "text", text: "docs://public/a", uri: "docs://public/a", name: "add" },
  { type: "resource_link", name: "add", uri, title: "docs://public/a", _meta: { ui: { resourceUri: ui } } },
  { type: "resource", resource: { uri, text: '{"uri":"docs://public/a"}' } },
  { uri, type: "resource_link" },
  { resource: { uri: ui, blob: "" }, type: "resource", _meta: { ui: { resourceUri: ui, uri: "x://y" } } },
  { type: "vendor", uri: "https://example.com/", resource: "docs://public/a", content: "x" },
];
const sampling = (both: Both) => ({
  messages: [
    { role: "user", content: blocks(both)[1] },
    {
      role: "user",
      content: [
        { type: "tool_use", id: "u1", name: "add", input: { uri: "docs://public/a" } },
        { type: "tool_result", toolUseId: "u1", content: blocks(both), structuredContent: { uri: "x://y" } },
      ],
    },
  ],
  tools: [{ name: "add", inputSchema: {} }],
  toolChoice: { name: "add" },
});
const inputRequests = (both: Both) => ({
  name: { method: "sampling/createMessage", params: sampling(both) },
  uri: { method: "elicitation/create", params: { mode: "url", url: "https://example.com/", message: "x" } },
  roots: { method: "roots/list" },
});
const task = ({ opaque }: Both) => ({ taskId: opaque, status: "working", createdAt: "2026-01-01T00:00:00Z" });

describe("a client gets a member's names, URIs and ids with the member's name in them in", () => {
  it.each<[string, (both: Both) => object]>([
    [
      "a list of tools",
      ({ name, ui }) =>
        response({
          tools: [
            {
              name,
              title: "add",
              description: "add",
              inputSchema: { type: "object", properties: { name: { type: "string" }, uri: {} } },
              annotations: { title: "add" },
              _meta: { ui: { resourceUri: ui, visibility: ["model"] }, name: "add" },
            },
            { name, _meta: { "ui/resourceUri": ui, "openai/outputTemplate": ui } },
          ],
          nextCursor: "docs://public/a",
        }),
    ],
    [
      "a list of prompts",
      ({ name }) => response({ prompts: [{ name, arguments: [{ name: "add", required: true }] }] }),
    ],
    [
      "a list of resources",
      ({ uri, ui }) =>
        response({
          resources: [
            { uri, name: "add", icons: [{ src: "https://example.com/" }] },
            { name: "x", uri: ui },
          ],
        }),
    ],
    [
      "a list of templates",
      ({ template }) => response({ resourceTemplates: [{ uriTemplate: template, name: "add" }] }),
    ],
    [
      "the contents of a resource",
      ({ uri }) =>
        response({
          contents: [
            { uri, text: '"uri"', mimeType: "x" },
            { uri, blob: "" },
          ],
        }),
    ],
    [
      "a tool's result",
      (both) =>
        response({
          content: blocks(both),
          structuredContent: {
            name: "add",
            uri: "docs://public/a",
            content: [{ type: "resource_link", uri: "x" }],
          },
          _meta: { ui: { resourceUri: both.ui } },
        }),
    ],
    ["a tool's result with one block", (both) => response({ content: blocks(both)[1] as object })],
    [
      "the messages of a prompt",
      (both) => response({ messages: [{ role: "user", content: blocks(both)[2] }] }),
    ],
    [
      "a result that needs input",
      (both) => response({ resultType: "input_required", inputRequests: inputRequests(both) }),
    ],
    [
      "a request for sampling",
      (both) => ({ ...notification("sampling/createMessage", sampling(both)), id: both.id }),
    ],
    [
      "a request for elicitation",
      ({ id, opaque }) => ({
        id,
        ...notification("elicitation/create", {
          elicitationId: opaque,
          url: "https://example.com/t1",
          message: "t1",
        }),
      }),
    ],
    [
      "the end of an elicitation",
      ({ opaque }) => notification("notifications/elicitation/complete", { elicitationId: opaque }),
    ],
    [
      "an error that asks for elicitation",
      ({ opaque }) => ({
        jsonrpc: "2.0",
        id: 1,
        error: { code: -32042, message: "x", data: { elicitations: [{ elicitationId: opaque, url: "x" }] } },
      }),
    ],
    [
      "a request with a progress token",
      ({ id }) => ({ ...notification("roots/list", { _meta: { progressToken: id } }), id }),
    ],
    [
      "a request that the gateway does not know",
      ({ id }) => ({ ...notification("vendor/ask", { uri: "x://y", id: 7 }), id }),
    ],
    [
      "the cancellation of a request",
      ({ id }) => notification("notifications/cancelled", { requestId: id, reason: "7" }),
    ],
    [
      "an updated resource",
      ({ uri }) => notification("notifications/resources/updated", { uri, title: "x" }),
    ],
    [
      "the acknowledgement of a subscription",
      ({ uri, opaque }) =>
        notification("notifications/subscriptions/acknowledged", {
          notifications: { toolsListChanged: true, resourceSubscriptions: [uri, uri], taskIds: [opaque] },
          _meta: { "io.modelcontextprotocol/subscriptionId": 7 },
        }),
    ],
    ["a new task of 2025-11-25", (both) => response({ task: task(both) })],
    ["a new task of 2026-07-28", (both) => response({ resultType: "task", ...task(both) })],
    ["the list of tasks", (both) => response({ tasks: [task(both), task(both)] })],
    [
      "a task that is complete",
      (both) =>
        response({
          ...task(both),
          result: { content: blocks(both), _meta: { [RELATED]: { taskId: both.opaque } } },
        }),
    ],
    ["a task that needs input", (both) => response({ ...task(both), inputRequests: inputRequests(both) })],
    [
      "a notification about a task of 2025-11-25",
      (both) => notification("notifications/tasks/status", task(both)),
    ],
    [
      "a notification about a task of 2026-07-28",
      (both) =>
        notification("notifications/tasks", {
          ...task(both),
          inputRequests: inputRequests(both),
          result: { content: blocks(both) },
        }),
    ],
    ["a related task", ({ opaque }) => response({ content: [], _meta: { [RELATED]: { taskId: opaque } } })],
  ])("%s", (_, message) => {
    expect(translatedJson(message(AS_SENT))).toEqual(message(FOR_CLIENTS));
    const batch = [message(AS_SENT), response({}), message(AS_SENT)];
    expect(translatedJson(batch)).toEqual([message(FOR_CLIENTS), response({}), message(FOR_CLIENTS)]);
  });
});

describe("a client gets unchanged", () => {
  it.each([
    response({}),
    response({ content: [{ type: "text", text: "add" }], isError: false }),
    response({
      content: [{ type: "text", text: '{"name":"add"}', _meta: null }, null, 7, "x", { type: 7, uri: "x" }],
    }),
    response({ completion: { values: ["docs://public/a"] } }),
    response({ capabilities: { tools: {}, resources: { subscribe: true } }, serverInfo: { name: "x" } }),
    response({ tools: null, prompts: {}, resources: "docs://a", contents: 7, messages: [null, "x"] }),
    response({ tools: [{ name: 7 }, { title: "x" }, null, ["x"]], _meta: { ui: "ui://x", name: "y" } }),
    { jsonrpc: "2.0", id: 1, error: { code: -32002, message: "docs://a", data: { uri: "docs://a" } } },
    { jsonrpc: "2.0", id: 1, error: { code: -32002, message: "x", data: "elicitationId" } },
    notification("notifications/progress", { progressToken: 7, progress: 1 }),
    notification("notifications/message", { level: "info", data: { uri: "docs://a", name: "x" } }),
    notification("notifications/tools/list_changed", {}),
    notification("notifications/vendor", { uri: "docs://a", requestId: 7 }),
    { jsonrpc: "2.0", method: "notifications/resources/updated" },
    { jsonrpc: "2.0", method: "ping", id: null },
    { jsonrpc: "2.0", method: "ping", id: { a: 1 } },
    { jsonrpc: "2.0", id: 1, method: null, result: {} },
    { name: "x", uri: "y" },
    "name",
    7,
    null,
    [[], "name"].slice(1),
  ])("%j", (message) => {
    const text = JSON.stringify(message);
    expect(translated(text)).toBe(text);
  });

  it.each([
    "",
    " \r\n",
    "\uFEFF",
    ": ping",
    "not JSON",
    '{"id":1,"id":2,"result":{}}',
    '{"result":{"content":[NaN]}}',
  ])("a text without a place for names: %j", (text) => {
    expect(translated(text)).toBe(text);
  });

  it("a request of a task of the client's own, apart from its id", () => {
    expect(translatedJson({ ...notification("tasks/get", { taskId: "own" }), id: 7 })).toEqual({
      ...notification("tasks/get", { taskId: "own" }),
      id: "notes.7",
    });
  });

  it("everything without a separator", () => {
    const text = '{"result":{"tools":[{"name":"add","name":"sub"}]}}';
    const sole = { members: ["notes"], separator: "" };
    expect(messageTranslator("notes", sole)(text)).toBe(text);
    expect(streamTranslator("notes", sole, "g", () => undefined)(text)).toBe(text);
  });
});

it("every other byte of a message stays as the member wrote it", () => {
  const text =
    '\uFEFF {"result" : {"t\\u006fols":[ {"d":1.0,"n\\u0061me":"\\u0061dd" , "x":"\\/\\u00e9"},\n{"name":"b"}],"n":12345678901234567890}}\r\n\0';
  expect(translated(text)).toBe(text.replace('"\\u0061dd"', '"notes__add"').replace('"b"', '"notes__b"'));
});

describe("the id of a member's request keeps its digits and its type", () => {
  it.each([
    ["9007199254740993", '"notes.9007199254740993"'],
    ["1.0", '"notes.1.0"'],
    ["1e400", '"notes.1e400"'],
    ['"7"', '"notes.\\"7\\""'],
    ['"a\\u0062"', '"notes.\\"a\\\\u0062\\""'],
  ])("%s", (id, forClients) => {
    const text = (value: string) =>
      `{"params":{"_meta":{"progressToken":${value}}},"id":${value},"jsonrpc":"2.0","method":"roots/list"}`;
    expect(translated(text(id))).toBe(text(forClients));
    const cancelled = (value: string) =>
      `{"params":{"requestId":${value}},"method":"notifications/cancelled"}`;
    expect(translated(cancelled(id))).toBe(cancelled(forClients));
  });
});

it("a message with NaN or Infinity is translated too", () => {
  expect(translated('{"result":{"tools":[{"name":"add","n":NaN,"m":-Infinity}]}}')).toBe(
    '{"result":{"tools":[{"name":"notes__add","n":NaN,"m":-Infinity}]}}',
  );
});

describe("a message is not relayed if readers might find a name in it that is not translated:", () => {
  it.each([
    ["text that is not JSON", '{"result":{"tools":[{"name":"add"}]}'],
    ["something behind the message", '{"result":{"tools":[{"name":"add"}]}}}'],
    ["single quotes", `{'result':{'tools':[{"name":"add"}]}}`],
    ["a repeated name", '{"result":{"tools":[{"name":"add","n\\u0061me":"sub"}]}}'],
    ["a repeated list", '{"result":{"tools":[],"tools":[{"name":"add"}]}}'],
    ["a repeated result", '{"result":{"tools":[]},"result":{}}'],
    ["a repeated method", '{"method":"notifications/progress","method":"notifications/resources/updated"}'],
    ["a repeated id", '{"method":"ping","id":1,"id":2}'],
    [
      "a repeated type of a block",
      '{"result":{"content":[{"type":"text","type":"resource_link","uri":"a:b"}]}}',
    ],
    ["a misspelled name", '{"result":{"tools":[{"Name":"add"}]}}'],
    ["a misspelled URI", '{"result":{"resources":[{"URI":"a:b","name":"x"}]}}'],
    ["a misspelled URI of a block", '{"result":{"content":[{"type":"resource_link","Uri":"a:b"}]}}'],
    [
      "a misspelled URI of a resource",
      '{"result":{"content":[{"type":"resource","resource":{"Uri":"a:b"}}]}}',
    ],
    ["a misspelled URI of an update", '{"method":"notifications/resources/updated","params":{"Uri":"a:b"}}'],
    ["a misspelled list", '{"result":{"Tools":[{"name":"add"}]}}'],
    ["a misspelled method", '{"Method":"notifications/resources/updated","params":{"uri":"a:b"}}'],
    ["a list written as an object", '{"result":{"tools":{"0":{"name":"add"}}}}'],
    ["a batch in a batch", '[[{"result":{"tools":[{"name":"add"}]}}]]'],
    ["half a message without names", '{"result":{"content":[NaN'],
    ["a second message behind one without names", '{"result":{},"id":5}{"result":{},"id":6}'],
    ["a character that ends a line for some readers, in what is not JSON", 'a\u2028data: {"id":6}'],
  ])("%s", (_, text) => {
    expect(translated(text)).toBeUndefined();
  });
});
