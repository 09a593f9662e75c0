// Reads a server's own list of tools, all pages, with a session (MCP 2025-11-25 and before) or without (MCP 2026-07-28).
import { isJsonObject } from "../functions/core/json.ts";
import { type CalledServer, callServer, type ServerReply } from "./server-call.ts";

/** A definition as the server wrote it; numbers keep their digits. */
export type ListedTool = { name: string; definition: Readonly<Record<string, unknown>> };

const LEGACY_REVISION = "2025-11-25";
const REVISION = "2026-07-28";
const CLIENT = { name: "descope-mcp-gateway-pin", version: "1.0.0" };
const MAX_PAGES = 100;

/**
 * Lists the tools of a server.
 *
 * @throws Error that says what the server sent instead, and what to do
 */
export async function listTools(place: CalledServer): Promise<ListedTool[]> {
  const initialized = await callServer(place, {
    method: "POST",
    message: messageOf("initialize", {
      protocolVersion: LEGACY_REVISION,
      capabilities: {},
      clientInfo: CLIENT,
    }),
    headers: {},
  });
  if (!initialized.ok) throw failureOf(initialized);
  const version = member(initialized.message?.["result"], "protocolVersion");
  if (typeof version !== "string") return listPages(place, statelessMeta(), statelessHeaders());
  const { session } = initialized;
  const headers = {
    "mcp-protocol-version": version,
    ...(session !== undefined && { "mcp-session-id": session }),
  };
  try {
    const message = { jsonrpc: "2.0", method: "notifications/initialized" };
    await callServer(place, { method: "POST", message, headers });
    return await listPages(place, {}, headers);
  } finally {
    if (session !== undefined)
      await callServer(place, { method: "DELETE", message: {}, headers }).catch(() => {});
  }
}

/**
 * The tools of a response to `tools/list`, or of its result.
 *
 * @throws Error if it has none
 */
export function toolsIn(message: unknown): ListedTool[] {
  const result = member(message, "result") ?? message;
  const tools = member(result, "tools");
  if (!Array.isArray(tools)) throw new Error(`expected a response to tools/list${errorText(message)}`);
  return tools.flatMap((definition) => {
    const name = member(definition, "name");
    return isJsonObject(definition) && typeof name === "string" ? [{ name, definition }] : [];
  });
}

async function listPages(
  place: CalledServer,
  params: object,
  headers: Record<string, string>,
): Promise<ListedTool[]> {
  const tools: ListedTool[] = [];
  let cursor: unknown;
  for (let page = 0; page < MAX_PAGES; page++) {
    const message = messageOf("tools/list", { ...params, ...(cursor !== undefined && { cursor }) });
    const reply = await callServer(place, { method: "POST", message, headers });
    if (!reply.ok) throw failureOf(reply);
    tools.push(...toolsIn(reply.message));
    cursor = member(member(reply.message, "result"), "nextCursor");
    if (typeof cursor !== "string") return tools;
  }
  throw new Error(`the list of tools has more than ${MAX_PAGES} pages`);
}

function statelessMeta(): object {
  return {
    _meta: {
      "io.modelcontextprotocol/protocolVersion": REVISION,
      "io.modelcontextprotocol/clientInfo": CLIENT,
      "io.modelcontextprotocol/clientCapabilities": {},
    },
  };
}

function statelessHeaders(): Record<string, string> {
  return { "mcp-protocol-version": REVISION, "mcp-method": "tools/list" };
}

function messageOf(method: string, params: object): object {
  return { jsonrpc: "2.0", id: 1, method, params };
}

function failureOf({ found, todo }: Extract<ServerReply, { ok: false }>): Error {
  return new Error(`the server's tools could not be listed: ${found}. ${todo}`);
}

function errorText(message: unknown): string {
  const error = member(message, "error");
  return error === undefined
    ? ""
    : `, got JSON-RPC error ${member(error, "code")}: ${member(error, "message")}`;
}

function member(value: unknown, key: string): unknown {
  return isJsonObject(value) ? value[key] : undefined;
}
