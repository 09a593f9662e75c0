// A list is filtered as its readers read it, or it does not reach them. Through the proxy, with a real server behind it.
import type { ServerResponse } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { proxyTo } from "../support/proxy-under-test.ts";

const PRO = { required_claims: { tier: { values: "pro" } } };
const RULES = {
  tool_authorization: { "delete*": PRO },
  resource_authorization: { "file:///private/*": PRO },
  get_stream: true,
};

let downstream: LoopbackServer;
let respond: (response: ServerResponse) => void;
beforeAll(async () => {
  downstream = await startHttp((_, response) => respond(response));
});
afterAll(() => downstream?.close());

const request = (method: string, id: unknown = 7) =>
  `{"jsonrpc":"2.0","id":${id},"method":"${method}","params":{"name":"add"}}`;

const respondWith = (type: string | undefined, body: string | Buffer, status = 200) => {
  respond = (response) =>
    response.writeHead(status, type === undefined ? {} : { "content-type": type }).end(body);
};

const send = (method = "tools/list", id: unknown = 7) =>
  proxyTo(downstream.url, { tools: RULES }).send({ body: request(method, id) });

const list = (hidden: string, more = "") =>
  `{"jsonrpc":"2.0","id":7,"result":{"tools":[{"name":"add","inputSchema":{"default":9223372036854775807}},${hidden}]${more}}}`;
const HIDDEN = '{"name":"delete_all"}';
const FILTERED = list("").replace("},]", "}]");

describe("Python's json.dumps writes NaN (CPython's json, allow_nan), and a reader that accepts NaN must not see more", () => {
  it.each(["NaN", "Infinity", "-Infinity"])("filters a list with %s and keeps the value", async (number) => {
    for (const [type, before, after] of [
      ["application/json", "", ""],
      ["text/event-stream", "data: ", "\n\n"],
    ] as const) {
      const text = list(`{"name":"b","x":${number}},${HIDDEN}`);
      respondWith(type, before + text + after);
      expect((await send()).body).toBe(before + text.replace(`,${HIDDEN}`, "") + after);
    }
  });
});

describe("the Content-Type that servers send", () => {
  it.each([
    "text/event-stream, text/event-stream",
    "text/event-stream;charset=utf-8;",
    "Text/Event-Stream",
    "application/json",
    undefined,
  ])("does not prevent an event stream from being filtered and labeled as one: %s", async (type) => {
    respondWith(type, `event: message\ndata: ${list(HIDDEN)}\n\n`);
    expect(await send()).toMatchObject({
      headers: { "content-type": "text/event-stream" },
      body: `event: message\ndata: ${FILTERED}\n\n`,
    });
  });

  it.each(["application/json;charset=utf-8;", "text/event-stream", "text/html", undefined])(
    "does not prevent JSON from being filtered and labeled as JSON: %s",
    async (type) => {
      respondWith(type, `\ufeff${list(HIDDEN)}\r\n`);
      expect(await send()).toMatchObject({
        headers: { "content-type": "application/json" },
        body: `\ufeff${FILTERED}\r\n`,
      });
    },
  );
});

describe("encode/httpx#2422: Python's splitlines ends lines that the event stream standard does not end", () => {
  it.each(["\v", "\x1c", "\u0085", "\u2028"])("a comment with %j contains no list", async (end) => {
    for (const method of ["tools/list", "tools/call"]) {
      respondWith("text/event-stream", `: x${end}data: ${list(HIDDEN)}\n\n`);
      const { body } = await send(method);
      expect(body).toContain('"error":{"code":502,');
      expect(body).not.toContain("delete");
    }
  });
});

describe("Python's json.loads decodes UTF-16 automatically", () => {
  it.each([
    ["little-endian", Buffer.from(list(HIDDEN), "utf16le")],
    ["with a byte order mark", Buffer.from(`\ufeff${list(HIDDEN)}`, "utf16le")],
    ["big-endian", Buffer.from(list(HIDDEN), "utf16le").swap16()],
  ])("aborts a response to a call that is a list in UTF-16, %s", async (_, body) => {
    respondWith("application/json", body);
    const { stream, done } = proxyTo(downstream.url, { tools: RULES }).begin({ body: request("tools/call") });
    await expect(done).rejects.toThrow("a list in a response");
    expect(stream.bytes.toString("latin1")).not.toContain("d\0e\0l");
  });
});

