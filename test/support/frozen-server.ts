// A server in its own thread, for a client whose function is frozen: this thread blocks until the server has closed the connection,
// and notices it only afterwards.
import { once } from "node:events";
import { Worker } from "node:worker_threads";

/** A server that responds with `ok`, keeps the connection alive, and closes it on request. */
export type FrozenServer = {
  url: string;
  /** Blocks this thread until the server has closed its connection. */
  freezeUntilClosed(): void;
  /** connections that the server has accepted */
  connections(): number;
  close(): Promise<unknown>;
};

const PROGRAM = `
  const { createServer } = require("node:net");
  const { parentPort, workerData } = require("node:worker_threads");
  const state = new Int32Array(workerData);
  let connection;
  createServer((socket) => {
    connection = socket;
    Atomics.add(state, 1, 1);
    socket.on("error", () => {});
    socket.on("data", () => socket.write("HTTP/1.1 200 OK\\r\\ncontent-length: 2\\r\\n\\r\\nok"));
  }).listen(0, "127.0.0.1", function () { parentPort.postMessage(this.address().port); });
  parentPort.on("message", () => connection.end(() => { Atomics.store(state, 0, 1); Atomics.notify(state, 0); }));
`;

/** Starts the server. */
export async function startFrozenServer(): Promise<FrozenServer> {
  const memory = new SharedArrayBuffer(8);
  const state = new Int32Array(memory);
  const worker = new Worker(PROGRAM, { eval: true, workerData: memory });
  const [port] = await once(worker, "message");
  return {
    url: `http://127.0.0.1:${port}/mcp`,
    freezeUntilClosed() {
      Atomics.store(state, 0, 0);
      worker.postMessage("close");
      Atomics.wait(state, 0, 0);
    },
    connections: () => Atomics.load(state, 1),
    close: () => worker.terminate(),
  };
}
