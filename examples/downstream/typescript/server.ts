// An MCP server behind the gateway: handles a request only for a caller whose identity the gateway has forwarded and this server verified.
import { createServer } from "node:http";
import { toNodeHandler } from "@modelcontextprotocol/node";
import { type CallToolResult, createMcpHandler, McpServer } from "@modelcontextprotocol/server";
import type { JWTPayload } from "jose";
import { z } from "zod";
import { claimsHeader, jwtHeader } from "./identity.ts";

const identify =
  process.env["IDENTITY_METHOD"] === "claims_header"
    ? claimsHeader(required("GATEWAY_SECRET"))
    : jwtHeader(required("GATEWAY_URL"), required("AUDIENCE"));

// One McpServer for each request: identity is never shared between requests.
const handle = toNodeHandler(createMcpHandler(({ authInfo }) => buildServer(authInfo?.extra ?? {})));

createServer(async (req, res) => {
  // Only the message: jose's errors contain the claims, which must not be logged.
  const extra = await identify(req.headers).catch((cause) => console.error("denied:", cause.message));
  if (extra) await handle(Object.assign(req, { auth: { token: "", clientId: "", scopes: [], extra } }), res);
  else res.writeHead(401, { "content-type": "text/plain" }).end("Only the gateway may call this server.\n");
}).listen(Number(required("PORT")), process.env["HOST"] ?? "127.0.0.1");

function buildServer(caller: JWTPayload): McpServer {
  const server = new McpServer({ name: "downstream-example", version: "1.0.0" });
  server.registerTool(
    "who_am_i",
    { description: "Returns the caller's verified identity.", inputSchema: z.object({}) },
    () => ({ ...text(JSON.stringify(caller)), structuredContent: caller }),
  );
  server.registerTool(
    "admin_report",
    { description: "A report for callers with the role admin.", inputSchema: z.object({}) },
    () => {
      const roles = caller["roles"];
      // Only a list: in a string, "includes" would find "admin" inside "no-admin".
      if (Array.isArray(roles) && roles.includes("admin")) return text(`All is well, ${caller.sub}.`);
      return { ...text("admin_report needs the role admin."), isError: true };
    },
  );
  return server;
}

function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}

// Exit if issuer or audience is empty: libraries treat an empty value as "do not check".
function required(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`Set ${name}.`);
  return value;
}
