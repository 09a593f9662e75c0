// The time limits of a downstream call, phase by phase.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { text } from "node:stream/consumers";
import { describe, expect, it, vi } from "vitest";
import { createDownstream } from "../../../functions/platform/downstream.ts";
import { answered, requestTo, serving, settled, useDownstreamCalls } from "../../support/downstream-calls.ts";
import { closedPort, startHttp, startTcp } from "../../support/loopback-server.ts";

useDownstreamCalls();

describe("the limits of each phase", () => {
  it("a connection that TLS never completes ends after the connect limit", async () => {
    const server = await serving(startTcp(() => {}));
    const connected = server.next("connection");
    const pending = createDownstream()(requestTo(server.url.replace("http:", "https:")));
    await connected;
    await settled();
    vi.advanceTimersByTime(2_999);
    await settled();
    expect(vi.getTimerCount()).toBe(1);
    vi.advanceTimersByTime(1);
    expect(await pending).toMatchObject({
      ok: false,
      failure: "connect_timeout",
      cause: { message: "connect_timeout after 3000 ms" },
    });
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
        if (request.url === "/first") response.end("ok");
      }),
    );
    const call = createDownstream();
    await text(answered(await call(requestTo(server.url.replace("/mcp", "/first")))).body);
    await settled();
    const requested = server.next("request");
    const pending = call(requestTo(server.url));
    await requested;
    vi.advanceTimersByTime(60_000);
    expect(await pending).toMatchObject({ ok: false, failure: "first_byte_timeout" });
    expect(server.connections()).toBe(1);
  });

  it("a body that falls silent ends after the idle limit, counted from its last byte", async () => {
    let response: ServerResponse | undefined;
    const { url } = await serving(
      startHttp((_, opened) => {
        response = opened;
        opened.write("a");
      }),
    );
    const { body } = answered(await createDownstream()(requestTo(url)));
    let ended: Error | undefined;
    body.on("error", (cause) => {
      ended = cause;
    });
    body.resume();
    await settled();
    vi.advanceTimersByTime(239_999);
    const more = once(body, "data");
    response?.write("b");
    await more;
    vi.advanceTimersByTime(239_999);
    await settled();
    expect(ended).toBeUndefined();
    vi.advanceTimersByTime(1);
    await settled();
    expect(ended?.message).toBe("downstream silent for 240000 ms");
  });

  it("the time in which the client does not read is not the server's", async () => {
    const { url } = await serving(startHttp((_, response) => response.write("abc")));
    const { body } = answered(await createDownstream()(requestTo(url)));
    let ended: Error | undefined;
    body.on("error", (cause) => {
      ended = cause;
    });
    await settled();
    // Nobody reads yet, then somebody does, then not again.
    vi.advanceTimersByTime(1_000_000);
    await settled();
    expect(ended).toBeUndefined();
    body.resume();
    await settled();
    body.pause();
    vi.advanceTimersByTime(1_000_000);
    await settled();
    expect(ended).toBeUndefined();
    body.resume();
    await settled();
    vi.advanceTimersByTime(240_000);
    await settled();
    expect(ended?.message).toBe("downstream silent for 240000 ms");
  });

  it("leave nothing behind after a whole answer", async () => {
    const { url } = await serving(startHttp((_, response) => response.end("ok")));
    await text(answered(await createDownstream()(requestTo(url))).body);
    await settled();
    expect(vi.getTimerCount()).toBe(0);
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
