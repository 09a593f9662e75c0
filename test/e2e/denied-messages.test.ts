// Denied messages of a signed-in client, and error responses for a failing upstream: exact responses on the wire.
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { closedPort } from "../support/loopback-server.ts";
import { jsonOf, type McpRequest, PING, sendMcp, toolCall } from "../support/mcp-request.ts";
import { valuesOf } from "../support/raw-http.ts";
import type { Responder } from "../support/recorder-server.ts";

let stand: GatewayStand;
let token: string;

beforeAll(async () => {
  stand = await startStand({
    gateway: {
      limits: { max_body_bytes: 2048, max_json_depth: 8 },
      allowed_origins: ["https://app.example.com"],
    },
    servers: {
      tools: {},
      stream: { get_stream: true },
      down: { url: `http://127.0.0.1:${await closedPort()}/mcp` },
      slow: { timeouts: { first_byte_ms: 200 } },
    },
  });
  token = await stand.issuer.token();
});
afterAll(() => stand?.close());
beforeEach(() => stand.recorder.reset());

const NEWER = "2025-06-18";
const nested = (levels: number) => JSON.parse(`${"[".repeat(levels)}${"]".repeat(levels)}`);
const withParams = (params: unknown) => ({ ...PING, id: 7, params });

type Denied = [name: string, request: McpRequest, status: number, code: number, reason: string, id?: unknown];

const BODIES: Denied[] = [
  ["no body", { body: null }, 400, -32700, "not_json"],
  ["text", { body: "hello" }, 400, -32700, "not_json"],
  ["JSON that breaks off", { body: '{"jsonrpc":"2.0","id":1,' }, 400, -32700, "not_json"],
  ["JSON with a comment", { body: `/* */${JSON.stringify(PING)}` }, 400, -32700, "not_json"],
  ["two JSON texts", { body: `${JSON.stringify(PING)}${JSON.stringify(PING)}` }, 400, -32700, "not_json"],
  ["a number", { body: "1" }, 400, -32600, "not_a_request"],
  ["null", { body: "null" }, 400, -32600, "not_a_request"],
  ["an empty batch", { body: "[]" }, 400, -32600, "not_a_request"],
  ["an object of another kind", { body: { hello: 1 } }, 400, -32600, "not_a_request"],
  ["JSON-RPC 1.0", { body: { ...PING, id: 7, jsonrpc: "1.0" } }, 400, -32600, "not_a_request", 7],
  [
    "a method that is not a string",
    { body: { ...PING, id: "a", method: 5 } },
    400,
    -32600,
    "not_a_request",
    "a",
  ],
  [
    "the same key twice",
    { body: '{"jsonrpc":"2.0","id":7,"method":"ping","method":"tools/call"}' },
    400,
    -32600,
    "not_a_request",
    7,
  ],
  [
    "the same key twice, once escaped",
    { body: '{"jsonrpc":"2.0","id":7,"method":"ping","\\u006dethod":"x"}' },
    400,
    -32600,
    "not_a_request",
    7,
  ],
  [
    "a key in a different case",
    { body: '{"jsonrpc":"2.0","id":7,"method":"ping","Method":"x"}' },
    400,
    -32600,
    "not_a_request",
    7,
  ],
  ["nesting of 9 levels", { body: withParams({ deep: nested(7) }) }, 400, -32600, "not_a_request", 7],
  [
    "a batch in a newer revision",
    { headers: ["MCP-Protocol-Version", NEWER], body: [PING, PING] },
    400,
    -32600,
    "batch_not_supported",
  ],
  [
    "a body of more bytes than allowed",
    { body: withParams({ text: "x".repeat(2048) }) },
    413,
    413,
    "request_too_large",
  ],
  [
    "a body that is too large for a Lambda event",
    { body: withParams({ text: "x".repeat(7_000_000) }) },
    413,
    413,
    "request_too_large",
  ],
];

