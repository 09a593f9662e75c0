// The time limits of a downstream call, phase by phase.
import { once } from "node:events";
import type { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { createDownstream } from "../../../functions/platform/downstream.ts";
import { readBody, textOf } from "../../support/answer-bodies.ts";
import {
  answered,
  beginning,
  requestTo,
  serving,
  settled,
  useDownstreamCalls,
} from "../../support/downstream-calls.ts";
import { closedPort, startHttp, startTcp } from "../../support/loopback-server.ts";

useDownstreamCalls();

describe("the limits of each phase", () => {
  it("a connection that TLS never completes ends after the connect limit, a second late at most", async () => {
    const server = await serving(startTcp(() => {}));
    const timeouts = { connectMs: 600, firstByteMs: 1, idleMs: 1 };
    const startedAt = performance.now();
    const result = await createDownstream()(requestTo(server.url.replace("http:", "https:"), { timeouts }));
    expect(result).toMatchObject({
      ok: false,
      failure: "connect_timeout",
      cause: { code: "UND_ERR_CONNECT_TIMEOUT" },
    });
    // Real time: an upper bound would fail on a busy machine.
    expect(performance.now() - startedAt).toBeGreaterThan(500);
    expect(server.connections()).toBe(1);
    expect(vi.getTimerCount()).toBe(0);
  });

  it("a server that does not answer ends after the first-byte limit, counted from the connection", async () => {
    const server = await serving(startHttp(() => {}));
    const requested = server.next("request");
    const pending = createDownstream()(requestTo(server.url));
    await requested;
    vi.advanceTimersByTime(59_999);
    await settled();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await pending).toMatchObject({ ok: false, failure: "first_byte_timeout" });
  });

  it("the first-byte limit holds on a kept connection too", async () => {
    const server = await serving(
      startHttp((request, response) => {
        if (request.headers["x-round"] === "first") response.end("ok");
      }),
    );
    const call = createDownstream();
    await textOf(answered(await call(requestTo(server.url, { headers: { "x-round": "first" } }))).body);
    await settled();
    const requested = server.next("request");
    const pending = call(requestTo(server.url));
    await requested;
    vi.advanceTimersByTime(59_999);
    await settled();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await pending).toMatchObject({ ok: false, failure: "first_byte_timeout" });
    expect(server.connections()).toBe(1);
  });

  it("a body that falls silent ends after the idle limit, counted from its last byte", async () => {
    const { url, response } = await beginning();
    const { body } = answered(await createDownstream()(requestTo(url)));
    const recorded = readBody(body);
    await recorded.came("a");
    vi.advanceTimersByTime(239_999);
    response()?.write("b");
    await recorded.came("ab");
    vi.advanceTimersByTime(239_999);
    await settled();
    expect(recorded.failures).toEqual([]);
    vi.advanceTimersByTime(1);
    await settled();
    expect(recorded.failures.map(String)).toEqual(["Error: downstream silent for 240000 ms"]);
  });

  it("the time in which the client does not read is not the server's", async () => {
    const { url } = await serving(startHttp((_, response) => response.write("abc")));
    const { body } = answered(await createDownstream()(requestTo(url)));
    await settled();
    // Nobody reads yet, then somebody does, then not again.
    vi.advanceTimersByTime(1_000_000);
    await settled();
    const recorded = readBody(body);
    await recorded.came("abc");
    body.pause();
    vi.advanceTimersByTime(1_000_000);
    await settled();
    expect(recorded.failures).toEqual([]);
    body.resume();
    await settled();
    vi.advanceTimersByTime(240_000);
    await settled();
    expect(recorded.failures.map(String)).toEqual(["Error: downstream silent for 240000 ms"]);
  });

  it("a body that is resumed without having been paused has one limit, which is put off by what comes", async () => {
    const { url, response } = await beginning();
    const { body } = answered(await createDownstream()(requestTo(url)));
    const recorded = readBody(body);
    await recorded.came("a");
    body.resume();
    body.resume();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(239_999);
    response()?.write("b");
    await recorded.came("ab");
    vi.advanceTimersByTime(239_999);
    await settled();
    expect(recorded.failures).toEqual([]);
  });

  it("leave nothing behind after a whole answer but what closes the idle connection after four seconds", async () => {
    const server = await serving(startHttp((_, response) => response.end("ok")));
    const closed = server.next("connection").then((sockets) => once((sockets as [Socket])[0], "close"));
    await textOf(answered(await createDownstream()(requestTo(server.url))).body);
    await settled();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(3_999);
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(vi.getTimerCount()).toBe(0);
    await closed;
  });

  it("leave nothing behind after a failure", async () => {
    await createDownstream()(requestTo(`http://127.0.0.1:${await closedPort()}/`));
    expect(vi.getTimerCount()).toBe(0);
  });

  it("leave nothing behind after a body that was thrown away", async () => {
    const { url } = await serving(startHttp((_, response) => response.write("a")));
    const { body } = answered(await createDownstream()(requestTo(url)));
    body.destroy();
    await settled();
    expect(vi.getTimerCount()).toBe(0);
  });
});
