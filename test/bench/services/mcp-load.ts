// Virtual MCP clients in a child process. Messages set the target and the load; the response contains the time of each operation.
import { setTimeout as sleep } from "node:timers/promises";
import { type Endpoint, type Era, McpClient } from "./mcp-client.ts";

/** The operations of a client in a session, in order. */
export const OPERATIONS = ["begin", "list", "echo", "first event", "whole stream"] as const;

/** Milliseconds of each operation. */
export type WorkloadTimes = Record<(typeof OPERATIONS)[number], number[]>;

/** A window of load. Each token is a client. */
export type WorkloadTask = {
  to: Endpoint;
  era: Era;
  tokens: string[];
  /** sessions of each client, one after the other */
  sessions: number;
  /** average pause between two operations of a client */
  pauseMs: number;
};

/** The times, or the error. */
export type WorkloadResult = { times: WorkloadTimes } | { fault: string };

/** Events of the streamed response, and the time between them. */
const STREAM = { steps: 5, delay_ms: 10 };

process.on("message", (task: WorkloadTask) => {
  void runClients(task)
    .catch((error: Error): WorkloadResult => ({ fault: error.message }))
    .then((response) => process.send?.(response));
});

async function runClients({ to, era, tokens, sessions, pauseMs }: WorkloadTask): Promise<WorkloadResult> {
  const times: WorkloadTimes = { begin: [], list: [], echo: [], "first event": [], "whole stream": [] };
  const pause = () => sleep(pauseMs * (0.5 + Math.random()));
  const run = async (token: string) => {
    const client = new McpClient(to, era, token);
    await sleep(Math.random() * pauseMs);
    for (let session = 0; session < sessions; session += 1) {
      times.begin.push((await client.begin()).doneMs);
      await pause();
      times.list.push((await client.list()).doneMs);
      await pause();
      times.echo.push((await client.call("echo", { message: "x".repeat(200) }, false)).doneMs);
      await pause();
      const { firstMs, doneMs } = await client.call("count", STREAM, true);
      times["first event"].push(firstMs);
      times["whole stream"].push(doneMs);
      await client.end();
      await pause();
    }
    client.close();
  };
  await Promise.all(tokens.map(run));
  return { times };
}
