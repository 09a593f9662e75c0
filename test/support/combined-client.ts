// A client of the combined endpoint for tests: JSON-RPC over plain HTTP, with the session that it began.
import type { CombinedUnderTest } from "./combined-under-test.ts";
import { jsonOf, type McpRequest, sendMcp } from "./mcp-request.ts";
import { type RawResponse, valuesOf } from "./raw-http.ts";

export type CombinedClient = {
  /** header list with the session */
  headers: string[];
  /** sends a request; resolves with the whole response */
  request(method: string, params?: object, id?: unknown): Promise<RawResponse>;
  /** sends a message of any other form */
  send(request: McpRequest): Promise<RawResponse>;
};

const VERSION = "2025-11-25";

/** The parameters of `initialize`. */
export const INITIALIZE = {
  protocolVersion: VERSION,
  capabilities: { sampling: {} },
  clientInfo: { name: "client", version: "1" },
};

/** A client with a new session. */
export async function openSession({ url }: Pick<CombinedUnderTest, "url">): Promise<CombinedClient> {
  const begun = await sendMcp(url, {
    body: { jsonrpc: "2.0", id: "first", method: "initialize", params: INITIALIZE },
  });
  const [session] = valuesOf(begun, "mcp-session-id");
  if (session === undefined) throw new Error(`no session: ${begun.status} ${begun.body}`);
  return clientOf(url, ["Mcp-Session-Id", session, "MCP-Protocol-Version", VERSION]);
}

/** A client without a session. */
export function clientOf(url: string, headers: string[] = []): CombinedClient {
  const send = (request: McpRequest) =>
    sendMcp(url, { ...request, headers: [...headers, ...(request.headers ?? [])] });
  return {
    headers,
    send,
    request: (method, params = {}, id = 1) => send({ body: { jsonrpc: "2.0", id, method, params } }),
  };
}

/** Names in a merged list of tools. */
export function toolNames(response: RawResponse): string[] {
  return jsonOf(response).result.tools.map(({ name }: { name: string }) => name);
}

/** What a response says about members without a part. */
export function notice(response: RawResponse): unknown {
  return jsonOf(response).result._meta?.["descope-mcp-gateway/unavailable"];
}

/** The messages of an event stream. */
// biome-ignore lint/suspicious/noExplicitAny: what a test expects of it is written there, as a literal
export function messagesIn({ body }: Pick<RawResponse, "body">): any[] {
  return [...body.matchAll(/^data: (.+)$/gm)].map(([, data]) => JSON.parse(data as string));
}
