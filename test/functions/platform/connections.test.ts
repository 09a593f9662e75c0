import { once } from "node:events";
import http from "node:http";
import https from "node:https";
import net from "node:net";
import tls, { type TLSSocket } from "node:tls";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import type { Dispatcher } from "undici";
import { afterEach, expect, it } from "vitest";
import { type Connection, openConnections } from "../../../functions/platform/connections.ts";
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from "../../fixtures/loopback-tls.ts";
import { type LoopbackServer, listen, startHttp } from "../../support/loopback-server.ts";

const opened: Connection[] = [];
const servers: LoopbackServer[] = [];
afterEach(async () => {
  for (const connection of opened.splice(0)) connection.discard();
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

/** Connections whose clock the test sets. */
function connectionsAt(clock = { now: 1_000_000 }) {
  const connections = openConnections(() => clock.now);
  const take = (url: string, connectMs = 3_000) => {
    const connection = connections.take(url, connectMs);
    opened.push(connection);
    return connection;
  };
  return { clock, take };
}

async function serving(
  answer: http.RequestListener = (_, response) => response.end("good"),
): Promise<LoopbackServer> {
  const server = await startHttp(answer);
  servers.push(server);
  return server;
}

/** Sends a request over a connection and gives the answer's body. */
function get({ client, path }: Connection, onChunk = (_: Buffer) => {}): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  const chunks: Buffer[] = [];
  const handler: Dispatcher.DispatchHandler = {
    onRequestStart() {},
    onResponseStart() {},
    onResponseData(_, chunk) {
      chunks.push(chunk);
      onChunk(chunk);
    },
    onResponseEnd: () => resolve(Buffer.concat(chunks).toString()),
    onResponseError: (_, cause) => reject(cause),
  };
  client.dispatch({ method: "GET", path }, handler);
  return promise;
}

const turns = async () => {
  for (let turn = 0; turn < 20; turn += 1) await new Promise(setImmediate);
};

const URL = "http://127.0.0.1:9/mcp";

it("gives back the connection that was used last first", () => {
  const { take } = connectionsAt();
  const [first, second, third] = [take(URL), take(URL), take(URL)];
  second.release();
  first.release();
  expect(take(URL)).toBe(first);
  expect(take(URL)).toBe(second);
  const fourth = take(URL);
  expect([first, second, third]).not.toContain(fourth);
});

it.each([
  [4_000, true],
  [4_001, false],
  [-4_000, true],
  [-4_001, false],
])("after %s ms by the clock, an idle connection is used again: %s", (ms, again) => {
  const { clock, take } = connectionsAt();
  const connection = take(URL);
  connection.release();
  clock.now += ms;
  expect(take(URL) === connection).toBe(again);
  expect(connection.client.destroyed).toBe(!again);
});

it("closes all that have been idle for too long", () => {
  const { clock, take } = connectionsAt();
  const idle = [take(URL), take(URL)];
  for (const connection of idle) connection.release();
  clock.now += 4_001;
  expect(idle).not.toContain(take(URL));
  expect(idle.map(({ client }) => client.destroyed)).toEqual([true, true]);
});

it("counts the time from the last release", () => {
  const { clock, take } = connectionsAt();
  const connection = take(URL);
  for (let round = 0; round < 3; round += 1) {
    connection.release();
    clock.now += 3_000;
    expect(take(URL)).toBe(connection);
  }
});

it("uses no connection for another URL or another limit for connecting", () => {
  const { take } = connectionsAt();
  const connection = take(URL, 3_000);
  connection.release();
  for (const other of [
    take("http://127.0.0.1:9/mcp?a=b", 3_000),
    take("http://127.0.0.1:10/mcp", 3_000),
    take("https://127.0.0.1:9/mcp", 3_000),
    take(URL, 3_001),
  ]) {
    expect(other).not.toBe(connection);
  }
  expect(take(URL, 3_000)).toBe(connection);
});

it("names path and query of the URL", () => {
  const { take } = connectionsAt();
  expect(take("http://127.0.0.1:9").path).toBe("/");
  expect(take("http://127.0.0.1:9/a%20b/?c=d#e").path).toBe("/a%20b/?c=d");
});

it("carries requests over one socket as long as it is given back", async () => {
  const server = await serving();
  const { take } = connectionsAt();
  for (let round = 0; round < 3; round += 1) {
    const connection = take(server.url);
    expect(await get(connection)).toBe("good");
    connection.release();
  }
  expect(server.connections()).toBe(1);
});

it("closes the socket of what is discarded", async () => {
  const server = await serving();
  const connected = server.next("connection");
  const { take } = connectionsAt();
  const connection = take(server.url);
  await get(connection);
  const [socket] = (await connected) as [net.Socket];
  const closed = once(socket, "close");
  connection.discard();
  await closed;
  expect(take(server.url)).not.toBe(connection);
});

const hasIpv6 = await new Promise<boolean>((resolve) => {
  const probe = net.createServer().on("error", () => resolve(false));
  probe.listen(0, "::1", () => probe.close(() => resolve(true)));
});

it.runIf(hasIpv6)("connects to an IPv6 address", async () => {
  const hosts: unknown[] = [];
  const server = http.createServer((request, response) => {
    hosts.push(request.headers.host);
    response.end("good");
  });
  server.listen(0, "::1");
  await once(server, "listening");
  const { port } = server.address() as net.AddressInfo;
  const connection = connectionsAt().take(`http://[::1]:${port}/mcp`);
  expect(await get(connection)).toBe("good");
  expect(hosts).toEqual([`[::1]:${port}`]);
  connection.discard();
  server.closeAllConnections();
  server.close();
});

/** Collects what nothing but weak references lead to. */
async function collectGarbage(): Promise<void> {
  setFlagsFromString("--expose-gc");
  const collect: () => void = runInNewContext("gc");
  await turns();
  collect();
  await turns();
}

it("resumes the TLS session of a server on its next connection, however much is collected in between", async () => {
  const trusted = tls.getCACertificates("default");
  tls.setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]);
  try {
    const resumed: boolean[] = [];
    const server = https.createServer({ key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE }, (_, response) =>
      response.end("good"),
    );
    server.on("secureConnection", (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
    const listening = await listen(server);
    servers.push(listening);
    const url = listening.url.replace("http:", "https:");
    const { take } = connectionsAt();
    const [first, second] = [take(url), take(url)];
    expect(await get(first)).toBe("good");
    await collectGarbage();
    expect(await get(second)).toBe("good");
    expect(resumed).toEqual([false, true]);
  } finally {
    tls.setDefaultCACertificates(trusted);
  }
});
