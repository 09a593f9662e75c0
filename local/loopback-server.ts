// HTTP servers on loopback: that of the local run, with limits above API Gateway's, so that API Gateway's limits apply, and the start and end
// of the others.
import { createServer, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";

/** A listening server whose handler can be set later. */
export type LoopbackServer = {
  readonly port: number;
  handle(listener: RequestListener): void;
  /** Closes all connections and stops listening. */
  close(): Promise<void>;
};

/** Listens on 127.0.0.1. @throws Error with advice if the port is in use */
export async function listen(port: number): Promise<LoopbackServer> {
  let handler: RequestListener = (_request, response) =>
    response
      .writeHead(503, { "Content-Type": "application/json", "Retry-After": "1" })
      .end('{"message":"The functions are starting"}');
  const server = createServer(
    { maxHeaderSize: 64 * 1024, keepAliveTimeout: 60_000, requestTimeout: 0 },
    (request, response) => handler(request, response),
  );
  return {
    port: await listenOn(server, port, "with --port N"),
    handle: (listener) => {
      handler = listener;
    },
    close: () => closeServer(server),
  };
}

/**
 * Listens on 127.0.0.1.
 *
 * @param port 0: any free port
 * @param otherPort how to choose another port, for the error
 * @returns the port
 * @throws Error with advice if the port is in use
 */
export async function listenOn(server: Server, port: number, otherPort = ""): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = `Port ${port} is in use. Stop the program that uses it, or choose another port ${otherPort}`;
      reject(cause.code === "EADDRINUSE" ? new Error(`${taken.trimEnd()}.`, { cause }) : cause);
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return (server.address() as AddressInfo).port;
}

/** Stops listening and closes all connections. */
export function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}
