// Bodies and time limits of the HTTP client: order, backpressure, ends, failures, and the limit of each phase.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { createHttpClient } from "../../../functions/platform/http-client.ts";
import {
  beginning,
  closeServersAfterEach,
  failureOf,
  sendTo,
  serving,
  settled,
} from "../../support/http-calls.ts";
import { startHttp, startTcp } from "../../support/loopback-server.ts";

closeServersAfterEach();

const SHORT = { connectMs: 3_000, firstByteMs: 3_000, idleMs: 200 };

/** A server that sends these bytes to each request, and then does what the test says. */
const saying = (bytes: string, then: (socket: Socket) => void = () => {}) =>
  serving(startTcp((socket) => socket.on("data", () => socket.write(bytes, () => then(socket)))));

describe("a response body of the HTTP client", () => {
  it("delivers an event as soon as it arrives", async () => {
    let response: ServerResponse | undefined;
    const { url } = await serving(
      startHttp((_, opened) => {
        response = opened;
        opened.writeHead(200).flushHeaders();
      }),
    );
    const { body } = await sendTo(url);
    for (const event of ["data: 1\n\n", "data: 2\n\n"]) {
      const arrived = once(body, "data");
      response?.write(event);
      expect(String((await arrived)[0])).toBe(event);
    }
  });

  it("keeps data that arrives before it is read, in order, and its end", async () => {
    const { url, response } = await beginning();
    const { body } = await sendTo(url);
    for (const part of ["b", "c"]) {
      response()?.write(part);
      await settled();
    }
    response()?.end("d");
    await settled();
    expect(await text(body)).toBe("abcd");
  });

  it("applies backpressure to the server and is complete at the end", async () => {
    let written = 0;
    const { url } = await serving(
      startHttp((_, response) => {
        const chunk = Buffer.alloc(100_000);
        const more = () => {
          while (written < 100_000_000) {
            written += chunk.length;
            if (!response.write(chunk)) return;
          }
          response.end();
        };
        response.on("drain", more);
        more();
      }),
    );
    const { body } = await sendTo(url);
    for (let before = -1; before !== written; ) {
      before = written;
      for (let round = 0; round < 10; round += 1) await settled();
    }
    // What the kernel takes on both sides is not the gateway's.
    expect(written).toBeLessThan(50_000_000);
    let size = 0;
    for await (const chunk of body) size += chunk.length;
    expect(size).toBe(100_000_000);
  });

  it.each<[string, string, (socket: Socket) => void]>([
    ["a reset, with a length", "content-length: 9\r\n\r\nabc", (socket) => socket.resetAndDestroy()],
    [
      "a reset, in chunks",
      "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
      (socket) => socket.resetAndDestroy(),
    ],
    ["a reset, without a length", "\r\nabc", (socket) => socket.resetAndDestroy()],
    ["an early end, with a length", "content-length: 9\r\n\r\nabc", (socket) => socket.end()],
    ["an early end, in chunks", "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n", (socket) => socket.end()],
    [
      "garbage, in chunks",
      "transfer-encoding: chunked\r\n\r\n3\r\nabc\r\n",
      (socket) => socket.end("zzzz\r\n"),
    ],
  ])("fails after %s", async (_, head, act) => {
    const { url } = await saying(`HTTP/1.1 200 OK\r\n${head}`, (socket) => setTimeout(() => act(socket), 20));
    const { body } = await sendTo(url);
    let read = "";
    const failed = (async () => {
      for await (const chunk of body) read += chunk;
    })();
    await expect(failed).rejects.toMatchObject({ name: "ConnectionError" });
    expect(read).toBe("abc");
  });

  it("that failed before it was read fails only for its reader", async () => {
    const { url } = await saying("HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc", (socket) =>
      socket.resetAndDestroy(),
    );
    const { body } = await sendTo(url);
    await sleep(50);
    await expect(text(body)).rejects.toThrow();
  });

  it("that its reader destroys fails with the reader's error", async () => {
    const { url } = await beginning();
    const { body } = await sendTo(url);
    const failed = text(body);
    body.destroy(new Error("not needed"));
    await expect(failed).rejects.toThrow(/^not needed$/);
  });

  it("without a length ends with its connection", async () => {
    const { url } = await saying("HTTP/1.1 200 OK\r\n\r\nabc", (socket) => socket.end());
    expect(await text((await sendTo(url)).body)).toBe("abc");
  });

  it.each([
    [202, "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"],
    [204, "HTTP/1.1 204 No Content\r\n\r\n"],
    [304, "HTTP/1.1 304 Not Modified\r\n\r\n"],
    [600, "HTTP/1.1 600 Beyond\r\ncontent-length: 0\r\n\r\n"],
  ])("of a %d is empty", async (status, bytes) => {
    const { url } = await saying(bytes);
    const response = await sendTo(url);
    expect([response.status, await text(response.body)]).toEqual([status, ""]);
  });

  it("that is destroyed closes its connection", async () => {
    const server = await beginning();
    const connected = server.next("connection");
    const { body } = await sendTo(server.url);
    const [socket] = (await connected) as [Socket];
    const closed = once(socket, "close");
    body.destroy();
    await closed;
  });
});

