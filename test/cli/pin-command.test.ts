// `config pin` against MCP servers of both protocol eras.
import { readFileSync, writeFileSync } from "node:fs";
import type { IncomingMessage, ServerResponse } from "node:http";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { z } from "zod";
import { runConfig } from "../../cli/config.ts";
import { writeGatewayFile } from "../../cli/local-gateway-file.ts";
import { definitionHash } from "../../functions/core/definition-hash.ts";
import { listenMcp } from "../../local/downstream/mcp-listener.ts";
import { configDirectory } from "../support/config-directory.ts";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { recordTerminal } from "../support/recorded-terminal.ts";

const GATEWAY = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };
const SEARCH = '{"name":"search","description":"Searches.","max":9007199254740993}';
const ADD = '{"name":"add"}';

type Asked = { method: string; headers: IncomingMessage["headers"]; cursor?: string };

let server: LoopbackServer;
let asked: Asked[];
let respond: (asked: Asked) => { status?: number; headers?: Record<string, string>; body?: string };
const result = (json: string) => ({ body: `{"jsonrpc":"2.0","id":1,"result":${json}}` });

beforeEach(async () => {
  asked = [];
  respond = ({ method, cursor }) => {
    if (method === "initialize")
      return { ...result('{"protocolVersion":"2025-11-25"}'), headers: { "mcp-session-id": "s1" } };
    if (method === "tools/list")
      return cursor === undefined
        ? result(`{"tools":[${SEARCH}],"nextCursor":"2"}`)
        : result(`{"tools":[${ADD}]}`);
    return { status: 202 };
  };
  server = await startHttp(async (request: IncomingMessage, response: ServerResponse) => {
    const body = await text(request);
    const { method = request.method, params } = body === "" ? {} : JSON.parse(body);
    const call = { method, headers: request.headers, cursor: params?.cursor };
    asked.push(call);
    const { status = 200, headers = {}, body: sent = "" } = respond(call);
    const type = sent === "" ? {} : { "content-type": "application/json" };
    response.writeHead(status, { ...type, ...headers }).end(sent);
  });
});
afterEach(() => server.close());

function directory(file: Record<string, unknown> = {}): string {
  return configDirectory({ "gateway.json": GATEWAY, "servers/notes.json": { url: server.url, ...file } });
}

function pin(args: string[], reply?: string) {
  return recordTerminal((terminal) => runConfig(["pin", ...args], terminal), reply);
}

function fileIn(dir: string) {
  return JSON.parse(readFileSync(join(dir, "servers/notes.json"), "utf8"));
}

