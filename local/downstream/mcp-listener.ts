// One loopback HTTP server for an MCP endpoint written against web-standard Request and Response.
// Counts and reports every request before any check, so that tests can prove which requests did not arrive.
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { Readable } from "node:stream";
import { pipeline } from "node:stream/promises";
import type { ReadableStream } from "node:stream/web";
import { localhostHostValidation, localhostOriginValidation, toWebRequest } from "@modelcontextprotocol/node";
import { closeServer, listenOn } from "../loopback-server.ts";

/** A request at a downstream server, with header names and values exactly as on the wire. */
type ReceivedRequest = { method: string; path: string; rawHeaders: readonly string[] };

export type DownstreamOptions = {
  /** TCP port on 127.0.0.1; a free one when absent. */
  port?: number;
  /** How long a connection is kept without a request, milliseconds; Node's default when absent. */
  keepAliveTimeoutMs?: number;
  /** Called for every HTTP request, before its response. */
  onRequest?: (request: ReceivedRequest) => void;
};

export type Downstream = {
  /** The MCP endpoint, ending in `/mcp`. */
  url: string;
  /** Number of HTTP requests that reached the server, including rejected ones. */
  requests: () => number;
  close: () => Promise<void>;
};

/** What an endpoint serves: one web-standard exchange at a time, and its own clean-up. */
export type McpEndpoint = { fetch: (request: Request) => Promise<Response>; close: () => Promise<void> };

/** Serves `endpoint` at `http://127.0.0.1:<port>/mcp`. */
export async function listenMcp(endpoint: McpEndpoint, options: DownstreamOptions = {}): Promise<Downstream> {
  let received = 0;
  const { keepAliveTimeoutMs } = options;
  const settings = keepAliveTimeoutMs === undefined ? {} : { keepAliveTimeout: keepAliveTimeoutMs };
  const server = createServer(settings, (req, res) => {
    received += 1;
    options.onRequest?.({ method: req.method ?? "", path: req.url ?? "", rawHeaders: req.rawHeaders });
    respond(endpoint, req, res).catch(() => res.destroy());
  });
  const port = await listenOn(server, options.port ?? 0);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    requests: () => received,
    close: async () => {
      await endpoint.close();
      await closeServer(server);
    },
  };
}

const guardHost = localhostHostValidation();
const guardOrigin = localhostOriginValidation();

async function respond(endpoint: McpEndpoint, req: IncomingMessage, res: ServerResponse): Promise<void> {
  // DNS rebinding: a page in the user's browser must not reach a loopback server under its own name.
  if (!guardHost(req, res) || !guardOrigin(req, res)) return;
  if (new URL(req.url ?? "/", "http://127.0.0.1").pathname !== "/mcp") {
    res.writeHead(404).end();
    return;
  }
  const disconnect = new AbortController();
  res.once("close", () => {
    if (!res.writableFinished) disconnect.abort();
  });
  await send(await exchange(endpoint, req, disconnect.signal), res);
}

async function exchange(endpoint: McpEndpoint, req: IncomingMessage, signal: AbortSignal): Promise<Response> {
  try {
    return await endpoint.fetch(await toWebRequest(req, undefined, { signal }));
  } catch (error) {
    const tooLarge = error instanceof Error && "status" in error && error.status === 413;
    const [status, message] = tooLarge ? [413, error.message] : [500, "Internal error"];
    const code = tooLarge ? -32000 : -32603;
    return Response.json({ jsonrpc: "2.0", id: null, error: { code, message } }, { status });
  }
}

async function send(response: Response, res: ServerResponse): Promise<void> {
  res.writeHead(response.status, [...response.headers].flat());
  if (response.body === null) {
    res.end();
    return;
  }
  // Sends the status at once, even if the stream is idle: a client waits for it before it sends anything else.
  res.flushHeaders();
  await pipeline(Readable.fromWeb(response.body as ReadableStream), res);
}