describe("the HTTP client's timeout for", () => {
  it("connecting aborts a TLS handshake that never completes", async () => {
    const server = await serving(startTcp(() => {}));
    const timeouts = { connectMs: 100, firstByteMs: 1, idleMs: 1 };
    const failure = await failureOf(server.url.replace("http:", "https:"), { timeouts });
    expect(failure.fault).toBe("connect_timeout");
    expect(failure.message).toMatch(/within 100 ms$/);
  });

  it("the first byte covers the time to the response headers, on a new and on a kept-alive connection", async () => {
    const server = await serving(
      startHttp((request, response) => {
        if (request.headers["x-round"] === "first") response.end("ok");
        else response.writeProcessing();
      }),
    );
    const send = createHttpClient();
    const timeouts = { ...SHORT, firstByteMs: 100 };
    expect((await failureOf(server.url, { timeouts })).fault).toBe("first_byte_timeout");
    await text((await sendTo(server.url, { headers: { "x-round": "first" } }, send)).body);
    await settled();
    expect((await failureOf(server.url, { timeouts }, send)).fault).toBe("first_byte_timeout");
    expect(server.connections()).toBe(2);
  });

  it("an idle body starts at its last byte", async () => {
    const { url, response } = await beginning();
    const { body } = await sendTo(url, { timeouts: { ...SHORT, idleMs: 1_000 } });
    let read = "";
    body.on("data", (chunk) => {
      read += chunk;
    });
    for (const part of ["b", "c", "d"]) {
      await sleep(400);
      response()?.write(part);
    }
    const [failure] = await once(body, "error");
    expect([failure.fault, read]).toEqual(["idle_timeout", "abcd"]);
  });

  it("does not count time in which the body is not read towards the idle timeout", async () => {
    const { url, response } = await beginning();
    const { body } = await sendTo(url, { timeouts: SHORT });
    await sleep(500);
    response()?.write("x".repeat(1_000_000));
    body.resume();
    body.pause();
    await sleep(500);
    response()?.end();
    expect(await text(body)).toHaveLength(1_000_001);
  });
});

describe("an abort signal of the HTTP client", () => {
  it("aborts a request before its response, and closes its connection", async () => {
    const server = await serving(startHttp(() => {}));
    const connected = server.next("connection");
    const ending = new AbortController();
    const failed = failureOf(server.url, { signal: ending.signal });
    const [socket] = (await connected) as [Socket];
    const closed = once(socket, "close");
    ending.abort();
    expect((await failed).fault).toBe("aborted");
    await closed;
  });

  it("aborts a response body", async () => {
    const { url } = await beginning();
    const ending = new AbortController();
    const { body } = await sendTo(url, { signal: ending.signal });
    const failed = text(body);
    ending.abort();
    await expect(failed).rejects.toMatchObject({ name: "ConnectionError" });
  });
});
