// The gateway checks what official servers read: the Express app of the MCP TypeScript SDK, whose body parser follows the
// charset, and a server of documents that cuts the scheme off a URI and joins paths. Each attack is first shown to work without a gateway.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import http from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createMcpExpressApp } from "@modelcontextprotocol/sdk/server/express.js";
import { Server } from "@modelcontextprotocol/sdk/server/index.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import {
  CallToolRequestSchema,
  ListResourcesRequestSchema,
  ReadResourceRequestSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { type LoopbackServer, listen } from "../support/loopback-server.ts";
import { jsonOf, type McpRequest, PING, sendMcp, toolCall } from "../support/mcp-request.ts";

const PRO = { required_claims: { subscription: { values: "pro" } } };
const SECRET = "salaries of everyone";
const FILES = {
  "public/a b.txt": "a public text",
  "public/notes/a.txt": "notes",
  "private/salaries.txt": SECRET,
};

let stand: GatewayStand;
let upstream: LoopbackServer;
let root: string;
let token: string;
let reached: string[] = [];

function documentServer(): Server {
  const server = new Server(
    { name: "documents", version: "1" },
    { capabilities: { resources: {}, tools: {} } },
  );
  server.setRequestHandler(CallToolRequestSchema, ({ params }) => {
    reached.push(params.name);
    return { content: [{ type: "text", text: params.name }] };
  });
  server.setRequestHandler(ReadResourceRequestSchema, ({ params: { uri } }) => {
    reached.push(uri);
    const path = decodeURIComponent(uri.replace(/^[a-z]+:\/*/i, "").replace(/[?#].*/, ""));
    return { contents: [{ uri, text: readFileSync(join(root, path), "utf8") }] };
  });
  server.setRequestHandler(ListResourcesRequestSchema, () => ({
    resources: [
      "docs://public/notes/a.txt",
      "docs://public/../private/salaries.txt",
      "docs://private/salaries.txt",
    ].map((uri) => ({ uri, name: uri })),
  }));
  return server;
}

beforeAll(async () => {
  root = mkdtempSync(join(tmpdir(), "one-reading-"));
  for (const [file, text] of Object.entries(FILES)) {
    mkdirSync(join(root, file, ".."), { recursive: true });
    writeFileSync(join(root, file), text);
  }
  const app = createMcpExpressApp();
  app.post("/mcp", async (request, response) => {
    const transport = new StreamableHTTPServerTransport({ enableJsonResponse: true });
    await documentServer().connect(transport as never);
    await transport.handleRequest(request, response, request.body);
  });
  upstream = await listen(http.createServer(app));
  const { url } = upstream;
  stand = await startStand({
    servers: {
      named: {
        url,
        tool_authorization: { delete_all: PRO },
        resource_authorization: { "docs://private/*": PRO },
      },
      sealed: {
        url,
        tool_authorization: { "*": PRO, echo: {} },
        resource_authorization: { "*": PRO, "docs://public/*": {} },
      },
    },
  });
  token = await stand.issuer.token({ subscription: "free" });
});
afterAll(async () => {
  await Promise.all([stand?.close(), upstream?.close()]);
  rmSync(root, { recursive: true, force: true });
});
beforeEach(() => {
  reached = [];
});

const direct = (request: McpRequest) => sendMcp(upstream.url, request);
const through = (server: string, request: McpRequest) =>
  sendMcp(stand.endpoint(server), { token, ...request });
const read = (uri: string): McpRequest => ({ body: { ...PING, method: "resources/read", params: { uri } } });

const UTF_7 =
  '{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"echo","arguments":{},"x":"+ACIALAAi-name+ACIAOgAi-delete_all"}}';
const typed = (contentType: string, body: string | Buffer): McpRequest => ({
  body,
  headers: ["Content-Type", contentType],
});

