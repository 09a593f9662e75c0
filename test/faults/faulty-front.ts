// A TCP front before a working server that breaks exchanges in one chosen way, at any moment. Below HTTP, so that it can say what no
// HTTP server would.
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** Ways to fail. `status:N` responds with that status; `none` forwards everything. */
export type Fault =
  | "none"
  | "slow"
  | "refused"
  | "hangs before the response"
  | "hangs in the headers"
  | "hangs in the body"
  | "resets in the body"
  | "garbage"
  | "500"
  | "503"
  | "429"
  | "huge";

export type FaultyFront = {
  port: number;
  /** breaks from now on; connections that are open end first */
  fail(fault: Fault): Promise<void>;
  /** connections that are open now */
  open(): number;
  /** bytes that were sent of the last `huge` response */
  sent(): number;
  close(): Promise<void>;
};

const HEAD = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
const HALF = `${HEAD}Content-Length: 1000\r\n\r\n{"half":"`;
const SLOW_MS = 300;
const POURED_BYTES = 64_000_000;

/** @param target port on this machine of the server that works */
export async function startFaultyFront(target: number): Promise<FaultyFront> {
  const sockets = new Set<net.Socket>();
  let fault: Fault = "none";
  let sent = 0;
  const server = net.createServer((socket) => {
    sockets.add(socket);
    socket.on("error", () => {}).on("close", () => sockets.delete(socket));
    socket.once("data", (first) => void response(socket, first));
  });

  async function response(socket: net.Socket, first: Buffer): Promise<void> {
    switch (fault) {
      case "slow":
        socket.pause();
        await sleep(SLOW_MS);
        return pass(socket, first);
      case "none":
      case "refused":
        return pass(socket, first);
      case "hangs before the response":
        return;
      case "hangs in the headers":
        socket.write(HEAD.slice(0, 30));
        return;
      case "hangs in the body":
        socket.write(HALF);
        return;
      case "resets in the body":
        socket.write(HALF, () => setTimeout(() => socket.resetAndDestroy(), 20));
        return;
      case "garbage":
        socket.end("\u0000\u0001\u0002 no HTTP at all\r\n\r\n");
        return;
      case "huge":
        return pour(socket);
      default:
        socket.end(`HTTP/1.1 ${fault} Fault\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}`);
    }
  }

  function pass(socket: net.Socket, first: Buffer): void {
    const behind = net.connect(target, "127.0.0.1");
    behind.write(first);
    socket.pipe(behind).pipe(socket);
    behind.on("error", () => socket.destroy()).on("close", () => socket.destroy());
    socket.on("close", () => behind.destroy());
  }

  async function pour(socket: net.Socket): Promise<void> {
    sent = 0;
    const block = Buffer.alloc(65_536, " ");
    socket.write(`${HEAD}Transfer-Encoding: chunked\r\n\r\n`);
    const chunk = Buffer.concat([Buffer.from("10000\r\n"), block, Buffer.from("\r\n")]);
    while (!socket.destroyed && sent < POURED_BYTES) {
      if (!socket.write(chunk)) await drained(socket);
      sent += block.length;
    }
  }

  const listen = async (port: number) => {
    server.listen(port, "127.0.0.1");
    await once(server, "listening");
    return (server.address() as net.AddressInfo).port;
  };
  const port = await listen(0);
  const stop = async () => {
    for (const socket of sockets) socket.destroy();
    if (!server.listening) return;
    server.close();
    await once(server, "close");
  };
  return {
    port,
    async fail(next) {
      for (const socket of sockets) socket.destroy();
      // One turn for the other side to see it.
      await sleep(20);
      if (next === "refused") await stop();
      else if (!server.listening) await listen(port);
      fault = next;
    },
    open: () => sockets.size,
    sent: () => sent,
    close: stop,
  };
}

function drained(socket: net.Socket): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      socket.off("drain", done).off("close", done);
      resolve();
    };
    socket.on("drain", done).on("close", done);
  });
}