const HEADERS: Denied[] = [
  ["no content type", { headers: ["Content-Type", ""] }, 415, 415, "unsupported_media_type"],
  [
    "a form",
    { headers: ["Content-Type", "application/x-www-form-urlencoded"] },
    415,
    415,
    "unsupported_media_type",
  ],
  ["plain text", { headers: ["Content-Type", "text/plain"] }, 415, 415, "unsupported_media_type"],
  ["a response as HTML", { headers: ["Accept", "text/html"] }, 406, 406, "not_acceptable"],
  ["a foreign origin", { headers: ["Origin", "https://evil.example.com"] }, 403, 403, "origin_not_allowed"],
  ["the origin null", { headers: ["Origin", "null"] }, 403, 403, "origin_not_allowed"],
  [
    "an origin that begins like an allowed one",
    { headers: ["Origin", "https://app.example.com.evil.example.com"] },
    403,
    403,
    "origin_not_allowed",
  ],
  [
    "two origins, one allowed",
    { headers: ["Origin", "https://app.example.com", "Origin", "https://evil.example.com"] },
    403,
    403,
    "origin_not_allowed",
  ],
  [
    "a method header that differs from the body",
    { headers: ["Mcp-Method", "tools/list"] },
    400,
    -32020,
    "header_mismatch",
    1,
  ],
  [
    "two method headers",
    { headers: ["Mcp-Method", "ping", "Mcp-Method", "tools/list"] },
    400,
    -32020,
    "header_mismatch",
    1,
  ],
  [
    "a name header that differs from the body",
    { headers: ["Mcp-Name", "safe"], body: toolCall("other") },
    400,
    -32020,
    "header_mismatch",
    1,
  ],
  [
    "a name header in a different case",
    { headers: ["Mcp-Name", "Safe"], body: toolCall("safe") },
    400,
    -32020,
    "header_mismatch",
    1,
  ],
  [
    "a name header for a message without a name",
    { headers: ["Mcp-Name", "safe"] },
    400,
    -32020,
    "header_mismatch",
    1,
  ],
  [
    "an encoded name that differs from the body",
    { headers: ["Mcp-Name", `=?base64?${btoa("safe")}?=`], body: toolCall("other") },
    400,
    -32020,
    "header_mismatch",
    1,
  ],
  [
    "a version that differs from the body",
    {
      headers: ["MCP-Protocol-Version", NEWER],
      body: withParams({ _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } }),
    },
    400,
    -32020,
    "header_mismatch",
    7,
  ],
  [
    "a session that was never issued",
    { headers: ["Mcp-Session-Id", "invented"] },
    404,
    404,
    "session_unknown",
    1,
  ],
];

const METHODS: Denied[] = [
  ["GET where the server opens no stream", { method: "GET", body: null }, 405, 405, "method_not_allowed"],
  ["PUT", { method: "PUT" }, 405, 405, "method_not_allowed"],
  ["PATCH", { method: "PATCH" }, 405, 405, "method_not_allowed"],
  [
    "a method by X-HTTP-Method-Override",
    { headers: ["X-HTTP-Method-Override", "PUT"] },
    405,
    405,
    "method_not_allowed",
  ],
];

describe("the gateway", () => {
  it.each([...BODIES, ...HEADERS, ...METHODS])(
    "denies %s",
    async (_name, request, status, code, reason, id = null) => {
      const response = await sendMcp(stand.endpoint("tools"), { token, ...request });
      expect(response.status).toBe(status);
      expect(valuesOf(response, "Content-Type")).toEqual(["application/json"]);
      expect(jsonOf(response)).toEqual({
        jsonrpc: "2.0",
        id,
        error: {
          code,
          message: expect.stringMatching(/\.$/),
          data: { reason, request_id: expect.stringMatching(/^[0-9a-f-]{36}$/) },
        },
      });
      expect(stand.recorder.requests).toEqual([]);
    },
  );

  it("lists the allowed methods", async () => {
    const get = await sendMcp(stand.endpoint("tools"), { token, method: "GET", body: null });
    const put = await sendMcp(stand.endpoint("stream"), { token, method: "PUT" });
    expect([valuesOf(get, "Allow"), valuesOf(put, "Allow")]).toEqual([
      ["POST, DELETE"],
      ["POST, GET, DELETE"],
    ]);
  });

  it("denies a GET that does not accept an event stream", async () => {
    const headers = ["Accept", "application/json"];
    const response = await sendMcp(stand.endpoint("stream"), { token, method: "GET", body: null, headers });
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([406, "not_acceptable"]);
    expect(stand.recorder.requests).toEqual([]);
  });
});