describe("a body that means another message in another charset", () => {
  it("runs the forbidden tool without the gateway", async () => {
    await direct(typed("application/json; charset=utf-7", UTF_7));
    expect(reached).toEqual(["delete_all"]);
  });

  it.each([
    "application/json; charset=utf-7",
    'application/json; charset="UTF-7"',
    "application/json;charset=unicode-1-1-utf-7",
    "application/json; charset=utf-8; charset=utf-7",
    "application/json; charset=utf-8, application/json; charset=utf-7",
    "application/json; x=1; charset=utf-7",
    "application/json; charset=utf-7-imap",
    "application/json; charset=utf-16",
    "application/json; charset=iso-8859-1",
  ])("reaches no server as %s", async (contentType) => {
    for (const server of ["named", "sealed"]) {
      const response = await through(server, typed(contentType, UTF_7));
      expect(response.status).toBe(415);
    }
    expect(reached).toEqual([]);
  });

  it("is forwarded as JSON in UTF-8", async () => {
    for (const type of [
      "application/json",
      "application/json; charset=utf-8",
      'Application/JSON;charset="UTF-8"',
    ])
      expect(jsonOf(await through("sealed", typed(type, UTF_7))).result.content[0].text).toBe("echo");
    expect(reached).toEqual(["echo", "echo", "echo"]);
  });

  it.each(["gzip", "deflate", "br"])("reaches no server with Content-Encoding %s", async (encoding) => {
    const headers = ["Content-Encoding", encoding];
    expect((await through("named", { body: toolCall("echo"), headers })).status).toBe(415);
    expect(reached).toEqual([]);
  });

  it.each([[["Accept", "*/*"]], [["Accept", "application/*, text/*"]]])(
    "gets a response from a strict server if the client accepts anything: %j",
    async (headers) => {
      expect((await direct({ body: toolCall("echo"), headers })).status).toBe(406);
      expect((await through("named", { body: toolCall("echo"), headers })).status).toBe(200);
    },
  );
});

const OTHER_SPELLINGS = [
  "docs://./private/salaries.txt",
  "docs://public/../private/salaries.txt",
  "docs://public/notes/../../private/salaries.txt",
  "docs://public/%2e%2e/private/salaries.txt",
  "docs://public/..%2Fprivate/salaries.txt",
  "docs://public/./../private/salaries.txt",
  "docs:///private/salaries.txt",
  "docs:////private/salaries.txt",
  "docs:private/salaries.txt",
  "docs:/private/salaries.txt",
  "docs://private//salaries.txt",
  "docs://private/./salaries.txt",
  "docs://%70rivate/salaries.txt",
  "docs://privat%65/salaries.txt",
  "docs://private%2Fsalaries.txt",
  "docs://private/salaries.txt#a",
  "DOCS://private/salaries.txt",
  "Docs://private/salaries.txt",
];

describe("a resource in another spelling", () => {
  it.each(OTHER_SPELLINGS)(
    "%s reads the forbidden file without the gateway, and not through it",
    async (uri) => {
      expect(jsonOf(await direct(read(uri))).result.contents[0].text).toBe(SECRET);
      reached = [];
      for (const server of ["named", "sealed"]) {
        const { error } = jsonOf(await through(server, read(uri)));
        expect(error).toMatchObject({ code: -32602, data: { reason: "unknown_name" } });
      }
      expect(reached).toEqual([]);
    },
  );

  it.each(["docs://private/salaries.txt", "docs://private/salaries.txt?x", "docs://private/salaries.txt/"])(
    "%s is forbidden by the rule",
    async (uri) => {
      for (const server of ["named", "sealed"])
        expect(jsonOf(await through(server, read(uri))).error.code).toBe(-32602);
      expect(reached).toEqual([]);
    },
  );

  it.each([
    ["docs://public/a%20b.txt", "a public text"],
    ["docs://public/notes/a.txt", "notes"],
    ["docs://public/notes/a.txt?page=1", "notes"],
  ])("%s, in canonical form, is read", async (uri, text) => {
    for (const server of ["named", "sealed"])
      expect(jsonOf(await through(server, read(uri))).result.contents[0].text).toBe(text);
  });

  it("is not listed", async () => {
    const { result } = jsonOf(await through("named", { body: { ...PING, method: "resources/list" } }));
    expect(result.resources.map(({ uri }: { uri: string }) => uri)).toEqual(["docs://public/notes/a.txt"]);
  });
});

describe("a method in another spelling", () => {
  it.each(["Tools/Call", "tool\u017f/call", "tools/call\u0085", "tools/call ", "tools/run"])(
    "%j reaches no server that has rules",
    async (method) => {
      const response = await through("named", { body: { ...PING, method, params: { name: "delete_all" } } });
      expect(response.status).toBe(200);
      expect(jsonOf(response).error).toMatchObject({ code: -32601, data: { reason: "unknown_method" } });
    },
  );
});
