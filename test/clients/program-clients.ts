// Clients that run as programs: mcp-remote and the command line of the MCP Inspector.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { StdioClientTransport } from "@modelcontextprotocol/sdk/client/stdio.js";
import type { ClientHome } from "./client-home.ts";

const MODULES = join(import.meta.dirname, "../../node_modules");
const MCP_REMOTE = join(MODULES, "mcp-remote/dist/proxy.js");
/** The launcher of the inspector's command line and web page. */
export const INSPECTOR = join(MODULES, "@modelcontextprotocol/inspector/clients/launcher/build/index.js");

/** Starts mcp-remote as a client's settings would, and a client that speaks to it. @param more arguments after the URL */
export async function startMcpRemote(url: string, home: ClientHome, ...more: string[]): Promise<Client> {
  const client = new Client({ name: "client-under-test", version: "1.0.0" });
  const args = [MCP_REMOTE, url, ...more];
  await client.connect(
    new StdioClientTransport({ command: process.execPath, args, env: home.environment, stderr: "ignore" }),
  );
  return client;
}

/** The claims that the `whoami` tool received. */
export async function claimsSeen(client: Client, name = "whoami"): Promise<Record<string, unknown>> {
  const { content } = await client.callTool({ name, arguments: {} });
  return JSON.parse((content as { text: string }[])[0]?.text ?? "").claims;
}

type InspectorResult = {
  structuredContent?: unknown;
  content?: { text?: string }[];
  contents?: { text?: string }[];
  tools?: { name: string }[];
};

/** Runs the inspector's command line once. */
export async function runInspector(
  url: string,
  home: ClientHome,
  ...more: string[]
): Promise<{ result: InspectorResult }> {
  const args = [INSPECTOR, "--cli", url, "--format", "json", "-q", ...more];
  const run = promisify(execFile)(process.execPath, args, { env: home.environment });
  run.child.stdin?.end();
  return JSON.parse((await run).stdout);
}
