// The HTTP server of the local run: loopback alone, limits above API Gateway's own, so that those are what clients meet.
import { createServer, type RequestListener } from "node:http";
import type { AddressInfo } from "node:net";

/** A listening server whose handler can be set later. */
export type LoopbackServer = {
  readonly port: number;
  handle(listener: RequestListener): void;
  /** Breaks all connections and stops listening. */
  close(): Promise<void>;
};

/** Listens on 127.0.0.1. @throws Error that says what to do when the port is taken */
export async function listen(port: number): Promise<LoopbackServer> {
  let handler: RequestListener = (_request, response) =>
    response
      .writeHead(503, { "Content-Type": "application/json", "Retry-After": "1" })
      .end('{"message":"The functions are starting"}');
  const server = createServer(
    { maxHeaderSize: 64 * 1024, keepAliveTimeout: 60_000, requestTimeout: 0 },
    (request, response) => handler(request, response),
  );
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = `Port ${port} is taken. Stop the program that uses it, or choose another with --port N.`;
      reject(cause.code === "EADDRINUSE" ? new Error(taken, { cause }) : cause);
    });
    server.listen(port, "127.0.0.1", resolve);
  });
  return {
    port: (server.address() as AddressInfo).port,
    handle: (listener) => {
      handler = listener;
    },
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