describe("config pin", () => {
  it("names a definition that is too large to be pinned, and writes nothing", async () => {
    const dir = directory();
    const large = JSON.stringify({ name: "search", description: "x".repeat(1024 * 1024) });
    const usual = respond;
    respond = (call) => (call.method === "tools/list" ? result(`{"tools":[${large}]}`) : usual(call));
    const { code, err } = await pin(["notes", dir], "y");
    expect([code, err]).toEqual([2, expect.stringContaining("the definition of search cannot be pinned")]);
    expect(fileIn(dir).tools).toBeUndefined();
  });

  it("writes the hashes of all pages of the list, and then finds nothing to write", async () => {
    const dir = directory({ headers: { "X-Tier": "gold" } });
    const first = await pin(["notes", dir], "y");
    expect(first.err).toBe("");
    expect(first.code).toBe(0);
    expect(first.questions).toEqual([
      `\nApprove the definitions and write the pins of these 2 tools to ${join(dir, "servers/notes.json")}? [y/N] `,
    ]);
    const { tools } = fileIn(dir);
    expect(tools.pin).toEqual({
      search: expect.stringMatching(/^sha256-[\w-]{43}$/),
      // printf '{"name":"add"}' | openssl dgst -sha256 -binary | basenc --base64url
      add: "sha256-JAAAvaVaE5qp7-aGYnT3waLDCVFg7NZoNxkpj2JQeRY",
    });
    expect(first.out).toContain(`new      search  ${tools.pin.search}\n`);
    expect(first.out).toContain('           "max": 9007199254740993\n');
    expect(first.out).toContain("Push or deploy it to use the hashes.");
    expect(asked.map(({ method }) => method)).toEqual([
      "initialize",
      "notifications/initialized",
      "tools/list",
      "tools/list",
      "DELETE",
      "tools/list",
      "tools/list",
    ]);
    expect(asked[2]?.headers).toMatchObject({
      "mcp-session-id": "s1",
      "mcp-protocol-version": "2025-11-25",
      "x-tier": "gold",
    });
    expect(asked.at(-1)?.headers).toMatchObject({ "mcp-protocol-version": "2026-07-28", "x-tier": "gold" });
    const second = await pin(["notes", dir], "y");
    expect([second.code, second.out, second.questions]).toEqual([
      0,
      "Lists of tools: MCP 2025-11-25, MCP 2026-07-28\n\nsame     search\nsame     add\n\nNothing to write.\n",
      [],
    ]);
  });

  it("shows a changed definition, and writes nothing if it is not approved", async () => {
    const dir = directory({
      tools: { pin: { search: `sha256-${"A".repeat(43)}`, gone: `sha256-${"A".repeat(43)}` } },
    });
    const before = readFileSync(join(dir, "servers/notes.json"), "utf8");
    const { code, out } = await pin(["notes", dir], "");
    expect(code).toBe(1);
    expect(out).toMatch(
      /changed {2}search {2}sha256-A{43} -> sha256-\S{43}\n {9}The former definition is not stored\. The new one:\n {9}\{\n/,
    );
    expect(out).toContain("missing  gone  pinned, but the server does not list it; the pin stays\n");
    expect(out).toContain("\nNothing was written.\n");
    expect(readFileSync(join(dir, "servers/notes.json"), "utf8")).toBe(before);
  });

  it("writes only the chosen tools that exist for clients, and keeps the other pins", async () => {
    const kept = { other: `sha256-${"A".repeat(43)}` };
    const dir = directory({
      tools: { deny: ["add"], pin: kept },
      tool_authorization: { "*": { required_scopes: ["x"], required_claims: { a: { values: "b" } } } },
    });
    const { code, out } = await pin(["notes", dir, "--tools", "s*", "--tools", "add", "--yes", "--json"]);
    expect(code).toBe(0);
    const report = JSON.parse(out);
    expect(report).toMatchObject({
      server: "notes",
      sources: ["MCP 2025-11-25", "MCP 2026-07-28"],
      tools: [{ tool: "search", state: "new", definitions: [{ definition: { name: "search" } }] }],
      written: true,
    });
    expect(fileIn(dir).tools.pin).toEqual({ ...kept, search: report.tools[0].after });
  });

  it("writes a list of hashes for a tool with another definition in each protocol revision", async () => {
    const legacy = respond;
    const other = '{"name":"search","description":"Finds."}';
    respond = (call) =>
      call.headers["mcp-protocol-version"] === "2026-07-28"
        ? result(`{"tools":[${other},${ADD}]}`)
        : legacy(call);
    const dir = directory({ tools: { pin: { search: `sha256-${"A".repeat(43)}` } } });
    const { code, out } = await pin(["notes", dir], "y");
    expect(code).toBe(0);
    const written = fileIn(dir).tools.pin;
    expect(written).toEqual({
      search: [SEARCH, other].map((text) => definitionHash(text)),
      add: definitionHash(ADD),
    });
    expect(out).toContain(` -> ${written.search[0]}, ${written.search[1]}\n`);
    expect(out).toMatch(
      /The new ones:\n {9}MCP 2025-11-25:\n {9}\{\n[^}]+"Searches\."[^}]+\}\n {9}MCP 2026-07-28:\n {9}\{\n[^}]+"Finds\."/,
    );
    expect((await pin(["notes", dir], "y")).out).toContain("same     search\nsame     add\n");
    respond = legacy;
    expect((await pin(["notes", dir], "y")).out).toContain("same     search\n");
    expect(fileIn(dir).tools.pin).toEqual(written);
  });

  it.each<[string, ReturnType<typeof respond>]>([
    ["rejects MCP 2026-07-28", { status: 400 }],
    ["does not know MCP 2026-07-28", result("{}")],
  ])("lists only in a session if the server %s", async (_, reply) => {
    const legacy = respond;
    respond = (call) => (call.headers["mcp-protocol-version"] === "2026-07-28" ? reply : legacy(call));
    const dir = directory();
    const { code, out } = await pin(["notes", dir, "--yes"]);
    expect([code, out.split("\n")[0]]).toEqual([0, "Lists of tools: MCP 2025-11-25"]);
    expect(Object.keys(fileIn(dir).tools.pin)).toEqual(["search", "add"]);
  });

  it("pins the tools of a server with the official SDK for clients of both eras", async () => {
    const text = async () => ({ content: [] });
    const build = () => {
      const sdk = new McpServer({ name: "sdk", version: "1.0.0" });
      sdk.registerTool("plain", { inputSchema: z.object({ a: z.string() }) }, text);
      sdk.registerTool("array", { outputSchema: z.array(z.string()) }, text);
      return sdk;
    };
    const upstream = await listenMcp(createMcpHandler(build));
    const dir = directory({ url: upstream.url });
    expect((await pin(["notes", dir, "--yes"])).err).toBe("");
    await upstream.close();
    expect(fileIn(dir).tools.pin).toEqual({
      plain: expect.any(String),
      array: [expect.any(String), expect.any(String)],
    });
  });

  it("lists without a session if the server has none", async () => {
    respond = ({ method }) =>
      method === "tools/list"
        ? result(`{"tools":[${ADD}]}`)
        : { status: 200, body: '{"jsonrpc":"2.0","id":1,"error":{"code":-32601,"message":"unknown"}}' };
    const dir = directory();
    expect((await pin(["notes", dir, "--yes"])).code).toBe(0);
    expect(asked.at(-1)?.headers).toMatchObject({
      "mcp-protocol-version": "2026-07-28",
      "mcp-method": "tools/list",
    });
    expect(Object.keys(fileIn(dir).tools.pin)).toEqual(["add"]);
  });

  it("sends a bearer token from a file", async () => {
    const dir = directory();
    writeFileSync(join(dir, "token.txt"), "Bearer abc\n");
    await pin(["notes", dir, "--yes", "--token-file", join(dir, "token.txt")]);
    expect(asked[0]?.headers.authorization).toBe("Bearer abc");
  });

  it("calls the server where the running local gateway calls it, and keeps the URL in the file", async () => {
    const dir = directory({ url: "https://notes.example.com/mcp" });
    const remove = writeGatewayFile("pin-command-test", {
      url: "http://127.0.0.1:4",
      ssmEndpoint: "http://127.0.0.1:9",
      prefix: "/mcp-gateway/local",
      configDir: dir,
      overlay: { serverUrls: { notes: server.url } },
      pid: process.pid,
    });
    try {
      const { code, err, out } = await pin(["notes", "--local", "--port", "4", "--yes"]);
      expect([code, err]).toEqual([0, ""]);
      expect(out).toContain("The local gateway loads the edited file.");
    } finally {
      remove();
    }
    const { url, tools } = fileIn(dir);
    expect([url, Object.keys(tools.pin)]).toEqual(["https://notes.example.com/mcp", ["search", "add"]]);
  });

  it("reads the list from a file without calling the server", async () => {
    const dir = directory();
    const list = join(dir, "list.json");
    writeFileSync(list, `\uFEFF{"tools":[${ADD}, 5, {"title":"x"}]}`);
    expect((await pin(["notes", dir, "--yes", "--list", list])).code).toBe(0);
    expect([Object.keys(fileIn(dir).tools.pin), asked]).toEqual([["add"], []]);
    const other = join(dir, "other.json");
    writeFileSync(other, '{"tools":[{"name":"add","title":"Add"}]}');
    expect((await pin(["notes", dir, "--yes", "--list", list, "--list", other])).code).toBe(0);
    expect(fileIn(dir).tools.pin.add).toEqual([ADD, '{"name":"add","title":"Add"}'].map(definitionHash));
    const many = Array.from({ length: 9 }, (_, at) => ({ name: "a", at }));
    writeFileSync(list, JSON.stringify({ tools: many }));
    expect((await pin(["notes", dir, "--yes", "--list", list])).err).toContain(
      "the server lists 9 definitions of a, expected at most 8",
    );
    writeFileSync(list, '{"tools":[{"name":"a","name":"b"}]}');
    const { code, err } = await pin(["notes", dir, "--yes", "--list", list]);
    expect([code, err]).toEqual([2, expect.stringContaining("is not JSON, or repeats a key")]);
    writeFileSync(list, "{}");
    expect((await pin(["notes", dir, "--yes", "--list", list])).err).toContain(
      "expected a response to tools/list",
    );
  });

  it.each<[string, typeof respond, string]>([
    ["a page", () => ({ body: "<html>", headers: { "content-type": "text/html" } }), "could not be listed"],
    [
      "an error",
      ({ method }) =>
        method === "initialize"
          ? result('{"protocolVersion":"2025-11-25"}')
          : { body: '{"jsonrpc":"2.0","id":1,"error":{"code":-32603,"message":"down"}}' },
      "expected a response to tools/list, got JSON-RPC error -32603: down",
    ],
    [
      "status 401 for the list",
      ({ method }) =>
        method === "initialize" ? result('{"protocolVersion":"2025-11-25"}') : { status: 401 },
      "could not be listed",
    ],
    [
      "the same cursor again and again",
      ({ method }) =>
        method === "initialize"
          ? result('{"protocolVersion":"2025-11-25"}')
          : result('{"tools":[],"nextCursor":"1"}'),
      "more than 100 pages",
    ],
  ])("says what is wrong if the server sends %s", async (_, failing, message) => {
    respond = failing;
    const { code, err } = await pin(["notes", directory(), "--yes"]);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });

  it.each([
    [["--yes"], "pin takes the name of a server"],
    [["notes", "a", "b", "--yes"], "expected at most one DIR"],
    [["notes"], "Add --yes to write without a prompt"],
    [["notes", "nowhere", "--yes"], "no such file: nowhere/servers/notes.json"],
    [["notes", "--yes", "--prefix", "/x"], "pin does not accept --prefix"],
    [["notes", "--yes", "--port", "8787"], "--port requires --local"],
  ])("rejects the arguments %j", async (args, message) => {
    const { code, err } = await pin(args);
    expect([code, err]).toEqual([2, expect.stringContaining(message)]);
  });
});
