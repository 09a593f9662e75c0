// A downstream MCP server for tests: records every request as it was on the wire and sends the given responses. Counting here is the proof
// of what never left the gateway.
import type { ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { startHttp } from "./loopback-server.ts";

/** One request as it arrived: header lines flat and in order, the body's bytes, and the number of its connection. */
export type RecordedRequest = {
  method: string;
  path: string;
  rawHeaders: readonly string[];
  body: Buffer;
  connection: number;
};

/** Responds to a recorded request. */
export type Responder = (response: ServerResponse, request: RecordedRequest) => unknown;

export type Recorder = {
  /** the MCP endpoint, ending in `/mcp` */
  url: string;
  /** requests since the last `reset` */
  requests: readonly RecordedRequest[];
  /** sets the responses from now on */
  respondWith(responder: Responder): void;
  /** deletes all requests and responds with {@link emptyResult} again */
  reset(): void;
  close(): Promise<void>;
};

export async function startRecorder(): Promise<Recorder> {
  const requests: RecordedRequest[] = [];
  const connections = new WeakMap<object, number>();
  let seen = 0;
  let responder: Responder = emptyResult;
  const server = await startHttp(async (message, response) => {
    if (!connections.has(message.socket)) connections.set(message.socket, ++seen);
    const request = {
      method: message.method ?? "",
      path: message.url ?? "",
      rawHeaders: message.rawHeaders,
      body: await buffer(message),
      connection: connections.get(message.socket) ?? 0,
    };
    requests.push(request);
    await responder(response, request);
  });
  return {
    url: server.url,
    requests,
    respondWith: (next) => {
      responder = next;
    },
    reset: () => {
      requests.length = 0;
      responder = emptyResult;
    },
    close: server.close,
  };
}

/** Responds to a request with an empty result and to a notification with 202. */
export function emptyResult(response: ServerResponse, request: RecordedRequest): void {
  if (request.body.length > 0 && messageOf(request).id === undefined) response.writeHead(202).end();
  else jsonResult({})(response, request);
}

/** Responds with a JSON-RPC result. */
export function jsonResult(result: unknown): Responder {
  return (response, request) => {
    response.writeHead(200, { "content-type": "application/json" });
    response.end(JSON.stringify({ jsonrpc: "2.0", id: messageOf(request).id ?? null, result }));
  };
}

/** Responds with a JSON-RPC result as the only event of a stream. */
export function sseResult(result: unknown): Responder {
  return (response, request) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    response.end(sseEvent({ jsonrpc: "2.0", id: messageOf(request).id ?? null, result }));
  };
}

/** One event that carries a message. */
export function sseEvent(message: unknown): string {
  return `event: message\ndata: ${JSON.stringify(message)}\n\n`;
}

/** All values of a header, case-insensitively. */
export function recordedValues({ rawHeaders }: RecordedRequest, name: string): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 1 && rawHeaders[at - 1]?.toLowerCase() === name);
}

/** Names of all headers in their original spelling. */
export function recordedNames({ rawHeaders }: RecordedRequest): string[] {
  return rawHeaders.filter((_, at) => at % 2 === 0);
}

/** The body as JSON; an empty object without a body. */
export function messageOf({ body }: RecordedRequest): { id?: unknown; method?: string; params?: object } {
  return body.length === 0 ? {} : JSON.parse(body.toString("utf8"));
}
