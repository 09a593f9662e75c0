// Starts a subject's HTTP server on a free port of 127.0.0.1 and prints the port.
import http from "node:http";
import type { AddressInfo } from "node:net";

/** Serves until the process ends. */
export function serve(listener: http.RequestListener): void {
  // Longer than any pause of the load, because a request on a closing connection would fail.
  const server = http.createServer({ keepAliveTimeout: 60_000 }, listener);
  server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as AddressInfo).port}`));
}
