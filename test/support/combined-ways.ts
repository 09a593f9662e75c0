// Requests for a member of the combined endpoint, as its client would send them to the member's own URL and as one sends them to `/mcp`; and
// names that only the combined endpoint can misread. Spelled out here again, so that the tests do not depend on the code that they check.
import { FORBIDDEN_WAYS } from "./forbidden-ways.ts";
import { type McpRequest, PING, toolCall } from "./mcp-request.ts";

export type Era = "2025-11-25" | "2026-07-28";

/** A request to a member, as at the member's own URL. */
export type MemberWay = { name: string; member: string; request: McpRequest };

const request = (method: string, params: unknown): McpRequest => ({ body: { ...PING, method, params } });

/** Everything that the rules of `ruled` and `sealed` deny, in both protocol eras where a request can have either. */
export const DENIED_BY_RULES: readonly MemberWay[] = FORBIDDEN_WAYS.flatMap(([name, way, member = "ruled"]) =>
  inBothEras(name, way).map((each) => ({ ...each, member })),
);

const SCOPES: [string, McpRequest][] = [
  ["a call", { body: toolCall("send_mail") }],
  ["a call as a task", request("tools/call", { name: "send_mail", task: { ttl: 60_000 } })],
];

/** What needs more scopes than the token has. */
export const DENIED_BY_SCOPES: readonly MemberWay[] = SCOPES.flatMap(([name, way]) =>
  inBothEras(`${name} of a tool that needs scopes`, way).map((each) => ({ ...each, member: "ruled" })),
);

/** One request for each kind of name that a member's client can write. */
export const REQUESTS: readonly [name: string, request: McpRequest][] = [
  ["a call", { body: toolCall("open") }],
  ["a prompt", request("prompts/get", { name: "open" })],
  ["a resource", request("resources/read", { uri: "docs://public/a" })],
  ["a subscription", request("resources/subscribe", { uri: "docs://public/a" })],
  ["a completion of a prompt", request("completion/complete", { ref: { type: "ref/prompt", name: "open" } })],
  [
    "a completion of a template",
    request("completion/complete", { ref: { type: "ref/resource", uri: "docs://public/{path}" } }),
  ],
  [
    "a subscription of the era without sessions",
    request("subscriptions/listen", { notifications: { resourceSubscriptions: ["docs://public/a"] } }),
  ],
];

function inBothEras(name: string, way: McpRequest): Omit<MemberWay, "member">[] {
  const isMessage = way.headers === undefined && typeof way.body === "object" && !Buffer.isBuffer(way.body);
  if (!isMessage) return [{ name, request: way }];
  return [
    { name: `${name}, in a session's era`, request: inEra(way, "2025-11-25") },
    { name: `${name}, in the era without sessions`, request: inEra(way, "2026-07-28") },
  ];
}

type Message = {
  method: string;
  params?: { name?: unknown; uri?: unknown; taskId?: unknown; _meta?: object };
};

/** A request with what its revision requires. */
export function inEra(way: McpRequest, era: Era): McpRequest {
  const headers = [...(way.headers ?? []), "MCP-Protocol-Version", era];
  if (era === "2025-11-25") return { ...way, headers };
  const message = way.body as Message;
  const { name, uri, taskId } = message.params ?? {};
  const target = ["tools/call", "prompts/get", "resources/read"].includes(message.method)
    ? (name ?? uri)
    : message.method.startsWith("tasks/")
      ? taskId
      : undefined;
  const meta = {
    "io.modelcontextprotocol/protocolVersion": era,
    "io.modelcontextprotocol/clientCapabilities": {},
  };
  const body = { ...message, params: { ...message.params, _meta: { ...message.params?._meta, ...meta } } };
  return {
    ...way,
    body,
    headers: [
      ...headers,
      ...["Mcp-Method", headerValue(message.method)],
      ...(typeof target === "string" ? ["Mcp-Name", headerValue(target)] : []),
    ],
  };
}

/** The request with which a client of `/mcp` asks a member for the same. */
export function atCombined({ headers, body, ...rest }: McpRequest, member: string): McpRequest {
  return {
    ...rest,
    ...(headers && { headers: headers.map((value, at) => combinedHeader(headers, at, value, member)) }),
    body: combinedBody(body, member),
  };
}

function combinedHeader(headers: readonly string[], at: number, value: string, member: string): string {
  if (at % 2 === 0 || headers[at - 1] !== "Mcp-Name") return value;
  const encoded = /^=\?base64\?(.*)\?=$/.exec(value)?.[1];
  const text = encoded === undefined ? value : Buffer.from(encoded, "base64").toString("utf8");
  const named = /^\s*[A-Za-z]+:/.test(text) ? combinedUri(text, member) : `${member}__${text}`;
  return encoded === undefined ? named : `=?base64?${Buffer.from(named).toString("base64")}?=`;
}

function combinedBody(body: unknown, member: string): unknown {
  if (body === undefined || body === null) return body;
  if (Buffer.isBuffer(body)) {
    const isWide = body[1] === 0;
    const encoding = isWide ? "utf16le" : "utf8";
    return Buffer.from(combinedText(body.toString(encoding), member), encoding);
  }
  if (typeof body === "string") return combinedText(body, member);
  return JSON.parse(combinedText(JSON.stringify(body), member));
}

