import { once } from "node:events";
import { PassThrough, Readable, Writable } from "node:stream";
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import { openReply, openReplyTo } from "../../../functions/platform/response-stream.ts";
import { installAwsLambda, openLambdaResponse } from "../../support/lambda-response.ts";

const HEAD = { status: 200, headers: { "content-type": "text/event-stream" } };

beforeAll(installAwsLambda);
afterEach(() => vi.useRealTimers());

/** Settles when the streams have moved on as far as they can. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 10; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}

describe("send", () => {
  it("frames status, headers and body in API Gateway's format", async () => {
    const stream = openLambdaResponse();
    const reply = openReply(stream, () => 900_000);
    await reply.send({ status: 404, headers: { "content-type": "application/json" } }, '{"é":1}');
    expect(stream.bytes.toString("latin1")).toBe(
      '{"statusCode":404,"headers":{"content-type":"application/json"}}\0\0\0\0\0\0\0\0{"Ã©":1}',
    );
    expect(stream.writableFinished).toBe(true);
  });

  it("sends the frame of a response without a body, too", async () => {
    const stream = openLambdaResponse();
    await openReply(stream, () => 900_000).send({ status: 202, headers: {} }, "");
    expect(stream.received()).toEqual({ status: 202, headers: {}, body: "" });
  });

  it("has started from the first write on", async () => {
    const reply = openReply(openLambdaResponse(), () => 900_000);
    expect(reply.begun).toBe(false);
    const sent = reply.send(HEAD, "");
    expect(reply.begun).toBe(true);
    await sent;
  });
});

it("throws if the client's stream closes while the response ends", async () => {
  const stream = openLambdaResponse();
  stream.hold();
  const sent = openReply(stream, () => 900_000).send(HEAD, "x");
  stream.destroy();
  await expect(sent).rejects.toThrow("the client closed the connection");
});

// With it, the function would run into its timeout, and no audit line would be written.
describe("a response that the client does not read is aborted 5 s after it must have ended", () => {
  const leftMs = () => -4_950;

  it("while a whole response is sent", async () => {
    const stream = openLambdaResponse();
    stream.hold();
    await expect(openReply(stream, leftMs).send(HEAD, "x")).rejects.toThrow(
      "the client did not read the response in time",
    );
  });

  it("while a body is relayed, which is closed", async () => {
    const stream = openLambdaResponse();
    stream.hold();
    const body = new PassThrough();
    body.write(Buffer.alloc(100_000));
    const relayed = openReply(stream, leftMs).relay(HEAD, body);
    await expect(relayed).rejects.toThrow("the response was incomplete at the function's timeout");
    expect(body.destroyed).toBe(true);
  });

  it("after a stream has ended", async () => {
    const stream = openLambdaResponse();
    stream.hold();
    const relayed = openReply(stream, leftMs).relay(HEAD, Readable.from(["data: 1\n\n"]), { endAfterMs: 10 });
    await expect(relayed).rejects.toThrow("the client did not read the response in time");
  });
});

function deny(): never {
  throw new Error("too large");
}

describe("relay", () => {
  it("sends status and headers before the first byte of the body arrives", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body);
    expect(stream.received()).toEqual({ ...HEAD, body: "" });
    body.end("data: 1\n\n");
    await relayed;
    expect(stream.received().body).toBe("data: 1\n\n");
  });

  it("sends every chunk as soon as it arrives", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body);
    for (const so_far of ["a", "ab", "abc"]) {
      body.write(so_far.at(-1));
      await settled();
      expect(stream.received().body).toBe(so_far);
    }
    body.end();
    await relayed;
  });

  it("sends the frame of an empty body", async () => {
    const stream = openLambdaResponse();
    await openReply(stream, () => 900_000).relay({ status: 202, headers: {} }, Readable.from([]));
    expect(stream.received()).toEqual({ status: 202, headers: {}, body: "" });
  });

  it("passes the body through its filter, and reports what was sent", async () => {
    const filter = { push: (chunk: Buffer) => [Buffer.from(`${chunk}12`)], rest: () => [Buffer.from("end")] };
    const stream = openLambdaResponse();
    const sent: number[] = [];
    const onSent = (bytes: number) => sent.push(bytes);
    await openReply(stream, () => 900_000).relay(HEAD, Readable.from(["x", "yz"]), { filter, onSent });
    expect(stream.received().body).toBe("x12yz12end");
    expect(sent).toEqual([3, 4, 3]);
  });

  it("does not read from the upstream while the client does not read", async () => {
    const stream = openLambdaResponse();
    let produced = 0;
    const body = new Readable({
      highWaterMark: 1,
      read() {
        produced += 1;
        this.push(produced > 1_000 ? null : Buffer.alloc(1_000));
      },
    });
    stream.hold();
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body);
    await settled();
    expect(produced).toBeLessThan(10);
    stream.release();
    await relayed;
    expect(stream.received().body).toHaveLength(1_000_000);
  });

  it("throws an error of the body, and neither ends nor continues the response", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body);
    body.write("part");
    await settled();
    body.destroy(new Error("downstream gone"));
    await expect(relayed).rejects.toThrow("downstream gone");
    expect(stream.received().body).toBe("part");
    expect([stream.writableEnded, stream.destroyed]).toEqual([false, false]);
  });

  it("throws an error of the filter and closes the body", async () => {
    const body = new PassThrough();
    const filter = { push: deny, rest: () => [] };
    const relayed = openReply(openLambdaResponse(), () => 900_000).relay(HEAD, body, { filter });
    body.write("x");
    await expect(relayed).rejects.toThrow("too large");
    expect(body.destroyed).toBe(true);
  });

  it("throws an error of the filter at the end, and does not end the response", async () => {
    const stream = openLambdaResponse();
    const filter = { push: (chunk: Buffer) => [chunk], rest: deny };
    const relayed = openReply(stream, () => 900_000).relay(HEAD, Readable.from(["x"]), { filter });
    await expect(relayed).rejects.toThrow("too large");
    expect(stream.received().body).toBe("x");
    expect([stream.writableEnded, stream.destroyed]).toEqual([false, false]);
  });

  it("filters nothing more after the client's stream failed", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const filter = { push: vi.fn(() => []), rest: vi.fn(() => []) };
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body, { filter });
    stream.on("error", () => {}).destroy(new Error("client gone"));
    await expect(relayed).rejects.toThrow("the client closed the connection");
    body.end("x");
    await settled();
    expect(body.destroyed).toBe(true);
    expect([filter.push, filter.rest].map(({ mock }) => mock.calls.length)).toEqual([0, 0]);
  });

  it("throws for a body that had already failed, after status and headers", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough().on("error", () => {});
    body.destroy(new Error("reset"));
    await settled();
    await expect(openReply(stream, () => 900_000).relay(HEAD, body)).rejects.toThrow("reset");
    expect(stream.received()).toEqual({ ...HEAD, body: "" });
    expect(stream.writableEnded).toBe(false);
  });

  it("throws if the client's stream is closed, now or before", async () => {
    const closed = openLambdaResponse();
    closed.destroy();
    await expect(openReply(closed, () => 900_000).relay(HEAD, new PassThrough())).rejects.toThrow(
      "the client closed the connection",
    );
    const closing = openLambdaResponse();
    const relayed = openReply(closing, () => 900_000).relay(HEAD, new PassThrough());
    closing.destroy();
    await expect(relayed).rejects.toThrow("the client closed the connection");
  });

  it("handles a late error of the client's stream", async () => {
    const stream = openLambdaResponse();
    await openReply(stream, () => 900_000).relay(HEAD, Readable.from(["x"]));
    expect(() => stream.emit("error", new Error("late"))).not.toThrow();
  });

  it("throws if the client's stream fails or closes while a relayed response ends", async () => {
    const failing = openLambdaResponse();
    failing._final = (done) => done(new Error("client gone"));
    await expect(openReply(failing, () => 900_000).relay(HEAD, Readable.from([]))).rejects.toThrow(
      "client gone",
    );
    const closing = openLambdaResponse();
    closing.hold();
    const relayed = openReply(closing, () => 900_000).relay(HEAD, Readable.from([]));
    closing.destroy();
    await expect(relayed).rejects.toThrow("the client closed the connection");
  });

  it("closes the body if the client's stream fails", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body);
    stream.on("error", () => {}).destroy(new Error("client gone"));
    await expect(relayed).rejects.toThrow("the client closed the connection");
    expect(body.destroyed).toBe(true);
  });

  it("throws if the client's stream fails while the response ends", async () => {
    const stream = openLambdaResponse();
    stream._final = (done) => done(new Error("client gone"));
    await expect(openReply(stream, () => 900_000).send(HEAD, "x")).rejects.toThrow("client gone");
  });
});

describe("heartbeatMs", () => {
  beforeEach(() => vi.useFakeTimers({ toFake: ["setInterval", "clearInterval"] }));

  it("sends comments while the body is idle, and stops at its end", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body, { heartbeatMs: 15_000 });
    body.write("data: 1\n\n");
    await settled();
    vi.advanceTimersByTime(30_000);
    await settled();
    body.end("data: 2\n\n");
    await relayed;
    expect(stream.received().body).toBe("data: 1\n\n: keep-alive\n\n: keep-alive\n\ndata: 2\n\n");
    expect(vi.getTimerCount()).toBe(0);
  });

  it("sends no comments to a client that does not read", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body, { heartbeatMs: 15_000 });
    await settled();
    stream.hold();
    body.write("data: 1\n\n");
    await settled();
    vi.advanceTimersByTime(60_000);
    stream.release();
    body.end();
    await relayed;
    expect(stream.received().body).toBe("data: 1\n\n");
  });

  it("stops when the body fails", async () => {
    const body = new PassThrough();
    const relayed = openReply(openLambdaResponse(), () => 900_000).relay(HEAD, body, { heartbeatMs: 15_000 });
    body.destroy(new Error("gone"));
    await expect(relayed).rejects.toThrow("gone");
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe("endAfterMs", () => {
  it("ends the response without an error and closes the body", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body, { endAfterMs: 5_000 });
    body.write("data: 1\n\n");
    await settled();
    vi.advanceTimersByTime(4_999);
    await settled();
    expect(body.destroyed).toBe(false);
    vi.advanceTimersByTime(1);
    await relayed;
    expect(stream.received().body).toBe("data: 1\n\n");
    expect([stream.writableFinished, body.destroyed]).toEqual([true, true]);
  });

  it("leaves no timer running", async () => {
    vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout"] });
    await openReply(openLambdaResponse(), () => 900_000).relay(HEAD, Readable.from(["x"]), {
      endAfterMs: 5_000,
    });
    const failing = new PassThrough();
    const relayed = openReply(openLambdaResponse(), () => 900_000).relay(HEAD, failing, {
      endAfterMs: 5_000,
    });
    failing.destroy(new Error("gone"));
    await expect(relayed).rejects.toThrow("gone");
    expect(vi.getTimerCount()).toBe(0);
  });
});

it("sends what a filter returns for one chunk at once", async () => {
  const written: string[] = [];
  const out = new Writable({
    write(chunk, _, done) {
      written.push(String(chunk));
      done();
    },
  });
  const filter = { push: (chunk: Buffer) => [Buffer.from("id: "), chunk], rest: () => [Buffer.from("\n")] };
  const body = Readable.from([Buffer.from("1"), Buffer.from("2")]);
  const reply = openReplyTo(
    () => out,
    () => 900_000,
  );
  await reply.relay(HEAD, body, { filter });
  expect(written).toEqual(["", "id: 1", "id: 2", "\n"]);
});

describe("watch", () => {
  it("ends the response without an error, reports the reason, and is stopped", async () => {
    const stream = openLambdaResponse();
    const body = new PassThrough();
    const ended: string[] = [];
    let end = () => {};
    const watch = (found: () => void) => {
      end = found;
      return () => ended.push("stopped");
    };
    const relayed = openReply(stream, () => 900_000).relay(HEAD, body, {
      watch,
      onEnded: (by) => ended.push(by),
    });
    body.write("data: 1\n\n");
    await settled();
    end();
    await relayed;
    expect([stream.received().body, ended]).toEqual(["data: 1\n\n", ["watch", "stopped"]]);
    expect(body.destroyed).toBe(true);
  });
});

it("the test double of the Lambda runtime sends no frame if nothing was written", async () => {
  const stream = openLambdaResponse();
  awslambda.HttpResponseStream.from(stream, { statusCode: 204 }).end();
  await once(stream, "finish");
  expect(() => stream.received()).toThrow("no prelude was sent");
});
