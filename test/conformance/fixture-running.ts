// Tools of the conformance server that send messages before their result, or close their stream early.
import { setTimeout as sleep } from "node:timers/promises";
import type { CallToolResult, McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";

/** The suites check that several events arrive one by one. */
const PAUSE_MS = 50;
const nothing = z.object({});

/** Registers them. */
export function registerRunningFixtures(server: McpServer): void {
  server.registerTool(
    "test_tool_with_logging",
    { description: "Sends three log messages.", inputSchema: nothing },
    async (_args, ctx) => {
      for (const data of ["Tool execution started", "Tool processing data", "Tool execution completed"]) {
        await ctx.mcpReq.notify({ method: "notifications/message", params: { level: "info", data } });
        await sleep(PAUSE_MS);
      }
      return text("Sent three log messages.");
    },
  );
  server.registerTool(
    "test_logging_tool",
    { description: "Logs only what the request asks for.", inputSchema: nothing },
    async (_args, ctx) => {
      await ctx.mcpReq.log("info", "Logged by test_logging_tool");
      return text("Logged.");
    },
  );
  server.registerTool(
    "test_tool_with_progress",
    { description: "Reports progress three times.", inputSchema: nothing },
    async (_args, ctx) => {
      const { progressToken } = ctx.mcpReq._meta ?? {};
      for (const progress of progressToken === undefined ? [] : [0, 50, 100]) {
        const params = { progressToken, progress, total: 100, message: `Completed step ${progress} of 100` };
        await ctx.mcpReq.notify({ method: "notifications/progress", params });
        await sleep(PAUSE_MS);
      }
      return text(String(progressToken ?? "no progress token"));
    },
  );
  server.registerTool(
    "test_reconnection",
    { description: "Ends its stream; the response waits for the client to resume it.", inputSchema: nothing },
    async (_args, ctx) => {
      ctx.http?.closeSSE?.();
      await sleep(2 * PAUSE_MS);
      return text("The client came back for this response.");
    },
  );
}

function text(value: string): CallToolResult {
  return { content: [{ type: "text", text: value }] };
}
