// Starts a subject's server on a free port of 127.0.0.1 and prints it.
import http from "node:http";
import type { AddressInfo } from "node:net";

/** Serves until the process is ended. */
export function serve(answer: http.RequestListener): void {
  // No connection ends between two requests: whoever sends on one that is just being closed gets an error, and not every subject bears it.
  const server = http.createServer({ keepAliveTimeout: 60_000 }, answer);
  server.listen(0, "127.0.0.1", () => console.log(`port ${(server.address() as AddressInfo).port}`));
}
process.on("SIGINT", () => process.exit(0));
