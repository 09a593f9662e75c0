import { PassThrough, Readable } from "node:stream";
import { buffer as bytesOf } from "node:stream/consumers";
import { describe, expect, it } from "vitest";
import type { AdmittedRequest } from "../../../functions/core/admit-request.ts";
import type { EffectiveServer } from "../../../functions/core/config/effective-server.ts";
import { type ResponseParts, readingOf, readResponse } from "../../../functions/proxy/read-response.ts";
import { configSnapshot } from "../../support/gateway-config.ts";
import { principalWith } from "../../support/principals.ts";

const RULES = { tool_authorization: { delete: { required_claims: { tier: { values: "pro" } } } } };
const LIST = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"},{"name":"delete"}]}}';
const FILTERED = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}]}}';
const PRIVATE = '{"jsonrpc":"2.0","id":1,"result":{"tools":[{"name":"add"}],"cacheScope":"private"}}';

function admittedTo(
  tools: Record<string, unknown>,
  methods: (string | undefined)[],
  version?: string,
): AdmittedRequest {
  return {
    principal: principalWith(),
    server: configSnapshot({ servers: { tools } }).servers.get("tools") as EffectiveServer,
    messages: methods.map((method) => ({ id: 1, method, params: {} })),
    id: 5,
    protocolVersion: version,
  };
}

/** Options that differ from a tools/list at a server with rules whose response is complete. */
type Options = Partial<ResponseParts> & { methods?: string[]; tools?: object; version?: string };

async function read(pieces: string | (string | Buffer)[], type?: string, options: Options = {}) {
  const { methods = ["tools/list"], tools = RULES, version, ...parts } = options;
  const replaced: string[] = [];
  const response = await readResponse({
    admitted: admittedTo({ ...tools }, methods, version),
    method: "POST",
    requestId: "r-1",
    status: 200,
    headers: type === undefined ? {} : { "content-type": type },
    body: Readable.from([pieces].flat().map((piece) => Buffer.from(piece))),
    inSession: false,
    maxMs: 60_000,
    onReplaced: ({ message }) => replaced.push(message),
    ...parts,
  });
  if (!response.ok)
    return {
      reason: response.errorResponse.reason,
      status: response.errorResponse.status,
      cause: response.cause.message,
    };
  const { filter, headers, body } = response;
  const whole = await bytesOf(body);
  const parts_ = filter === undefined ? [whole] : [...filter.push(whole), ...filter.rest()];
  return { type: headers["content-type"], text: Buffer.concat(parts_).toString(), replaced };
}

describe("readingOf", () => {
  const of = (
    method: string,
    methods: (string | undefined)[],
    tools: object = RULES,
    cannotReturnLists?: boolean,
  ) => readingOf(admittedTo({ ...tools }, methods), method, cannotReturnLists);

  it.each([
    "tools/list",
    "prompts/list",
    "resources/list",
    "resources/templates/list",
    "Tools/LIST",
    "tools/li\u017ft",
    "tools/list ",
  ])("filters the response to %j", (method) => expect(of("POST", [method])).toBe("filtered"));

  it("filters the response to a batch that contains a list request", () => {
    expect(of("POST", ["tools/call", "tools/list"])).toBe("filtered");
  });

  it.each([
    "tools/call",
    "resources/read",
    "initialize",
    "server/discover",
    "subscriptions/listen",
    undefined,
  ])("watches the response to %s", (method) => expect(of("POST", [method])).toBe("watched"));

  it("filters the stream of a GET, unless it is known to belong to a request that lists nothing", () => {
    expect(of("GET", [])).toBe("filtered");
    expect(of("GET", [], RULES, true)).toBe("watched");
    expect(of("DELETE", [])).toBe("watched");
  });

  it("reads nothing if the server has no rules", () => {
    expect(of("POST", ["tools/list"], {})).toBe("unread");
    expect(of("GET", [], { ...RULES, tool_authorization_mode: "log_only" })).toBe("unread");
  });
});

