// Reads a server's own lists of tools, all pages, of both eras of the protocol: after initialize (MCP 2025-11-25 and before) and with a
// request that states its revision (MCP 2026-07-28). A server that has both may list different definitions.
import { isJsonObject } from "../functions/core/json.ts";
import {
  type Call,
  type CalledServer,
  callServer,
  initializeCall,
  postOf,
  type ServerReply,
  STATELESS_REVISION,
  statelessCall,
} from "./server-call.ts";

/** A definition as the server wrote it; numbers keep their digits. */
export type ListedTool = { name: string; definition: Readonly<Record<string, unknown>> };

/** A list, and where it is from: the protocol's revision or a file. */
export type ToolList = { source: string; tools: readonly ListedTool[] };

const CLIENT = "descope-mcp-gateway-pin";
const MAX_PAGES = 100;

/**
 * Lists the tools of a server.
 *
 * @returns one list for each era that the server has, at least one
 * @throws Error that says what the server sent instead, and what to do
 */
export async function listTools(place: CalledServer): Promise<ToolList[]> {
  const legacy = await listInSession(place);
  const listCall = (params: object) => statelessCall(CLIENT, "tools/list", params);
  const first = await callServer(place, listCall({}));
  const isServed = first.ok && member(member(first.message, "result"), "tools") !== undefined;
  if (legacy !== undefined && !isServed) return [legacy];
  const tools = await listPages(place, listCall, first);
  return [...(legacy === undefined ? [] : [legacy]), { source: `MCP ${STATELESS_REVISION}`, tools }];
}

/** The list after initialize; undefined if the server does not know that method. */
async function listInSession(place: CalledServer): Promise<ToolList | undefined> {
  const initialized = await callServer(place, initializeCall(CLIENT));
  if (!initialized.ok) throw failureOf(initialized);
  const version = member(initialized.message?.["result"], "protocolVersion");
  if (typeof version !== "string") return undefined;
  const { session } = initialized;
  const headers = {
    "mcp-protocol-version": version,
    ...(session !== undefined && { "mcp-session-id": session }),
  };
  const listCall = (params: object) => postOf("tools/list", params, headers);
  try {
    const message = { jsonrpc: "2.0", method: "notifications/initialized" };
    await callServer(place, { method: "POST", message, headers });
    const first = await callServer(place, listCall({}));
    return { source: `MCP ${version}`, tools: await listPages(place, listCall, first) };
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
  listCall: (params: object) => Call,
  first: ServerReply,
): Promise<ListedTool[]> {
  const tools: ListedTool[] = [];
  let reply = first;
  for (let page = 0; page < MAX_PAGES; page++) {
    if (!reply.ok) throw failureOf(reply);
    tools.push(...toolsIn(reply.message));
    const cursor = member(member(reply.message, "result"), "nextCursor");
    if (typeof cursor !== "string") return tools;
    reply = await callServer(place, listCall({ cursor }));
  }
  throw new Error(`the list of tools has more than ${MAX_PAGES} pages`);
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
