// Ways in which a client might reach a tool, prompt or resource that the rules of test/e2e/access-rules.test.ts keep from it: the
// tools admin_*, the prompts secret*, the resources file:///private/*; at the server `sealed` everything but the tool `open`.
import { type McpRequest, PING, toolCall } from "./mcp-request.ts";

export type ForbiddenWay = readonly [name: string, request: McpRequest, server?: "ruled" | "sealed"];

const TOOL = "admin_delete";
const CALL = JSON.stringify(toolCall(TOOL));
const SAFE = JSON.stringify(toolCall("open"));

const request = (method: string, params: unknown): McpRequest => ({ body: { ...PING, method, params } });
const raw = (body: string | Buffer, headers: string[] = []): McpRequest => ({ body, headers });
const params = (text: string) => raw(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":${text}}`);
const charset = (name: string) => ["Content-Type", `application/json; charset=${name}`];
const UTF_7 =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"open","x":"+ACIALAAi-name+ACIAOgAi-admin_delete"}}';
const base64 = (name: string) => `=?base64?${Buffer.from(name).toString("base64")}?=`;

const SPELLINGS: ForbiddenWay[] = [
  ["by its name", raw(CALL)],
  ["as a notification", raw('{"jsonrpc":"2.0","method":"tools/call","params":{"name":"admin_delete"}}')],
  ["with a string for an id", { body: toolCall(TOOL, "x") }],
  ["with a space before", { body: toolCall(` ${TOOL}`) }],
  ["with a space behind", { body: toolCall(`${TOOL} `) }],
  ["with a tab", { body: toolCall(`\t${TOOL}`) }],
  ["with a line break", { body: toolCall(`${TOOL}\n`) }],
  ["with a NUL", { body: toolCall(`${TOOL}\0`) }],
  ["with a no-break space", { body: toolCall(`\u00a0${TOOL}`) }],
  ["with a byte order mark in the name", { body: toolCall(`\ufeff${TOOL}`) }],
  ["with U+0085 behind", { body: toolCall(`${TOOL}\u0085`) }],
  ["with a zero-width space", { body: toolCall("admin\u200b_delete") }],
  ["with a soft hyphen before", { body: toolCall(`\u00ad${TOOL}`) }],
  ["with a variation selector", { body: toolCall(`a\ufe0f${TOOL.slice(1)}`) }],
  ["with a lone surrogate", params('{"name":"\\ud800admin_delete"}')],
  ["in upper case", { body: toolCall("ADMIN_DELETE") }, "sealed"],
  ["in mixed case", { body: toolCall("Admin_Delete") }, "sealed"],
  ["in full width letters", { body: toolCall("ａｄｍｉｎ_delete") }, "sealed"],
  ["with a Cyrillic letter", { body: toolCall("аdmin_delete") }, "sealed"],
  ["with the allowed name in upper case", { body: toolCall("OPEN") }, "sealed"],
  ["under a path", { body: toolCall("open/../admin_delete") }, "sealed"],
  ["percent-encoded", { body: toolCall("admin%5Fdelete") }, "sealed"],
  ["with escapes in the value", params('{"name":"\\u0061dmin\\u005fdelete"}')],
];

const STRUCTURE: ForbiddenWay[] = [
  ["by a second name", params('{"name":"open","name":"admin_delete"}')],
  ["by a first name", params('{"name":"admin_delete","name":"open"}')],
  ["by an escaped key beside the plain one", params('{"name":"open","n\\u0061me":"admin_delete"}')],
  ["by an escaped key alone", params('{"\\u006eame":"admin_delete"}')],
  ["by Name beside name", params('{"name":"open","Name":"admin_delete"}')],
  ["by NAME alone", params('{"NAME":"admin_delete"}')],
  [
    "by a name with a long s",
    raw(
      '{"jsonrpc":"2.0","id":1,"method":"tools/call","param\u017f":{"name":"admin_delete"},"params":{"name":"open"}}',
    ),
  ],
  ["by second params", raw(`${SAFE.slice(0, -1)},"params":{"name":"admin_delete"}}`)],
  ["by Params beside params", raw(`${SAFE.slice(0, -1)},"Params":{"name":"admin_delete"}}`)],
  [
    "by a second method",
    raw(`{"jsonrpc":"2.0","id":1,"method":"ping","method":"tools/call","params":{"name":"admin_delete"}}`),
  ],
  [
    "by Method beside method",
    raw(`{"jsonrpc":"2.0","id":1,"method":"ping","Method":"tools/call","params":{"name":"admin_delete"}}`),
  ],
  ["by a name in a list", params('{"name":["admin_delete"]}')],
  ["by a name in an object", params('{"name":{"toString":"admin_delete"}}')],
  ["by params in a list", params('["admin_delete"]')],
  ["by __proto__", params('{"__proto__":{"name":"admin_delete"}}')],
  ["without a name", params("{}")],
  ["without params", raw('{"jsonrpc":"2.0","id":1,"method":"tools/call"}')],
  ["as a task", params('{"name":"admin_delete","task":{"ttl":60000}}')],
  ["by a method that begins like tools/", request("tools/run", { name: TOOL })],
  ["by a method in other case", request("Tools/Call", { name: TOOL })],
  ["by a method with a space", request(" tools/call", { name: TOOL })],
  ["in a batch", raw(`[${JSON.stringify(PING)},${CALL}]`, ["MCP-Protocol-Version", "2025-03-26"])],
  ["in a batch without a version", raw(`[${SAFE},${CALL}]`)],
  ["in a batch of a newer revision", raw(`[${CALL}]`, ["MCP-Protocol-Version", "2025-11-25"])],
  ["in a batch within a batch", raw(`[[${CALL}]]`)],
  ["on the second line", raw(`${SAFE}\n${CALL}`)],
  ["behind a byte order mark", raw(`\ufeff${CALL}`)],
  ["in UTF-16", raw(Buffer.from(CALL, "utf16le"))],
  ["in UTF-16 with a charset", raw(Buffer.from(CALL, "utf16le"), charset("utf-16le"))],
  ["in UTF-7", raw(UTF_7, charset("utf-7"))],
  ["in UTF-7 after another charset", raw(UTF_7, charset("utf-8; charset=utf-7"))],
  ["by a method with a long s", request("tool\u017f/call", { name: TOOL })],
  ["by a method with U+0085", request("tools/call\u0085", { name: TOOL })],
  ["by a method with a byte order mark", request("\ufefftools/call", { name: TOOL })],
  ["by an unknown method", request("vendor/run", { name: TOOL })],
];

