import type { ServerResponse } from "node:http";
import https from "node:https";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import tls from "node:tls";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { createDownstream } from "../../../functions/platform/downstream.ts";
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from "../../fixtures/loopback-tls.ts";
import { readBody, textOf } from "../../support/answer-bodies.ts";
import { answered, requestTo, serving, settled, useDownstreamCalls } from "../../support/downstream-calls.ts";
import { closedPort, listen, startHttp, startTcp } from "../../support/loopback-server.ts";

useDownstreamCalls();

describe("a call", () => {
  it("sends method, path, headers and body, and gives status, headers and body", async () => {
    const seen: unknown[] = [];
    const { url } = await serving(
      startHttp(async (request, response) => {
        const { method, url: path, headers } = request;
        seen.push([
          method,
          path,
          headers["mcp-name"],
          headers["content-length"],
          headers["transfer-encoding"],
        ]);
        seen.push(await text(request));
        response.writeHead(202, { "mcp-session-id": "s1" }).end("done");
      }),
    );
    const call = createDownstream();
    const request = requestTo(`${url}?a=b`, { headers: { "mcp-name": "add" }, body: '{"é":1}' });
    const result = answered(await call(request));
    expect(result).toMatchObject({ status: 202, headers: { "mcp-session-id": "s1" } });
    expect(await textOf(result.body)).toBe("done");
    expect(seen).toEqual([["POST", "/mcp?a=b", "add", "8", undefined], '{"é":1}']);
  });

  it.each(["GET", "DELETE"])("sends %s without a body", async (method) => {
    const framing: unknown[] = [];
    const { url } = await serving(
      startHttp(async (request, response) => {
        framing.push(
          request.headers["content-length"],
          request.headers["transfer-encoding"],
          await text(request),
        );
        response.end();
      }),
    );
    await textOf(answered(await createDownstream()(requestTo(url, { method, body: undefined }))).body);
    expect(framing).toEqual([undefined, undefined, ""]);
  });

  it("gives a redirect as it is", async () => {
    let followed = 0;
    const other = await serving(
      startHttp((_, response) => {
        followed += 1;
        response.end();
      }),
    );
    const { url } = await serving(
      startHttp((_, response) => response.writeHead(307, { location: other.url }).end()),
    );
    expect(answered(await createDownstream()(requestTo(url))).status).toBe(307);
    expect(followed).toBe(0);
  });

  it("gives an event the moment it arrives", async () => {
    let response: ServerResponse | undefined;
    const { url } = await serving(
      startHttp((_, opened) => {
        response = opened;
        opened.writeHead(200).flushHeaders();
      }),
    );
    const { body } = answered(await createDownstream()(requestTo(url)));
    const recorded = readBody(body);
    for (const soFar of ["data: 1\n\n", "data: 1\n\ndata: 2\n\n"]) {
      response?.write(soFar.slice(-9));
      await recorded.came(soFar);
    }
  });

  it.each<[string, (socket: Socket) => void]>([
    ["closes without an answer", (socket) => socket.end()],
    ["resets", (socket) => socket.resetAndDestroy()],
    ["answers garbage", (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n")],
    ["ends within the headers", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-")],
    [
      "answers with contradicting lengths",
      (socket) =>
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    ],
    [
      "answers with headers without end",
      (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`),
    ],
  ])("fails where the server %s, and is not sent again", async (_, act) => {
    const server = await serving(startTcp((socket) => socket.once("data", () => act(socket))));
    expect(await createDownstream()(requestTo(server.url))).toMatchObject({
      ok: false,
      failure: "unreachable",
    });
    expect(server.connections()).toBe(1);
  });

  it("fails where nobody listens, with the cause", async () => {
    const url = `http://127.0.0.1:${await closedPort()}/mcp`;
    expect(await createDownstream()(requestTo(url))).toMatchObject({
      ok: false,
      failure: "unreachable",
      cause: { code: "ECONNREFUSED" },
    });
  });

  it.each<[string, (socket: Socket) => void]>([
    ["a reset", (socket) => socket.resetAndDestroy()],
    ["an early end", (socket) => socket.end()],
    ["garbage", (socket) => socket.write("zzzz\r\n")],
  ])("ends the body with an error after %s in its midst", async (_, act) => {
    const server = await serving(
      startTcp((socket) =>
        socket.once("data", () =>
          socket.write("HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n3\r\nabc\r\n"),
        ),
      ),
    );
    const connected = server.next("connection");
    const { body } = answered(await createDownstream()(requestTo(server.url)));
    const [socket] = (await connected) as [Socket];
    const recorded = readBody(body);
    await recorded.came("abc");
    act(socket);
    expect(await recorded.failed).toBeInstanceOf(Error);
    expect(recorded.text()).toBe("abc");
  });
});

describe("connections", () => {
  it("are used again once an answer was read to its end", async () => {
    const server = await serving(startHttp((_, response) => response.end("ok")));
    const call = createDownstream();
    for (let round = 0; round < 3; round += 1) {
      await textOf(answered(await call(requestTo(server.url))).body);
      await settled();
    }
    expect(server.connections()).toBe(1);
  });

  it("carry several calls at once side by side", async () => {
    let waiting: ServerResponse[] = [];
    const server = await serving(
      startHttp((_, response) => {
        waiting.push(response);
        if (waiting.length === 8) for (const each of waiting) each.end();
      }),
    );
    const call = createDownstream();
    const results = await Promise.all(Array.from({ length: 8 }, () => call(requestTo(server.url))));
    expect(results.every(({ ok }) => ok)).toBe(true);
    expect(server.connections()).toBe(8);
    waiting = [];
  });

  it.each([
    ["4000 ms are used again", 4_000, 1],
    ["4001 ms are not", 4_001, 2],
  ])("that lay idle for %s", async (_, idleMs, connections) => {
    let now = 1_000_000;
    const server = await serving(startHttp((_request, response) => response.end("ok")));
    const call = createDownstream(() => now);
    await textOf(answered(await call(requestTo(server.url))).body);
    await settled();
    now += idleMs;
    await textOf(answered(await call(requestTo(server.url))).body);
    expect(server.connections()).toBe(connections);
  });

  it("carry nothing of one caller over to the next", async () => {
    const seen: unknown[] = [];
    const server = await serving(
      startHttp((request, response) => {
        seen.push(request.headers["x-user-claims"]);
        response.end();
      }),
    );
    const call = createDownstream();
    const callers: Record<string, string>[] = [{ "x-user-claims": "alice" }, { "x-user-claims": "bob" }, {}];
    for (const headers of callers) {
      await textOf(answered(await call(requestTo(server.url, { headers }))).body);
      await settled();
    }
    expect(seen).toEqual(["alice", "bob", undefined]);
    expect(server.connections()).toBe(1);
  });
});

describe("TLS", () => {
  const trusted = tls.getCACertificates("default");
  beforeAll(() => tls.setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]));
  afterAll(() => tls.setDefaultCACertificates(trusted));

  const startTls = () => {
    const options = { key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE };
    return listen(https.createServer(options, (_, response) => response.end("secure")));
  };

  it("works and keeps the connection", async () => {
    const server = await serving(startTls());
    const call = createDownstream();
    const url = server.url.replace("http:", "https:");
    for (let round = 0; round < 2; round += 1) {
      expect(await textOf(answered(await call(requestTo(url))).body)).toBe("secure");
      await settled();
    }
    expect(server.connections()).toBe(1);
    // What remains closes the idle connection after four seconds.
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(4_000);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("refuses a certificate that nobody vouches for", async () => {
    tls.setDefaultCACertificates(trusted);
    const server = await serving(startTls());
    const result = await createDownstream()(requestTo(server.url.replace("http:", "https:")));
    tls.setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]);
    expect(result).toMatchObject({ ok: false, failure: "unreachable" });
  });
});
