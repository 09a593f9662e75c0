// The HTTP client against real sockets: what is sent, which connections are used, and that nothing is sent twice.
import https from "node:https";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import tls, { type TLSSocket } from "node:tls";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { createHttpClient } from "../../../functions/platform/http-client.ts";
import packageJson from "../../../package.json" with { type: "json" };
import { LOOPBACK_CERTIFICATE, LOOPBACK_KEY } from "../../fixtures/loopback-tls.ts";
import { startFrozenServer } from "../../support/frozen-server.ts";
import { closeServersAfterEach, failureOf, sendTo, serving, settled } from "../../support/http-calls.ts";
import { listen, startHttp, startTcp } from "../../support/loopback-server.ts";

closeServersAfterEach();

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** A server that keeps every request of every connection, and responds to each as the test says. */
async function recording(respond: (socket: Socket, request: number) => void) {
  const requests: string[] = [];
  const server = await serving(
    startTcp((socket) =>
      socket.on("data", (bytes) => {
        requests.push(bytes.toString());
        respond(socket, requests.length);
      }),
    ),
  );
  return { ...server, requests };
}

describe("a request of the HTTP client", () => {
  it("sends method, path, headers and body, and returns status, headers and body of the response", async () => {
    const seen: unknown[] = [];
    const { url } = await serving(
      startHttp(async (request, response) => {
        const { method, url: path, headers } = request;
        seen.push([method, path, headers["mcp-name"], headers["content-length"]]);
        seen.push(await text(request), headers["transfer-encoding"]);
        response.writeHead(202, { "mcp-session-id": "s1" }).end("done");
      }),
    );
    const overrides = { headers: { "mcp-name": "add" }, body: '{"é":1}' };
    const response = await sendTo(`${url}?a=b`, overrides);
    expect(response).toMatchObject({ status: 202, headers: { "mcp-session-id": "s1" } });
    expect(await text(response.body)).toBe("done");
    expect(seen).toEqual([["POST", "/mcp?a=b", "add", "8"], '{"é":1}', undefined]);
  });

  it.each(["GET", "DELETE"])("with method %s has no body and no framing headers", async (method) => {
    const framing: unknown[] = [];
    const { url } = await serving(
      startHttp(async ({ headers }, response) => {
        framing.push(headers["content-length"], headers["transfer-encoding"]);
        response.end();
      }),
    );
    await text((await sendTo(url, { method, body: undefined })).body);
    expect(framing).toEqual([undefined, undefined]);
  });

  it("contains the gateway and its version in User-Agent, unless a header replaces it", async () => {
    const seen: unknown[] = [];
    const { url } = await serving(
      startHttp(({ headers }, response) => {
        seen.push(headers["user-agent"]);
        response.end();
      }),
    );
    await text((await sendTo(url)).body);
    await text((await sendTo(url, { headers: { "user-agent": "acme/1" } })).body);
    expect(seen).toEqual([`descope-mcp-gateway/${packageJson.version}`, "acme/1"]);
  });

  it.each(["a\r\nx-user-claims: forged", "a\nb", "a\rb", "a\0b"])(
    "with the header value %j is rejected, and nothing is sent",
    async (value) => {
      const server = await recording((socket) => socket.write(OK));
      const send = createHttpClient();
      await expect(sendTo(server.url, { headers: { "mcp-name": value } }, send)).rejects.toMatchObject({
        code: "ERR_INVALID_CHAR",
      });
      await settled();
      expect(server.requests).toEqual([]);
      expect(await text((await sendTo(server.url, {}, send)).body)).toBe("ok");
    },
  );
});

