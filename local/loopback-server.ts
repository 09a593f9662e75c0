// The HTTP server of the local run: on loopback only, with limits above API Gateway's, so that API Gateway's limits apply.
import { createServer, type RequestListener } from "node:http";
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
  await new Promise<void>((resolve, reject) => {
    server.once("error", (cause: NodeJS.ErrnoException) => {
      const taken = `Port ${port} is in use. Stop the program that uses it, or choose another port with --port N.`;
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
