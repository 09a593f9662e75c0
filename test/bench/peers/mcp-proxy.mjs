// The npm package mcp-proxy in front of an MCP server: bearer tokens checked with jose in its `authenticate` hook, and one upstream
// connection for all callers of an era, as its own command does. It is an MCP server and client, and forwards no identity.
import { once } from "node:events";
import net from "node:net";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Server } from "@modelcontextprotocol/server";
import { importJWK, jwtVerify } from "jose";
import { proxyServer, startHTTPServer } from "mcp-proxy";

const { UPSTREAM_URL = "", PUBLIC_JWK = "{}", ISSUER = "", AUDIENCE = "" } = process.env;
const key = await importJWK(JSON.parse(PUBLIC_JWK), "RS256");
const upstreams = {
  "2025-11-25": await connect("legacy"),
  "2026-07-28": await connect({ pin: "2026-07-28" }),
};
const port = await freePort();

await startHTTPServer({
  port,
  host: "127.0.0.1",
  sseEndpoint: null,
  authenticate: ({ headers }) => authenticate(headers.authorization),
  createServer: async ({ headers }) => {
    const client = upstreams[headers["mcp-protocol-version"]] ?? upstreams["2025-11-25"];
    const serverCapabilities = client.getServerCapabilities();
    const server = new Server(client.getServerVersion(), { capabilities: serverCapabilities });
    await proxyServer({ client, server, serverCapabilities });
    return server;
  },
});
console.log(`port ${port}`);

async function authenticate(authorization = "") {
  const token = authorization.replace(/^Bearer /, "");
  const checks = { issuer: ISSUER, audience: AUDIENCE, algorithms: ["RS256"] };
  return jwtVerify(token, key, checks).catch(() => undefined);
}

async function connect(mode) {
  const client = new Client({ name: "mcp-proxy", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(new StreamableHTTPClientTransport(new URL(UPSTREAM_URL)));
  return client;
}

// Port 0 cannot be used, because mcp-proxy does not report its port.
async function freePort() {
  const server = net.createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port: free } = server.address();
  server.close();
  await once(server, "close");
  return free;
}
