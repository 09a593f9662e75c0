import { McpServer } from "@modelcontextprotocol/server";
import { afterEach, beforeEach, expect, test } from "vitest";
import { z } from "zod";
import { legacySessions } from "../../../local/downstream/legacy-sessions.ts";
import type { McpEndpoint } from "../../../local/downstream/mcp-listener.ts";

const INITIALIZE = {
  jsonrpc: "2.0",
  id: 1,
  method: "initialize",
  params: { protocolVersion: "2025-11-25", capabilities: {}, clientInfo: { name: "test", version: "1.0.0" } },
};

let endpoint: McpEndpoint;
let release: () => void;

beforeEach(() => {
  const { promise, resolve } = Promise.withResolvers<void>();
  release = resolve;
  endpoint = legacySessions(
    () => {
      const server = new McpServer({ name: "test", version: "1.0.0" });
      server.registerTool("wait", { inputSchema: z.object({}) }, async (_args, ctx) => {
        ctx.http?.closeSSE?.();
        await promise;
        return { content: [{ type: "text", text: "waited" }] };
      });
      return server;
    },
    { retryMs: 10 },
  );
});
afterEach(() => endpoint.close());

function send(method: string, headers: Record<string, string>, body?: unknown): Promise<Response> {
  const all = {
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    ...headers,
  };
  return endpoint.fetch(
    new Request("http://127.0.0.1/mcp", {
      method,
      headers: all,
      body: body === undefined ? null : JSON.stringify(body),
    }),
  );
}

async function openSession(): Promise<Record<string, string>> {
  const response = await send("POST", {}, INITIALIZE);
  await response.text();
  return {
    "mcp-session-id": response.headers.get("mcp-session-id") ?? "",
    "mcp-protocol-version": "2025-11-25",
  };
}

test("responds with 400 without a session and 404 to an unknown one", async () => {
  expect((await send("POST", {}, { jsonrpc: "2.0", id: 1, method: "ping" })).status).toBe(400);
  expect((await send("POST", {}, undefined)).status).toBe(400);
  expect((await send("GET", {})).status).toBe(400);
  expect(
    (await send("POST", { "mcp-session-id": "x" }, { jsonrpc: "2.0", id: 1, method: "ping" })).status,
  ).toBe(404);
});

test("does not create a session for a rejected initialize", async () => {
  const rejected = await send("POST", { accept: "text/html" }, INITIALIZE);
  expect(rejected.status).toBe(406);
  expect(rejected.headers.get("mcp-session-id")).toBeNull();
});

test("ends a session with DELETE", async () => {
  const session = await openSession();
  expect((await send("POST", session, { jsonrpc: "2.0", id: 2, method: "ping" })).status).toBe(200);
  expect((await send("DELETE", session)).status).toBe(200);
  expect((await send("POST", session, { jsonrpc: "2.0", id: 3, method: "ping" })).status).toBe(404);
});

test("resumes a stream that the server ended before the response", async () => {
  const session = await openSession();
  const call = { jsonrpc: "2.0", id: 2, method: "tools/call", params: { name: "wait", arguments: {} } };
  const opening = await (await send("POST", session, call)).text();
  expect(opening).toMatch(/^id: \S+\nretry: 10\ndata: \n\n$/);
  const lastEventId = /^id: (\S+)/.exec(opening)?.[1] ?? "";
  release();
  const resumed = await (await send("GET", { ...session, "last-event-id": lastEventId })).text();
  expect(resumed).toContain('"text":"waited"');
});

test("evicts the oldest session if there are more than 200", async () => {
  const first = await openSession();
  const second = await openSession();
  for (let n = 0; n < 199; n++) await openSession();
  const ping = { jsonrpc: "2.0", id: 2, method: "ping" };
  expect((await send("POST", first, ping)).status).toBe(404);
  expect((await send("POST", second, ping)).status).toBe(200);
});
