// The load: keep-alive connections on plain sockets, each with one request at a time. Only parses the framing of a response.
import { once } from "node:events";
import net from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/** The request to repeat. */
export type LoadRequest = {
  path: string;
  headers: Readonly<Record<string, string>>;
  body: string;
};

/**
 * Sends requests for a period.
 *
 * @param connections number of concurrent connections
 * @param ms duration
 * @returns number of responses with 200; any other response is an error
 */
export async function runLoad(
  port: number,
  request: LoadRequest,
  connections: number,
  ms: number,
): Promise<number> {
  const bytes = bytesOf(port, request);
  let responses = 0;
  const endAt = performance.now() + ms;
  const run = async () => {
    const socket = await connect(port);
    await new Promise<void>((resolve, reject) => {
      const read = responseReader((status) => {
        if (status !== 200) return reject(new Error(`port ${port} responded with ${status}`));
        responses += 1;
        if (performance.now() < endAt) socket.write(bytes);
        else resolve();
      });
      socket
        .on("data", read)
        .on("error", reject)
        .on("close", () => reject(new Error(`port ${port} closed`)));
      socket.write(bytes);
    });
    socket.removeAllListeners("close").destroy();
  };
  await Promise.all(Array.from({ length: connections }, run));
  return responses;
}

/**
 * Milliseconds between events of several concurrent streams that start one after the other.
 *
 * @param withinMs time in which all of them start
 */
export async function eventGaps(
  port: number,
  request: LoadRequest,
  streams: number,
  withinMs: number,
): Promise<number[]> {
  const bytes = bytesOf(port, request);
  const gaps = await Promise.all(
    Array.from({ length: streams }, async (_, index) => {
      await sleep((withinMs * index) / streams);
      return await gapsOf(await connect(port), bytes);
    }),
  );
  return gaps.flat();
}

function gapsOf(socket: net.Socket, bytes: string): Promise<number[]> {
  return new Promise((resolve, reject) => {
    const gaps: number[] = [];
    let lastAt: number | undefined;
    socket.on("error", reject).on("data", (chunk: Buffer) => {
      const seen = chunk.toString("latin1");
      const now = performance.now();
      for (const _event of seen.matchAll(/^data:/gm)) {
        if (lastAt !== undefined) gaps.push(now - lastAt);
        lastAt = now;
      }
      if (!seen.endsWith("0\r\n\r\n")) return;
      socket.destroy();
      if (gaps.length > 0) resolve(gaps);
      else reject(new Error(`port ${socket.remotePort} sent no events: ${seen.slice(0, 200)}`));
    });
    socket.write(bytes);
  });
}

async function connect(port: number): Promise<net.Socket> {
  const socket = net.connect({ port, host: "127.0.0.1", noDelay: true });
  await once(socket, "connect");
  return socket;
}

function bytesOf(port: number, { path, headers, body }: LoadRequest): string {
  const all = { host: `127.0.0.1:${port}`, ...headers, "content-length": String(body.length) };
  const lines = Object.entries(all).map(([name, value]) => `${name}: ${value}`);
  return `POST ${path} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n${body}`;
}

function responseReader(onResponse: (status: number) => void): (chunk: Buffer) => void {
  let pending = "";
  return (chunk) => {
    pending += chunk.toString("latin1");
    const headEnd = pending.indexOf("\r\n\r\n");
    if (headEnd === -1) return;
    const head = pending.slice(0, headEnd);
    const length = /\ncontent-length: *(\d+)/i.exec(head)?.[1];
    const whole =
      length === undefined
        ? pending.endsWith("\r\n0\r\n\r\n")
        : pending.length >= headEnd + 4 + Number(length);
    if (!whole) return;
    pending = "";
    onResponse(Number(head.slice(9, 12)));
  };
}