describe("a response of the HTTP client", () => {
  it("with a redirect status is returned and not followed", async () => {
    const other = await recording(() => {});
    const { url } = await serving(
      startHttp((_, response) => response.writeHead(307, { location: other.url }).end()),
    );
    expect((await sendTo(url)).status).toBe(307);
    expect(other.requests).toEqual([]);
  });

  it.each([
    ["100 without Expect", "HTTP/1.1 100 Continue\r\n\r\n"],
    ["102", "HTTP/1.1 102 Processing\r\n\r\n"],
    ["103", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"],
    ["several", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"],
  ])("is returned after interim responses: %s", async (_, interim) => {
    for (const together of [true, false]) {
      const { url } = await recording((socket) => {
        if (together) return socket.write(interim + OK);
        socket.write(interim);
        return setImmediate(() => socket.write(OK));
      });
      const { status, headers, body } = await sendTo(url);
      expect([status, headers]).toEqual([200, { "content-length": "2" }]);
      expect(await text(body)).toBe("ok");
    }
  });

  it("contains the values of a repeated header as one list", async () => {
    const { url } = await recording((socket) =>
      socket.write(
        "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\ncache-control: private\r\ncontent-length: 0\r\n\r\n",
      ),
    );
    expect((await sendTo(url)).headers).toEqual({
      "cache-control": "no-store, private",
      "content-length": "0",
    });
  });
});

describe("the HTTP client does not retry a request that fails because", () => {
  it.each<[string, (socket: Socket) => void]>([
    ["closes without a response", (socket) => socket.end()],
    ["resets", (socket) => socket.resetAndDestroy()],
    ["sends garbage", (socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n")],
    ["ends within the headers", (socket) => socket.end("HTTP/1.1 200 OK\r\ncontent-")],
    [
      "switches protocols",
      (socket) =>
        socket.write("HTTP/1.1 101 Switching Protocols\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n"),
    ],
    ["sends an interim response and closes", (socket) => socket.end("HTTP/1.1 100 Continue\r\n\r\n")],
    [
      "sends contradicting lengths",
      (socket) =>
        socket.end("HTTP/1.1 200 OK\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n"),
    ],
    ["sends endless headers", (socket) => socket.end(`HTTP/1.1 200 OK\r\nx: ${"y".repeat(100_000)}\r\n\r\n`)],
  ])("the server %s", async (_, act) => {
    const server = await recording(act);
    expect(await failureOf(server.url)).toMatchObject({ name: "ConnectionError" });
    await settled();
    expect([server.connections(), server.requests.length]).toEqual([1, 1]);
  });

  it("the server closes the kept-alive connection when the request arrives", async () => {
    const server = await recording((socket, request) => {
      if (request === 1) socket.write(OK);
      else socket.destroy();
    });
    const send = createHttpClient();
    await text((await sendTo(server.url, { body: "1" }, send)).body);
    await settled();
    expect(await failureOf(server.url, { body: "2" }, send)).toMatchObject({ name: "ConnectionError" });
    await settled();
    expect(server.requests.map((request) => request.at(-1))).toEqual(["1", "2"]);
    expect(server.connections()).toBe(1);
  });
});

describe("connections of the HTTP client", () => {
  it("are reused once a response was read to its end", async () => {
    const server = await serving(startHttp((_, response) => response.end("ok")));
    const send = createHttpClient();
    for (let round = 0; round < 3; round += 1) {
      await text((await sendTo(server.url, {}, send)).body);
      await settled();
    }
    expect(server.connections()).toBe(1);
  });

  it("are not reused if a response body was not read", async () => {
    const server = await serving(startHttp((_, response) => response.end("x".repeat(1_000_000))));
    const send = createHttpClient();
    for (let round = 0; round < 2; round += 1) {
      const { body } = await sendTo(server.url, {}, send);
      body.destroy();
      await settled();
    }
    expect(server.connections()).toBe(2);
  });

  it.each([
    ["4000 ms are reused", 4_000, 1],
    ["4001 ms are not reused", 4_001, 2],
    ["minus 4001 ms, after the clock was set back, are not reused", -4_001, 2],
  ])("that were idle for %s", async (_, idleMs, connections) => {
    let now = 1_000_000;
    const server = await serving(startHttp((_request, response) => response.end("ok")));
    const send = createHttpClient(() => now);
    await text((await sendTo(server.url, {}, send)).body);
    await settled();
    now += idleMs;
    await text((await sendTo(server.url, {}, send)).body);
    expect(server.connections()).toBe(connections);
  });

  it("that were idle for longer than the server's Keep-Alive timeout are not reused", async () => {
    let now = 1_000_000;
    const server = await serving(
      startHttp((_request, response) => {
        response.writeHead(200, { "keep-alive": "timeout=3" }).end("ok");
      }),
    );
    const send = createHttpClient(() => now);
    await text((await sendTo(server.url, {}, send)).body);
    await settled();
    now += 2_500;
    await text((await sendTo(server.url, {}, send)).body);
    expect(server.connections()).toBe(2);
  });

  it("that the server closed after its response do not fail a later request", async () => {
    const server = await recording((socket, request) => {
      socket.write(OK);
      if (request === 1) socket.end();
    });
    const send = createHttpClient();
    expect(await text((await sendTo(server.url, { body: "1" }, send)).body)).toBe("ok");
    await settled();
    expect(await text((await sendTo(server.url, { body: "2" }, send)).body)).toBe("ok");
    expect(server.connections()).toBe(2);
  });

  it("that the server closed while the function was frozen do not fail a request", async () => {
    const server = await startFrozenServer();
    const send = createHttpClient();
    try {
      expect(await text((await sendTo(server.url, {}, send)).body)).toBe("ok");
      await settled();
      server.freezeUntilClosed();
      expect(await text((await sendTo(server.url, {}, send)).body)).toBe("ok");
      expect(server.connections()).toBe(2);
    } finally {
      await server.close();
    }
  });

  it("are not reused after the server sent unsolicited data", async () => {
    const server = await recording((socket, request) => {
      socket.write(OK);
      if (request === 1)
        setImmediate(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged"));
    });
    const send = createHttpClient();
    expect(await text((await sendTo(server.url, {}, send)).body)).toBe("ok");
    await settled();
    expect(await text((await sendTo(server.url, {}, send)).body)).toBe("ok");
    expect(server.connections()).toBe(2);
  });

  it("carry nothing from one caller to the next", async () => {
    const seen: unknown[] = [];
    const server = await serving(
      startHttp((request, response) => {
        seen.push(request.headers["x-user-claims"]);
        response.end();
      }),
    );
    const send = createHttpClient();
    const callers: Record<string, string>[] = [{ "x-user-claims": "alice" }, { "x-user-claims": "bob" }, {}];
    for (const headers of callers) {
      await text((await sendTo(server.url, { headers }, send)).body);
      await settled();
    }
    expect(seen).toEqual(["alice", "bob", undefined]);
    expect(server.connections()).toBe(1);
  });

  it("serve concurrent requests in parallel", async () => {
    const waiting: (() => void)[] = [];
    const server = await serving(
      startHttp((_, response) => {
        waiting.push(() => response.end());
        if (waiting.length === 8) for (const end of waiting) end();
      }),
    );
    const send = createHttpClient();
    await Promise.all(Array.from({ length: 8 }, () => sendTo(server.url, {}, send)));
    expect(server.connections()).toBe(8);
  });
});

describe("TLS connections of the HTTP client", () => {
  const trusted = tls.getCACertificates("default");
  beforeAll(() => tls.setDefaultCACertificates([...trusted, LOOPBACK_CERTIFICATE]));
  afterAll(() => tls.setDefaultCACertificates(trusted));

  it("are kept alive, and their session is resumed on the next connection", async () => {
    const resumed: boolean[] = [];
    const options = { key: LOOPBACK_KEY, cert: LOOPBACK_CERTIFICATE };
    const server = https.createServer(options, (_, response) => response.end("secure"));
    server.on("secureConnection", (socket: TLSSocket) => resumed.push(socket.isSessionReused()));
    const listening = await serving(listen(server));
    const url = listening.url.replace("http:", "https:");
    const send = createHttpClient();
    for (let round = 0; round < 2; round += 1) {
      expect(await text((await sendTo(url, {}, send)).body)).toBe("secure");
      await settled();
    }
    expect(listening.connections()).toBe(1);
    server.closeAllConnections();
    await settled();
    expect(await text((await sendTo(url, {}, send)).body)).toBe("secure");
    expect(resumed).toEqual([false, true]);
  });
});
