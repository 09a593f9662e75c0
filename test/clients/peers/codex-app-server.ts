// Codex without a model: its app server, which editors start, connects to the configured MCP servers and calls a tool when asked to.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { createInterface } from "node:readline";
import type { ClientHome } from "../client-home.ts";
import { CODEX } from "./programs.ts";
import type { ScriptedCall } from "./scripted-model.ts";

type Message = { id?: number; result?: Record<string, unknown>; error?: { message: string } };
type ToolResult = { content?: { text: string }[] };

/** Calls tools of a configured server and returns their texts. @throws Error with the output of Codex */
export async function callToolsInCodex(
  home: ClientHome,
  server: string,
  calls: readonly ScriptedCall[],
): Promise<string[]> {
  const [program, ...args] = CODEX;
  const child = spawn(program, [...args, "app-server"], {
    cwd: home.directory,
    env: home.environment,
    stdio: ["pipe", "pipe", "ignore"],
  });
  const waiting = new Map<number, (message: Message) => void>();
  createInterface({ input: child.stdout }).on("line", (line) => {
    const message = JSON.parse(line) as Message;
    if (message.id !== undefined) waiting.get(message.id)?.(message);
  });
  const request = async (method: string, params: object): Promise<Record<string, unknown>> => {
    const id = waiting.size;
    const response = new Promise<Message>((resolve) => waiting.set(id, resolve));
    child.stdin.write(`${JSON.stringify({ id, method, params })}\n`);
    const { result, error } = await response;
    if (result === undefined) throw new Error(`${method}: ${error?.message}`);
    return result;
  };
  try {
    await request("initialize", { clientInfo: { name: "clients-suite", version: "1.0.0" } });
    child.stdin.write(`${JSON.stringify({ method: "initialized" })}\n`);
    const { thread } = await request("thread/start", { cwd: home.directory });
    const { id: threadId } = thread as { id: string };
    const texts: string[] = [];
    for (const { tool, args = {} } of calls) {
      const call = { threadId, server, tool, arguments: args };
      const { content = [] } = (await request("mcpServer/tool/call", call)) as ToolResult;
      texts.push(content.map(({ text }) => text).join("\n"));
    }
    return texts;
  } finally {
    child.kill();
    await once(child, "exit");
  }
}
