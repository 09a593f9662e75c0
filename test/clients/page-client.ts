// The official 2.x client in a web page, bundled for the browser: CORS applies to all its requests, including those of the sign-in.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { type ClientMemory, memoryProvider, newMemory } from "./client-memory.ts";

export type PageClient = {
  /** @returns the sign-in URL to which the page would send its user */
  begin(url: string): Promise<string>;
  /** Completes the sign-in with the callback's query, then calls `whoami`. @returns the text of the result */
  finish(url: string, callback: string, mode: "auto" | "legacy", tool: string): Promise<string>;
};

const memory: ClientMemory = newMemory();

const transport = (url: string) =>
  new StreamableHTTPClientTransport(new URL(url), { authProvider: memoryProvider(memory) });

const connect = async (url: string, mode: "auto" | "legacy") => {
  const client = new Client({ name: "page", version: "1.0.0" }, { versionNegotiation: { mode } });
  await client.connect(transport(url));
  return client;
};

const pageClient: PageClient = {
  begin: async (url) => {
    const failure = await connect(url, "auto").catch((error: unknown) => error);
    if (memory.redirect === undefined) throw failure;
    return memory.redirect.href;
  },
  finish: async (url, callback, mode, tool) => {
    if (memory.tokens === undefined) await transport(url).finishAuth(new URLSearchParams(callback));
    const client = await connect(url, mode);
    const { content } = await client.callTool({ name: tool, arguments: {} });
    await client.close();
    return content.map((part) => ("text" in part ? part.text : "")).join("\n");
  },
};

Object.assign(globalThis, { pageClient });