describe("a response to a list request", () => {
  it.each([
    "application/json",
    "application/json;charset=utf-8;",
    "text/event-stream",
    "text/event-stream, text/event-stream",
    "text/plain",
    undefined,
  ])("is filtered as JSON if it contains JSON, and its Content-Type says so: %s", async (type) => {
    expect(await read(LIST, type)).toEqual({ type: "application/json", text: FILTERED, replaced: [] });
  });

  it.each(["application/json", "text/event-stream, text/event-stream", "TEXT/event-stream;", undefined])(
    "is filtered as an event stream if it contains one, and its Content-Type says so: %s",
    async (type) => {
      expect(await read(`id: 1\ndata: ${LIST}\n\n`, type)).toEqual({
        type: "text/event-stream",
        text: `id: 1\ndata: ${FILTERED}\n\n`,
        replaced: [],
      });
    },
  );

  it("is filtered however it is split into chunks", async () => {
    expect(await read(["\ufeff ", "\n", ...LIST], "application/json")).toMatchObject({
      text: `\ufeff \n${FILTERED}`,
    });
    expect(await read([..."\r\ndata: ", LIST, "\n\n"])).toMatchObject({ text: `data: ${FILTERED}\n\n` });
  });

  it("keeps values that are not JSON but that serializers write", async () => {
    const list = LIST.replace(
      '"name":"add"',
      '"name":"add","inputSchema":{"default":NaN,"max":9223372036854775807}',
    );
    expect(await read(list, "application/json")).toMatchObject({
      text: list.replace(',{"name":"delete"}', ""),
    });
  });

  it.each([
    ["2025-11-25", FILTERED],
    ["2026-07-28", PRIVATE],
    ["2027-01-01", PRIVATE],
  ])("has cacheScope private in the lists of revision %s and later revisions", async (version, text) => {
    expect(await read(LIST, "application/json", { version })).toMatchObject({ text });
  });

  it.each<[string, (string | Buffer)[]]>([
    ["a page", ["<html>delete</html>"]],
    ["a text", ["error: delete"]],
    ["a list that ends too early", [LIST.slice(0, -3)]],
    ["two messages", [LIST, LIST]],
    ["a repeated key", [LIST.replace('"result"', '"result":{},"result"')]],
    ["invalid UTF-8", [LIST.slice(0, -20), Buffer.from([0xff]), LIST.slice(-20)]],
  ])("becomes a 502 if it is %s", async (_, pieces) => {
    expect(await read(pieces, "application/json")).toEqual({
      reason: "downstream_invalid_response",
      status: 502,
      cause: expect.stringMatching(/^unreadable response: status 200, application\/json, \d+ bytes$/),
    });
  });

  it("has a cause that mentions the missing Content-Type", async () => {
    expect(await read("<html>")).toMatchObject({
      cause: "unreadable response: status 200, no content type, 6 bytes",
    });
  });

  it("becomes a 502 if it is larger than 16 MiB or fails", async () => {
    const chunk = Buffer.alloc(1024 * 1024, "x");
    expect(await read(["{", ...Array.from({ length: 16 }, () => chunk)])).toMatchObject({ status: 502 });
    const failing = Readable.from(
      (function* () {
        yield Buffer.from("{");
        throw new Error("reset");
      })(),
    );
    expect(await read("", undefined, { body: failing })).toMatchObject({
      status: 502,
      cause: "reset",
    });
  });

  it("becomes a 504 if it does not end in time", async () => {
    const body = new PassThrough();
    expect(await read("", undefined, { body, maxMs: 20 })).toEqual({
      reason: "downstream_timeout",
      status: 504,
      cause: "no complete response after 20 ms",
    });
  });

  it("has no Content-Type if it has no body", async () => {
    expect(await read([])).toEqual({ type: undefined, text: "", replaced: [] });
    expect(await read(" \n", "text/plain")).toEqual({ type: "text/plain", text: " \n", replaced: [] });
  });

  it("keeps the statuses that clients act on, without a body that cannot be parsed", async () => {
    const type = "text/plain";
    expect(await read("Method Not Allowed", type, { status: 405 })).toEqual({
      type: undefined,
      text: "",
      replaced: [],
    });
    expect(await read("no session", type, { status: 404, inSession: true })).toMatchObject({ text: "" });
    expect(await read("no page", type, { status: 404 })).toMatchObject({ status: 502 });
  });

  it.each([
    [
      "the id of its response",
      '{"jsonrpc":"2.0","id":9007199254740993,"result":{"tools":[',
      "9007199254740993",
    ],
    ["the request's id where it has none", "delete", "5"],
    ["the request's id where it is a request of the server", '{"id":3,"method":"delete"', "5"],
  ])("contains an error instead of an event that cannot be parsed, with %s", async (_, data, id) => {
    const response = await read(`id: e-1\ndata: ${data}\n\n`, "text/event-stream");
    const message =
      "The MCP server's response is not valid JSON or a valid event stream. The administrator must check the server.";
    expect(response).toEqual({
      type: "text/event-stream",
      text: `id: e-1\ndata: {"jsonrpc":"2.0","id":${id},"error":{"code":502,"message":"${message}","data":{"reason":"downstream_invalid_response","request_id":"r-1"}}}\n\n`,
      replaced: [`unreadable event of ${data.length} characters`],
    });
  });
});

describe("a stream opened by GET", () => {
  it("starts for the client before its first event", async () => {
    const response = await readResponse({
      admitted: admittedTo(RULES, []),
      method: "GET",
      requestId: "r-1",
      status: 200,
      headers: { "content-type": "text/event-stream, text/event-stream" },
      body: new PassThrough(),
      inSession: true,
      maxMs: 60_000,
      onReplaced: () => {},
    });
    expect(response).toMatchObject({ ok: true, headers: { "content-type": "text/event-stream" } });
  });

  it.each([LIST, `[\n${LIST}]`, `{"result":{"tools":[\n\n"delete"]}}`])(
    "relays no JSON that is labeled as an event stream: %j",
    async (text) => {
      const { text: sent } = (await read(text, "text/event-stream", { method: "GET" })) as { text: string };
      expect(sent).toContain("downstream_invalid_response");
      expect(sent).not.toContain('"delete"');
    },
  );
});

describe("a response to a request that lists nothing", () => {
  it.each([
    ["text that can't be read", "<html>", "text/html"],
    [
      "a tool's result",
      '{"jsonrpc":"2.0","id":1,"result":{"content":[{"type":"text","text":"tools"}]}}',
      "application/json; x",
    ],
  ])("is relayed unchanged: %s", async (_, text, type) => {
    expect(await read(text, type, { methods: ["tools/call"] })).toEqual({ type, text, replaced: [] });
  });

  it.each([
    ["application/json", LIST, FILTERED],
    ["text/event-stream", `data: ${LIST}\n\n`, `data: ${FILTERED}\n\n`],
  ])("is filtered if it contains a list: %s", async (type, list, text) => {
    expect(await read(list, type, { methods: ["tools/call"] })).toEqual({ type, text, replaced: [] });
  });
});

it("is not read if the server has no rules", async () => {
  expect(await read(LIST, "text/plain", { tools: {} })).toEqual({
    type: "text/plain",
    text: LIST,
    replaced: [],
  });
});