describe("readers that parse differently (class of bug: first key or last key, case, a second value)", () => {
  it.each<[string, string | Buffer]>([
    ["two lists", list(HIDDEN, `,"tools":[]`)],
    ["a list in another case", list("1").replace("]", `],"Tools":[${HIDDEN}]`)],
    ["two results", list(HIDDEN).replace('"id"', '"result":{},"id"')],
    ["two values", `{"jsonrpc":"2.0","id":7,"result":{}}${list(HIDDEN)}`],
    ["two names", list('{"name":"add","name":"delete_all"}')],
    ["a Name beside a name", list('{"name":"add","Name":"delete_all"}')],
    ["half a list", list(HIDDEN).slice(0, -2)],
    ["bytes that are no UTF-8", Buffer.concat([Buffer.from(list(HIDDEN)), Buffer.from([0xff])])],
    ["UTF-16", Buffer.from(list(HIDDEN), "utf16le")],
    ["a page", "<html>delete_all</html>"],
  ])("%s: 502 for JSON, an error instead of the event in a stream", async (_, body) => {
    respondWith("application/json", body);
    const whole = await send("tools/list", "9007199254740993");
    expect(whole).toMatchObject({ status: 502, audit: { reason: "downstream_invalid_response" } });
    expect(whole.body).toContain('"id":9007199254740993,');
    expect(whole.body).not.toContain("delete");
    respondWith(
      "text/event-stream",
      Buffer.concat([Buffer.from(": hi\n\nid: e\ndata: "), Buffer.from(body), Buffer.from("\n\n")]),
    );
    const event = await send();
    expect(event).toMatchObject({
      status: 200,
      audit: { cause: expect.stringContaining("unreadable event of") },
    });
    expect(event.body).toMatch(/^: hi\n\nid: [\w-]+\ndata: \{"jsonrpc":"2.0","id":7,"error":\{"code":502,/);
    expect(event.body).not.toContain("delete");
  });

  it("filters the lists of a GET stream", async () => {
    respondWith("text/event-stream", `event: message\ndata: ${list(HIDDEN)}\n\n`);
    const proxy = proxyTo(downstream.url, { tools: { ...RULES, get_stream: true } });
    const headers = { Accept: "text/event-stream" };
    expect((await proxy.send({ method: "GET", body: "", headers })).body).toBe(
      `event: message\ndata: ${FILTERED}\n\n`,
    );
  });
});

describe("two requests with the same id (MCP TypeScript SDK: a session's responses are matched by request id)", () => {
  it.each([
    ["application/json", "", ""],
    ["text/event-stream", "data: ", "\n\n"],
  ])("filters a list that arrives as the response to a call: %s", async (type, before, after) => {
    respondWith(type, before + list(HIDDEN) + after);
    expect((await send("tools/call")).body).toBe(before + FILTERED + after);
  });

  it("aborts a response if a list arrives after its start was sent", async () => {
    let open: ServerResponse | undefined;
    const start = '{"jsonrpc":"2.0",';
    respond = (response) => {
      open = response;
      response.writeHead(200, { "content-type": "application/json" }).write(start);
    };
    const { stream, done } = proxyTo(downstream.url, { tools: RULES }).begin({ body: request("tools/call") });
    while (!stream.bytes.toString().endsWith(start)) await new Promise((resolve) => setImmediate(resolve));
    open?.end(list(HIDDEN).slice(start.length));
    await expect(done).rejects.toThrow("a list in a response to a request that lists nothing");
    expect(stream.bytes.toString()).not.toContain("delete");
  });
});

describe("a response without a list", () => {
  it("of 20 MB is relayed as it arrives: a tool's result, as JSON and as an event, and a resource", async () => {
    const text = "x".repeat(20_000_000);
    const result = `{"jsonrpc":"2.0","id":7,"result":{"content":[{"type":"text","text":"${text}"}]}}`;
    for (const [type, body] of [
      ["application/json", result],
      ["text/event-stream", `data: ${result}\n\n`],
    ] as const) {
      respondWith(type, body);
      expect((await send("tools/call")).body === body).toBe(true);
    }
  });

  it("of 20 MB is relayed on a GET stream, too, although its event is checked for lists", async () => {
    const body = `event: message\ndata: {"result":{"content":["${"x".repeat(20_000_000)}"]}}\n\ndata: ${list(HIDDEN)}\n\n`;
    respondWith("text/event-stream", body);
    const proxy = proxyTo(downstream.url, { tools: RULES });
    const response = await proxy.send({ method: "GET", body: "", headers: { Accept: "text/event-stream" } });
    expect(response.body === body.replace(`,${HIDDEN}`, "")).toBe(true);
  });

  it("reaches the client before the server ends it", async () => {
    let open: ServerResponse | undefined;
    respond = (response) => {
      open = response;
      response.writeHead(200, { "content-type": "application/json" }).write('{"jsonrpc":"2.0",');
    };
    const { stream, done } = proxyTo(downstream.url, { tools: RULES }).begin({ body: request("tools/call") });
    while (!stream.bytes.toString().endsWith('"2.0",')) await new Promise((resolve) => setImmediate(resolve));
    open?.end('"id":7,"result":{}}');
    await done;
    expect(stream.received().body).toBe('{"jsonrpc":"2.0","id":7,"result":{}}');
  });

  it("keeps its Content-Type if a server denies in plain text, and has none if it has no body", async () => {
    respondWith("text/plain", "no list", 403);
    expect(await send("tools/call")).toMatchObject({
      status: 403,
      headers: { "content-type": "text/plain" },
      body: "no list",
    });
    respondWith(undefined, "", 202);
    expect(await send()).toMatchObject({ status: 202, headers: {}, body: "" });
  });
});

describe("digits (class of bug: a double for every number)", () => {
  it("an id beyond 2^53 keeps its digits in a denial", async () => {
    const body =
      '{"jsonrpc":"2.0","id":9007199254740993,"method":"tools/call","params":{"name":"delete_all"}}';
    expect((await proxyTo(downstream.url, { tools: RULES }).send({ body })).body).toContain(
      '"id":9007199254740993,',
    );
  });

  it("an id beyond 2^53 keeps its digits in a filtered list", async () => {
    const text = list(HIDDEN).replace('"id":7', '"id":9007199254740993');
    respondWith("application/json", text);
    expect((await send("tools/list", "9007199254740993")).body).toBe(text.replace(`,${HIDDEN}`, ""));
  });
});
