import type { IncomingMessage } from "node:http";
import { text } from "node:stream/consumers";
import { gzipSync } from "node:zlib";
import { afterEach, describe, expect, it } from "vitest";
import { fetchJson, postForJson } from "../../../functions/platform/http-fetch.ts";
import { closedPort, type LoopbackServer, startHttp, startTcp } from "../../support/loopback-server.ts";

const LIMITS = { timeoutMs: 5_000, maxBytes: 1_000 };
const HANGING = { timeoutMs: 150, maxBytes: 1_000 };

const servers: LoopbackServer[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close()));
});

async function http(...args: Parameters<typeof startHttp>): Promise<LoopbackServer> {
  const server = await startHttp(...args);
  servers.push(server);
  return server;
}

async function tcp(...args: Parameters<typeof startTcp>): Promise<LoopbackServer> {
  const server = await startTcp(...args);
  servers.push(server);
  return server;
}

describe("fetchJson", () => {
  it("returns the parsed document", async () => {
    const { url } = await http((_, response) => response.end('{"keys":[]}'));
    expect(await fetchJson(url, LIMITS)).toEqual({
      status: 200,
      json: { keys: [] },
      retryAfterSeconds: undefined,
    });
  });

  it("requests uncompressed JSON, with nothing that identifies a caller", async () => {
    let seen: IncomingMessage | undefined;
    const { url, port } = await http((request, response) => {
      seen = request;
      response.end("{}");
    });
    await fetchJson(url, LIMITS);
    expect(seen?.method).toBe("GET");
    expect(seen?.headers).toEqual({
      accept: "application/json, application/jwk-set+json",
      "accept-encoding": "identity",
      host: `127.0.0.1:${port}`,
      connection: "keep-alive",
      "user-agent": expect.stringMatching(/^descope-mcp-gateway\/\d+\.\d+\.\d+$/),
    });
  });

  it("parses a document that starts with a byte order mark, but not with two", async () => {
    const marked = await http((_, response) => response.end('\uFEFF{"keys":[]}'));
    expect((await fetchJson(marked.url, LIMITS)).json).toEqual({ keys: [] });
    const twice = await http((_, response) => response.end("\uFEFF\uFEFF{}"));
    await expect(fetchJson(twice.url, LIMITS)).rejects.toThrow("the response is not valid JSON");
  });

  it.each(['{"keys":[],"keys":[]}', `${"[".repeat(40)}${"]".repeat(40)}`])(
    "rejects a document with a repeated key or deep nesting: %s",
    async (body) => {
      const { url } = await http((_, response) => response.end(body));
      await expect(fetchJson(url, LIMITS)).rejects.toThrow("the response is not valid JSON");
    },
  );

  it.each([201, 204, 401, 404, 429, 500, 503])("returns no document for status %i", async (status) => {
    const { url } = await http((_, response) => response.writeHead(status).end(status === 204 ? "" : "{}"));
    expect(await fetchJson(url, LIMITS)).toMatchObject({ status, json: undefined });
  });

  it.each([301, 302, 303, 307, 308])("does not follow a redirect with status %i", async (status) => {
    let followed = 0;
    const other = await http((_, response) => {
      followed += 1;
      response.end("{}");
    });
    const { url } = await http((_, response) => response.writeHead(status, { location: other.url }).end());
    expect(await fetchJson(url, LIMITS)).toMatchObject({ status, json: undefined });
    expect(followed).toBe(0);
  });

  it.each([
    ["120", 120],
    ["0", 0],
    ["Wed, 21 Oct 2015 07:28:00 GMT", 0],
    [new Date(Date.now() + 3_600_000).toUTCString(), expect.closeTo(3_600, -2)],
    ["-5", undefined],
    ["soon, GMT", undefined],
    ["2026-12-31", undefined],
  ])("reads Retry-After %s", async (header, seconds) => {
    const { url } = await http((_, response) => response.writeHead(429, { "retry-after": header }).end());
    expect(await fetchJson(url, LIMITS)).toMatchObject({ status: 429, retryAfterSeconds: seconds });
  });

  it("accepts a document of exactly the maximum size and rejects one byte more", async () => {
    const body = (size: number) => `"${"x".repeat(size - 2)}"`;
    const exact = await http((_, response) => response.end(body(1000)));
    const larger = await http((_, response) => response.end(body(1001)));
    expect((await fetchJson(exact.url, LIMITS)).json).toHaveLength(998);
    await expect(fetchJson(larger.url, LIMITS)).rejects.toThrow("exceeds 1000 bytes");
  });

  it("aborts a document that never ends", async () => {
    const { url } = await http((_, response) => {
      const more = () => {
        while (!response.destroyed && response.write("x".repeat(10_000)));
      };
      response.on("drain", more);
      more();
    });
    await expect(fetchJson(url, LIMITS)).rejects.toThrow("exceeds 1000 bytes");
  });

  it("rejects an endless error response", async () => {
    const { url } = await http((_, response) => {
      response.writeHead(500);
      response.write("x".repeat(5_000));
    });
    await expect(fetchJson(url, LIMITS)).rejects.toThrow("exceeds 1000 bytes");
  });

  it.each([
    ["text", Buffer.from("hello")],
    ["nothing", Buffer.alloc(0)],
    ["half a document", Buffer.from('{"keys":[')],
    ["a compressed document", gzipSync("{}")],
  ])("rejects %s", async (_, body) => {
    const { url } = await http((_request, response) => response.end(body));
    await expect(fetchJson(url, LIMITS)).rejects.toThrow("the response is not valid JSON");
  });

  it("rejects a response that is not HTTP", async () => {
    const { url } = await tcp((socket) => socket.end("SSH-2.0-OpenSSH_9.9\r\n"));
    await expect(fetchJson(url, LIMITS)).rejects.toMatchObject({ fault: "invalid_http" });
  });

  it("rejects if the connection is refused", async () => {
    await expect(fetchJson(`http://127.0.0.1:${await closedPort()}/`, LIMITS)).rejects.toMatchObject({
      fault: "refused",
    });
  });

  it.each<[string, Parameters<typeof startTcp>[0]]>([
    ["before the response", () => {}],
    ["within the headers", (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-")],
    ["before the body", (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n")],
    ["within the body", (socket) => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{")],
    [
      "in a body that trickles",
      (socket) => {
        socket.write("HTTP/1.1 200 OK\r\ncontent-length: 900\r\n\r\n");
        const timer = setInterval(() => socket.write(" "), 20);
        socket.on("close", () => clearInterval(timer));
      },
    ],
  ])("aborts an exchange that hangs %s", async (_, accept) => {
    const { url } = await tcp(accept);
    await expect(fetchJson(url, HANGING)).rejects.toThrow("no complete response within 150 ms");
  });

  it.each<[string, string]>([
    ["before the response", ""],
    ["within the headers", "HTTP/1.1 200 OK\r\ncontent-"],
    ["within the body", "HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"],
  ])("throws if the connection ends %s", async (_, sent) => {
    const { url } = await tcp((socket) => {
      socket.once("data", () => socket.end(sent));
    });
    await expect(fetchJson(url, LIMITS)).rejects.toMatchObject({
      fault: expect.stringMatching(/^(?:closed|invalid_http)$/),
    });
  });
});

describe("postForJson", () => {
  it("sends the body with its length and the caller's headers", async () => {
    const { url } = await http(async (request, response) => {
      const { method, headers } = request;
      const body = await text(request);
      response.end(
        JSON.stringify({ method, type: headers["content-type"], length: headers["content-length"], body }),
      );
    });
    const headers = { "content-type": "application/x-www-form-urlencoded" };
    expect((await postForJson(url, { ...LIMITS, headers, body: "token=é" })).json).toEqual({
      method: "POST",
      type: "application/x-www-form-urlencoded",
      length: "8",
      body: "token=é",
    });
  });

  it("has the same limits as fetchJson", async () => {
    const hanging = await tcp(() => {});
    const large = await http((_, response) => response.end("x".repeat(1001)));
    const post = { headers: {}, body: "" };
    await expect(postForJson(hanging.url, { ...post, ...HANGING })).rejects.toThrow("within 150 ms");
    await expect(postForJson(large.url, { ...post, ...LIMITS })).rejects.toThrow("exceeds 1000 bytes");
  });
});