describe("the gateway, for unusual but valid messages,", () => {
  const ALLOWED: [name: string, request: McpRequest][] = [
    ["a body of exactly 2048 bytes", { body: JSON.stringify(PING).padEnd(2048) }],
    ["nesting of 8 levels", { body: withParams({ deep: nested(6) }) }],
    [
      "a batch in 2025-03-26",
      { headers: ["MCP-Protocol-Version", "2025-03-26"], body: [PING, { ...PING, id: 2 }] },
    ],
    ["a content type with a charset", { headers: ["Content-Type", "Application/JSON; charset=utf-8"] }],
    ["an allowed origin", { headers: ["Origin", "https://app.example.com"] }],
    [
      "an encoded name header that matches",
      {
        headers: ["Mcp-Name", `=?base64?${Buffer.from("größe").toString("base64")}?=`],
        body: toolCall("größe"),
      },
    ],
    ["an unknown method", { body: { ...PING, method: "vendor/unknown", params: { any: [1, null] } } }],
    ["a notification", { body: { jsonrpc: "2.0", method: "notifications/initialized" } }],
  ];

  it.each(ALLOWED)("forwards %s", async (_name, request) => {
    stand.recorder.respondWith((response) => response.writeHead(202).end());
    const response = await sendMcp(stand.endpoint("tools"), { token, ...request });
    expect([response.status, response.body, stand.recorder.requests.length]).toEqual([202, "", 1]);
  });
});

describe("the gateway, for an upstream that fails,", () => {
  const FAILING: [name: string, responder: Responder, status: number, reason: string][] = [
    [
      "redirects",
      (response) => response.writeHead(307, { location: stand.recorder.url }).end(),
      502,
      "downstream_invalid_response",
    ],
    [
      "requires the gateway to sign in",
      (response) => response.writeHead(401, { "www-authenticate": 'Bearer realm="inner"' }).end(),
      502,
      "downstream_unauthorized",
    ],
    [
      "compresses although this was not accepted",
      (response) => response.writeHead(200, { "content-encoding": "gzip" }).end("x"),
      502,
      "downstream_invalid_response",
    ],
    ["closes the connection", (response) => response.socket?.destroy(), 502, "downstream_unreachable"],
  ];

  it.each(FAILING)("sends an error response if it %s", async (_name, responder, status, reason) => {
    stand.recorder.respondWith(responder);
    const response = await sendMcp(stand.endpoint("tools"), { token });
    expect(response.status).toBe(status);
    expect(jsonOf(response)).toMatchObject({
      jsonrpc: "2.0",
      id: 1,
      error: { code: status, data: { reason } },
    });
    expect(JSON.stringify(response)).not.toMatch(/inner|127\.0\.0\.1:\d+\/mcp/);
    expect(stand.recorder.requests).toHaveLength(1);
  });

  it("responds with 502 if it is down", async () => {
    const response = await sendMcp(stand.endpoint("down"), { token });
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([502, "downstream_unreachable"]);
    expect(jsonOf(response)).toMatchObject({ id: 1, error: { code: 502 } });
  });

  it("responds with 504 if it does not respond in time", async () => {
    stand.recorder.respondWith(() => {});
    const response = await sendMcp(stand.endpoint("slow"), { token });
    expect([response.status, jsonOf(response).error.data.reason]).toEqual([504, "downstream_timeout"]);
    expect(jsonOf(response)).toMatchObject({ id: 1, error: { code: 504 } });
  });

  it.each([400, 403, 404, 429, 500, 503])("relays its own response with status %d", async (status) => {
    const body = '{"jsonrpc":"2.0","id":1,"error":{"code":-32000,"message":"own words"}}';
    stand.recorder.respondWith((response) =>
      response.writeHead(status, { "content-type": "application/json" }).end(body),
    );
    const response = await sendMcp(stand.endpoint("tools"), { token });
    expect([response.status, response.body]).toEqual([status, body]);
  });
});