const HEADERS: ForbiddenWay[] = [
  ["while the name header says another", raw(CALL, ["Mcp-Name", "open"])],
  ["while the method header says another", raw(CALL, ["Mcp-Method", "tools/list"])],
  ["with headers that agree", raw(CALL, ["Mcp-Method", "tools/call", "Mcp-Name", TOOL])],
  ["with a name header in base64 that agrees", raw(CALL, ["Mcp-Name", base64(TOOL)])],
  ["by the name header alone", raw(SAFE, ["Mcp-Name", TOOL])],
  ["by the name header in base64 alone", raw(SAFE, ["Mcp-Name", base64(TOOL)])],
  ["by a second name header", raw(SAFE, ["Mcp-Name", "open", "Mcp-Name", TOOL])],
  ["by the method header alone", raw(JSON.stringify(PING), ["Mcp-Method", "tools/call", "Mcp-Name", TOOL])],
];

const uri = (spelling: string): ForbiddenWay => [
  `as ${spelling}`,
  request("resources/read", { uri: spelling }),
];

const RESOURCES: ForbiddenWay[] = [
  uri("file:///private/a"),
  uri("FILE:///private/a"),
  uri("file://localhost/private/a"),
  uri("file:/private/a"),
  uri("file:///%70rivate/a"),
  uri("file:///%2570rivate/a"),
  uri("file:///public/../private/a"),
  uri("file:///public/%2e%2e/private/a"),
  uri("file:///public/..%2Fprivate/a"),
  uri("file:///./private/a"),
  uri("file:////private/a"),
  uri("file:///private//a"),
  uri("file:///public//../private/a"),
  uri("file:///%70rivate/a#%zz"),
  uri(`file:///%${"25".repeat(40)}70rivate/a`),
  uri("file:///public\\..\\private\\a"),
  uri(" file:///private/a"),
  uri("file:///pri\tvate/a"),
  uri("file:///private/a?x#y"),
  uri("file:///private/a?x"),
  uri("file:///private/a/"),
  uri("file:///public/..;/private/a"),
  uri("file:///public/.%20./private/a"),
  uri("file:///public/%EF%BC%8E%EF%BC%8E/private/a"),
  uri("docs://public/../private/a"),
  uri("docs://./private/a"),
  ["by subscribing", request("resources/subscribe", { uri: "file:///private/a" })],
  ["by unsubscribing", request("resources/unsubscribe", { uri: "file:///private/a" })],
  [
    "by listening",
    request("subscriptions/listen", {
      notifications: { resourceSubscriptions: ["file:///open", "file:///private/a"] },
    }),
  ],
  [
    "by listening to what is not a list",
    request("subscriptions/listen", { notifications: { resourceSubscriptions: "file:///private/a" } }),
  ],
  [
    "by subscribing under a name",
    request("resources/subscribe", { uri: "file:///private/a", name: "harmless" }),
  ],
  [
    "by completing it with a separator in the variable",
    request("completion/complete", { ref: { type: "ref/resource", uri: "file:///private{/path}" } }),
  ],
  [
    "by completing it",
    request("completion/complete", {
      ref: { type: "ref/resource", uri: "file:///private/{path}" },
      argument: { name: "path", value: "" },
    }),
  ],
  [
    "by a reference with Uri",
    request("completion/complete", {
      ref: { type: "ref/resource", uri: "file:///open", Uri: "file:///private/a" },
    }),
  ],
];

const PROMPTS: ForbiddenWay[] = [
  ["by its name", request("prompts/get", { name: "secret_plan" })],
  [
    "by completing it",
    request("completion/complete", {
      ref: { type: "ref/prompt", name: "secret_plan" },
      argument: { name: "a", value: "" },
    }),
  ],
  [
    "by a reference of another type",
    request("completion/complete", { ref: { type: "ref/x", name: "secret_plan" } }),
  ],
  ["by a reference without a type", request("completion/complete", { ref: { name: "secret_plan" } })],
];

/** All of them, by target. */
export const FORBIDDEN_WAYS: readonly ForbiddenWay[] = [
  ...[...SPELLINGS, ...STRUCTURE, ...HEADERS].map(
    ([name, ...rest]): ForbiddenWay => [`tool ${name}`, ...rest],
  ),
  ...RESOURCES.map(([name, ...rest]): ForbiddenWay => [`resource ${name}`, ...rest]),
  ...PROMPTS.map(([name, ...rest]): ForbiddenWay => [`prompt ${name}`, ...rest]),
];
