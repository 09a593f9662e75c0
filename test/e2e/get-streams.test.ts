// GET streams through the running gateway, in front of a server of the official SDK, which allows one stream per session: a disconnected client
// keeps it for as long as the stream may live, and no longer.
import { randomUUID } from "node:crypto";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { McpServer } from "@modelcontextprotocol/sdk/server/mcp.js";
import { StreamableHTTPServerTransport } from "@modelcontextprotocol/sdk/server/streamableHttp.js";
import { ToolListChangedNotificationSchema } from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { openMcp } from "../support/streamed-response.ts";

let stand: GatewayStand;
let server: LoopbackServer;
let mcp: McpServer;
let token: string;

/** A server of the SDK with one session at a time. */
async function startSdkServer(): Promise<LoopbackServer> {
  let transport: StreamableHTTPServerTransport | undefined;
  return startHttp(async (request, response) => {
    if (request.method === "POST" && request.headers["mcp-session-id"] === undefined) {
      mcp = new McpServer({ name: "one-stream", version: "1.0.0" });
      mcp.registerTool("add", { description: "adds" }, () => ({ content: [] }));
      transport = new StreamableHTTPServerTransport({ sessionIdGenerator: randomUUID });
      await mcp.connect(transport as never);
    }
    await transport?.handleRequest(request, response);
  });
}

beforeAll(async () => {
  server = await startSdkServer();
  stand = await startStand({
    servers: { tools: { url: server.url, get_stream: true, get_stream_seconds: 2 } },
  });
  token = await stand.issuer.token();
});
afterAll(async () => {
  await stand?.close();
  await server?.close();
});

const bearer = () => ({ requestInit: { headers: { Authorization: `Bearer ${token}` } } });
const endpoint = () => new URL(stand.endpoint("tools"));

it("a disconnected client can open its stream again after get_stream_seconds", async () => {
  const transport = new StreamableHTTPClientTransport(endpoint(), bearer());
  const client = new Client({ name: "test", version: "1.0.0" });
  await client.connect(transport as never);
  await client.listTools();
  const headers = ["Mcp-Session-Id", transport.sessionId ?? "", "Accept", "text/event-stream"];
  const open = () => openMcp(endpoint().href, { token, method: "GET", body: null, headers });

  const openWhenFree = async () => {
    let stream = await open();
    while (stream.status === 409) {
      stream.message.resume();
      await new Promise((resolve) => setTimeout(resolve, 100));
      stream = await open();
    }
    return stream;
  };

  // The first opens when the stream of the SDK's client has ended, the second when that of the first has.
  for (const _ of ["first", "second"]) {
    const { status, message } = await openWhenFree();
    expect(status).toBe(200);
    message.on("error", () => {}).destroy();
  }
  await client.close().catch(() => {});
});

it("a client of the official SDK receives notifications on the streams after the first", async () => {
  const transport = new StreamableHTTPClientTransport(endpoint(), {
    ...bearer(),
    reconnectionOptions: {
      initialReconnectionDelay: 10,
      maxReconnectionDelay: 100,
      reconnectionDelayGrowFactor: 1,
      maxRetries: 50,
    },
  });
  const client = new Client({ name: "test", version: "1.0.0" });
  let heard = 0;
  client.setNotificationHandler(ToolListChangedNotificationSchema, () => {
    heard += 1;
  });
  await client.connect(transport as never);
  // Longer than the lifetime of one stream.
  await new Promise((resolve) => setTimeout(resolve, 2_500));
  for (let tries = 0; heard === 0 && tries < 300; tries += 1) {
    mcp.sendToolListChanged();
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  expect(heard).toBeGreaterThan(0);
  expect((await client.listTools()).tools.map(({ name }) => name)).toEqual(["add"]);
  await client.close();
});