const NAMES = /(?:(?:ame|toString)"\s*:\s*\[?"|"params":\["|ACIAOgAi-)/gi;
const URIS = /(uri"\s*:\s*)("(?:[^"\\]|\\.)*")/gi;
const SUBSCRIPTIONS = /("resourceSubscriptions"\s*:\s*)(\[[^\]]*\]|"[^"]*")/g;

function combinedText(text: string, member: string): string {
  return text
    .replace(NAMES, (key) => `${key}${member}__`)
    .replace(URIS, (_, key, uri) => `${key}${JSON.stringify(combinedUri(JSON.parse(uri), member))}`)
    .replace(SUBSCRIPTIONS, (_, key, list) => {
      const uris = JSON.parse(list) as string | string[];
      const named = Array.isArray(uris)
        ? uris.map((uri) => combinedUri(uri, member))
        : combinedUri(uris, member);
      return `${key}${JSON.stringify(named)}`;
    });
}

function combinedUri(uri: string, member: string): string {
  const [scheme = ""] = /^[A-Za-z][A-Za-z0-9+.-]*:(?:\/\/)?/.exec(uri) ?? [];
  return `${scheme}${member}/${uri.slice(scheme.length)}`;
}

function headerValue(text: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(text) && !text.startsWith("=?");
  return isPlain ? text : `=?base64?${Buffer.from(text).toString("base64")}?=`;
}

const call = (name: string): [string, McpRequest] => [
  `the tool ${JSON.stringify(name)}`,
  { body: toolCall(name) },
];
const prompt = (name: string): [string, McpRequest] => [
  `the prompt ${JSON.stringify(name)}`,
  request("prompts/get", { name }),
];
const read = (uri: string): [string, McpRequest] => [
  `the resource ${JSON.stringify(uri)}`,
  request("resources/read", { uri }),
];
const complete = (ref: object): [string, McpRequest] => [
  `a completion of ${JSON.stringify(ref)}`,
  request("completion/complete", { ref, argument: { name: "path", value: "" } }),
];

/** Names that no member has at the combined endpoint, although a lax reader might find one in them. */
export const UNKNOWN_AT_COMBINED: readonly [name: string, request: McpRequest][] = [
  ...[
    "admin_delete",
    "open",
    "",
    "__",
    "__admin_delete",
    "ruled",
    "ruled_",
    "ruled_admin_delete",
    "ruled-admin_delete",
    "ruled.admin_delete",
    "ruled/admin_delete",
    "ruled:admin_delete",
    "Ruled__admin_delete",
    "RULED__ADMIN_DELETE",
    " ruled__admin_delete",
    "\ufeffruled__admin_delete",
    "\u00adruled__admin_delete",
    "ruled \u200b__admin_delete",
    "ruled\0__admin_delete",
    "ruled\uff3f\uff3fadmin_delete",
    "\uff52uled__admin_delete",
    "ruled%5F%5Fadmin_delete",
    "../ruled__admin_delete",
    "/ruled__admin_delete",
    "mcp__ruled__admin_delete",
    "/mcp__ruled__admin_delete",
    "outsider__open",
    "closed__open",
    "nobody__open",
    "sealed__sealed__open",
    "sealed__ruled__open",
    "sealed__../ruled__open",
    "sealed__",
    "constructor__open",
    "__proto____open",
  ].map(call),
  ...["secret_plan", "RULED__secret_plan", "ruled_secret_plan", "outsider__open", "sealed__open"].map(prompt),
  ...[
    "file:///private/a",
    "file://ruled",
    "file:///ruled//private/a",
    "file://RULED//private/a",
    "file://ruled%2F/private/a",
    "file://ruled:80//private/a",
    "file://user@ruled//private/a",
    "file://ruled.//private/a",
    "file://./ruled//private/a",
    "file://sealed/../ruled//private/a",
    "file://outsider//private/a",
    "file://closed//private/a",
    "file:/ruled//private/a",
    " file://ruled//private/a",
    "file ://ruled//private/a",
    "file:\\\\ruled\\private\\a",
    "//ruled//private/a",
    "ruled",
    "",
  ].map(read),
  ...[
    { type: "ref/prompt", name: "secret_plan" },
    { type: "ref/prompt", name: "outsider__open" },
    { type: "ref/resource", uri: "file:///private/{path}" },
    { type: "ref/resource", uri: "file://{member}//private/{path}" },
    { type: "ref/resource", uri: "{+all}" },
    { type: "ref/prompt" },
    {},
  ].map(complete),
];

/** Headers at the combined endpoint that contradict the body: each is denied before a member is asked. */
export const CONTRADICTIONS: readonly [name: string, headers: string[], body: object][] = [
  ["the real name of the tool", ["Mcp-Name", "open"], toolCall("ruled__open")],
  ["the tool of another member", ["Mcp-Name", "sealed__open"], toolCall("ruled__open")],
  ["an allowed tool", ["Mcp-Name", "ruled__open"], toolCall("ruled__admin_delete")],
  ["a tool that is denied", ["Mcp-Name", "ruled__admin_delete"], toolCall("ruled__open")],
  ["two tools", ["Mcp-Name", "ruled__open", "Mcp-Name", "ruled__admin_delete"], toolCall("ruled__open")],
  ["another method", ["Mcp-Method", "tools/list"], toolCall("ruled__admin_delete")],
  [
    "another revision",
    ["MCP-Protocol-Version", "2025-11-25"],
    {
      ...toolCall("ruled__open"),
      params: { name: "ruled__open", _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } },
    },
  ],
];
