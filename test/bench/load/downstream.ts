// The MCP server for the load test: each response names its request and caller, streams have numbered events, and the server restarts
// repeatedly.
import { once } from "node:events";
import http from "node:http";
import type { AddressInfo } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";

/** Number of events in a stream before the result. */
export const EVENTS_PER_STREAM = 20;

const TOOLS = ["open", "count", "hidden_a", "hidden_b"].map((name) => ({
  name,
  inputSchema: { type: "object" },
}));

export type LoadDownstream = {
  url: string;
  /** closes every connection, and accepts none for a moment */
  restart(): Promise<void>;
  /** whether a restart was in progress between these two times, in milliseconds of `performance.now` */
  wasDown(from: number, to: number): boolean;
  restarts(): number;
  close(): Promise<void>;
};

export async function startLoadDownstream(): Promise<LoadDownstream> {
  const server = http.createServer({ keepAliveTimeout: 60_000 }, (request, response) => {
    void serve(request, response).catch(() => response.destroy());
  });
  const outages: { from: number; to: number }[] = [];
  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as AddressInfo).port;
  };
  const stop = async () => {
    server.close();
    server.closeAllConnections();
    if (server.listening) await once(server, "close");
  };
  const port = await listen(0);
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    async restart() {
      const outage = { from: performance.now(), to: Number.POSITIVE_INFINITY };
      outages.push(outage);
      await stop();
      await sleep(300);
      await listen(port);
      outage.to = performance.now();
    },
    wasDown: (from, to) => outages.some((outage) => outage.from <= to && outage.to >= from),
    restarts: () => outages.length,
    close: stop,
  };
}

async function serve(request: http.IncomingMessage, response: http.ServerResponse): Promise<void> {
  const { id, method, params } = JSON.parse(await text(request));
  if (id === undefined) return void response.writeHead(202).end();
  const caller = JSON.parse(String(request.headers["x-user-claims"] ?? "{}")).sub;
  const result = method === "tools/list" ? { tools: TOOLS } : { caller, asked: id };
  const message = JSON.stringify({ jsonrpc: "2.0", id, result });
  if (params?.name !== "count") {
    response.writeHead(200, { "content-type": "application/json" }).end(message);
    return;
  }
  response.writeHead(200, { "content-type": "text/event-stream" });
  for (let step = 1; step <= EVENTS_PER_STREAM && !response.destroyed; step++) {
    const progress = {
      jsonrpc: "2.0",
      method: "notifications/progress",
      params: { progress: step, progressToken: id },
    };
    response.write(`data: ${JSON.stringify(progress)}\n\n`);
    await sleep(5);
  }
  response.end(`data: ${message}\n\n`);
}
