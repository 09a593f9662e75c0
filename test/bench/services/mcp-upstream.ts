// A small MCP server for the workload, with the official SDK in both eras on one endpoint: twelve tools, of which one responds immediately
// and one reports progress on an event stream. Runs as a separate process: `node mcp-upstream.ts` prints its port.
import { setTimeout as sleep } from "node:timers/promises";
import { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import { bothEras } from "../../../local/downstream/both-eras.ts";
import { listenMcp } from "../../../local/downstream/mcp-listener.ts";

const OTHER_TOOLS = 10;

function buildServer(): McpServer {
  const server = new McpServer({ name: "workload", version: "1.0.0" });
  server.registerTool(
    "echo",
    { description: "Returns the same text.", inputSchema: z.object({ message: z.string() }) },
    ({ message }) => ({ content: [{ type: "text", text: message }] }),
  );
  server.registerTool(
    "count",
    {
      description: "Counts to `steps`, one step every `delay_ms`, each a progress notification.",
      inputSchema: z.object({ steps: z.number().int().max(100), delay_ms: z.number().int().max(1_000) }),
    },
    async ({ steps, delay_ms }, ctx) => {
      const progressToken = ctx.mcpReq._meta?.progressToken ?? 0;
      for (let progress = 1; progress <= steps; progress += 1) {
        const params = { progressToken, progress, total: steps };
        await ctx.mcpReq.notify({ method: "notifications/progress", params });
        await sleep(delay_ms);
      }
      return { content: [{ type: "text", text: `Counted to ${steps}.` }] };
    },
  );
  for (let index = 0; index < OTHER_TOOLS; index += 1) {
    server.registerTool(
      `mail_tool_${index}`,
      {
        description: "Reads the messages of a mailbox by folder, sender and date, newest first.",
        inputSchema: z.object({ folder: z.string(), limit: z.number().int().optional() }),
      },
      () => ({ content: [] }),
    );
  }
  return server;
}

// Longer than any subject keeps a connection, so that this server never closes one first.
const { url } = await listenMcp(bothEras(buildServer), { keepAliveTimeoutMs: 60_000 });
console.log(`port ${new URL(url).port}`);
