// Servers on 127.0.0.1 for tests: any free port, closed with all their connections.
import { type EventEmitter, once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from "../fixtures/loopback-tls.ts";

export type LoopbackServer = {
  origin: string;
  /** the origin with the path `/mcp` */
  url: string;
  port: number;
  /** connections accepted so far */
  connections: () => number;
  /** settles at the next connection or request of that kind; ask before causing it */
  next: (event: "connection" | "request") => Promise<unknown>;
  close(): Promise<void>;
};

/** An HTTP server; `handle` may also close `response.socket`. */
export async function startHttp(handle: http.RequestListener): Promise<LoopbackServer> {
  return listen(http.createServer({ keepAliveTimeout: 60_000 }, handle));
}

/** The same with the loopback certificate, which a client has to trust first. */
export async function startHttps(handle: http.RequestListener): Promise<LoopbackServer> {
  const server = await listen(https.createServer({ key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE }, handle));
  const origin = `https://127.0.0.1:${server.port}`;
  return { ...server, origin, url: `${origin}/mcp` };
}

/** A TCP server, for bytes that no HTTP server would send. */
export async function startTcp(accept: (socket: net.Socket) => void): Promise<LoopbackServer> {
  return listen(net.createServer(accept));
}

export async function listen(server: net.Server): Promise<LoopbackServer> {
  const sockets = new Set<net.Socket>();
  let accepted = 0;
  server.on("connection", (socket: net.Socket) => {
    accepted += 1;
    sockets.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => sockets.delete(socket));
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const origin = `http://127.0.0.1:${port}`;
  return {
    origin,
    url: `${origin}/mcp`,
    port,
    connections: () => accepted,
    next: (event) => once(server as EventEmitter, event),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      if (server.listening) await once(server, "close");
    },
  };
}

/** A port of 127.0.0.1 without a listener. */
export async function closedPort(): Promise<number> {
  const server = await startTcp(() => {});
  await server.close();
  return server.port;
}
