// Tools of the `everything` server that send notifications before the result: progress, log messages, changed notes.
// The notifications belong to the call, so they are sent on its stream.
import { setTimeout as sleep } from "node:timers/promises";
import type { McpServer } from "@modelcontextprotocol/server";
import { z } from "zod";
import type { NoteBoard } from "./note-board.ts";

const LOG_LEVELS = ["debug", "info", "notice", "warning", "error", "critical", "alert", "emergency"] as const;

export function registerRunningTools(server: McpServer, board: NoteBoard): void {
  server.registerTool(
    "slow_count",
    {
      title: "Slow count",
      description:
        "Counts to `steps`, one step every `delay_ms`; each step is a progress notification if asked for.",
      inputSchema: z.object({
        steps: z.number().int().min(1).max(1000).default(5),
        delay_ms: z.number().int().min(0).max(60_000).default(500),
      }),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async ({ steps, delay_ms }, ctx) => {
      const { progressToken } = ctx.mcpReq._meta ?? {};
      for (let progress = 1; progress <= steps; progress++) {
        await sleep(delay_ms, undefined, { signal: ctx.mcpReq.signal });
        if (progressToken === undefined) continue;
        const params = { progressToken, progress, total: steps, message: `Step ${progress} of ${steps}` };
        await ctx.mcpReq.notify({ method: "notifications/progress", params });
      }
      return { content: [{ type: "text", text: `Counted to ${steps}.` }] };
    },
  );
  server.registerTool(
    "log_messages",
    {
      description:
        "Sends one log message of each level; the client's log level decides which of them arrive.",
      inputSchema: z.object({}),
      annotations: { readOnlyHint: true, openWorldHint: false },
    },
    async (_args, ctx) => {
      for (const level of LOG_LEVELS)
        await ctx.mcpReq.log(level, `A message of level ${level}`, "everything");
      return { content: [{ type: "text", text: `Logged ${LOG_LEVELS.length} messages.` }] };
    },
  );
  server.registerTool(
    "write_note",
    {
      title: "Write a note",
      description: "Writes a note; subscribers of its resource hear of it.",
      inputSchema: z.object({ name: z.string().min(1).max(60), text: z.string().max(10_000) }),
      annotations: { readOnlyHint: false, destructiveHint: true, idempotentHint: true, openWorldHint: false },
    },
    ({ name, text }) => {
      const { uri, added } = board.write(name, text);
      return { content: [{ type: "text", text: `${added ? "Added" : "Changed"} ${uri}` }] };
    },
  );
}
