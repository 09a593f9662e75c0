// Serves 2025-era clients with sessions: one SDK transport per Mcp-Session-Id, resumable streams, GET and DELETE.
// At most SESSION_LIMIT sessions at a time; a new one evicts the oldest.
import { randomUUID } from "node:crypto";
import {
  isInitializeRequest,
  type McpServer,
  WebStandardStreamableHTTPServerTransport,
} from "@modelcontextprotocol/server";
import { boundedEventLog } from "./event-log.ts";
import type { McpEndpoint } from "./mcp-listener.ts";

const SESSION_LIMIT = 200;
const EVENTS_PER_SESSION = 500;

/** How long a client should wait, in milliseconds, before it resumes a stream that the server ended. */
export type LegacySessionOptions = { retryMs?: number };

/** An endpoint for requests that `isLegacyRequest` has claimed. `buildServer` is called once per session. */
export function legacySessions(
  buildServer: () => McpServer,
  options: LegacySessionOptions = {},
): McpEndpoint {
  const sessions = new Map<string, WebStandardStreamableHTTPServerTransport>();

  async function open(request: Request, body: unknown): Promise<Response> {
    const transport = new WebStandardStreamableHTTPServerTransport({
      sessionIdGenerator: randomUUID,
      eventStore: boundedEventLog(EVENTS_PER_SESSION),
      retryInterval: options.retryMs,
      onsessioninitialized: (id) => void sessions.set(id, transport),
    });
    const server = buildServer();
    await server.connect(transport);
    const ended = transport.onclose;
    transport.onclose = () => {
      sessions.delete(transport.sessionId ?? "");
      ended?.();
    };
    const response = await transport.handleRequest(request, { parsedBody: body });
    if (transport.sessionId === undefined) await server.close();
    await endOldest();
    return response;
  }

  async function endOldest(): Promise<void> {
    const oldest = sessions.values().next().value;
    if (oldest !== undefined && sessions.size > SESSION_LIMIT) await oldest.close();
  }

  return {
    fetch: async (request) => {
      const id = request.headers.get("mcp-session-id");
      if (id !== null)
        return sessions.get(id)?.handleRequest(request) ?? errorResult(404, -32001, "Session not found");
      const body = await parsedBody(request);
      if (isInitializeRequest(body)) return open(request, body);
      return errorResult(400, -32000, "Bad Request: Mcp-Session-Id header is required");
    },
    close: async () => {
      for (const transport of [...sessions.values()]) await transport.close();
    },
  };
}

async function parsedBody(request: Request): Promise<unknown> {
  try {
    return await request.json();
  } catch {
    return undefined;
  }
}

function errorResult(status: number, code: number, message: string): Response {
  return Response.json({ jsonrpc: "2.0", id: null, error: { code, message } }, { status });
}
