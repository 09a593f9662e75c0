// The body of a downstream answer: order, backpressure, ends and failures, and what becomes of its connection.
import { once } from "node:events";
import type { Socket } from "node:net";
import { expect, it, vi } from "vitest";
import { type AnswerBody, createDownstream } from "../../../functions/platform/downstream.ts";
import { readBody, recordReader, textOf } from "../../support/answer-bodies.ts";
import {
  answered,
  beginning,
  requestTo,
  serving,
  settled,
  useDownstreamCalls,
} from "../../support/downstream-calls.ts";
import { type LoopbackServer, startHttp, startTcp } from "../../support/loopback-server.ts";

useDownstreamCalls();

/** A server that sends these bytes to each request, and then does what the test says. */
function saying(bytes: string, then: (socket: Socket) => void = () => {}): Promise<LoopbackServer> {
  return serving(
    startTcp((socket) =>
      socket.on("data", () => {
        socket.write(bytes);
        then(socket);
      }),
    ),
  );
}

/** A server that sends 100 MB as fast as it is read; tells how much it could hand to its socket. */
async function flooding() {
  let written = 0;
  const server = await serving(
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
  return { url: server.url, written: () => written };
}

const open = async (url: string): Promise<AnswerBody> =>
  answered(await createDownstream()(requestTo(url))).body;

/** Settles when the sockets have nothing more to do. */
async function quiet(written: () => number): Promise<void> {
  for (let before = -1; before !== written(); ) {
    before = written();
    for (let round = 0; round < 10; round += 1) await settled();
  }
}

it("keeps what comes before there is a reader, in order", async () => {
  const { url, response } = await beginning();
  const body = await open(url);
  for (const part of ["b", "c"]) {
    response()?.write(part);
    await settled();
  }
  const recorded = readBody(body);
  expect(recorded.text()).toBe("abc");
  response()?.end("d");
  await recorded.ended;
  expect([recorded.text(), recorded.ends, recorded.failures]).toEqual(["abcd", 1, []]);
});

it("hands over a body that has ended already, and its end, at once", async () => {
  const { url } = await serving(startHttp((_, response) => response.end("whole")));
  const body = await open(url);
  await settled();
  const recorded = readBody(body);
  expect([recorded.text(), recorded.ends]).toEqual(["whole", 1]);
});

it("holds a server back that sends much before there is a reader", async () => {
  const { url, written } = await flooding();
  const body = await open(url);
  await quiet(written);
  // What the kernel takes on both sides is not the gateway's.
  expect(written()).toBeLessThan(50_000_000);
  const recorded = readBody(body);
  expect(recorded.text().length).toBeLessThan(300_000);
  await recorded.ended;
  expect(Buffer.concat(recorded.chunks)).toHaveLength(100_000_000);
});

it("holds a server back while its reader is paused, and reads on where it was", async () => {
  const { url, written } = await flooding();
  const body = await open(url);
  const { reader, ...recorded } = recordReader();
  let size = 0;
  let paused = 0;
  body.read({
    ...reader,
    data(chunk) {
      size += chunk.length;
      if (paused > 0) return;
      paused = size;
      body.pause();
    },
  });
  await quiet(written);
  expect(written()).toBeLessThan(50_000_000);
  expect(size - paused).toBeLessThan(300_000);
  body.resume();
  await recorded.ended;
  expect(size).toBe(100_000_000);
});

it("keeps the order for a reader that pauses and resumes while it is handed what was kept", async () => {
  const line = (number: number) => `${String(number).padStart(9)}\n`;
  const whole = Array.from({ length: 100_000 }, (_, number) => line(number)).join("");
  const { url } = await serving(startHttp((_, response) => response.end(whole)));
  const body = await open(url);
  await settled();
  const { reader, ...recorded } = recordReader();
  body.read({
    ...reader,
    data(chunk) {
      reader.data(chunk);
      body.pause();
      body.resume();
    },
  });
  await recorded.ended;
  expect(recorded.text() === whole).toBe(true);
});

/** A body whose head has come alone, being read; the server's socket; and what the reader hears. */
async function begun(head: string, pauses: boolean) {
  let socket: Socket | undefined;
  const { url } = await saying(`HTTP/1.1 200 OK\r\n${head}\r\n`, (given) => (socket = given));
  const body = await open(url);
  const { reader, ...recorded } = recordReader();
  body.read({
    ...reader,
    data(chunk) {
      reader.data(chunk);
      if (pauses) body.pause();
    },
  });
  return { body, recorded, socket: socket as Socket };
}

it.each([
  ["of a length, kept alive", "content-length: 5\r\n", "abcde"],
  ["of a length, closed", "connection: close\r\ncontent-length: 5\r\n", "abcde"],
  ["up to the close", "connection: close\r\n", "abcde"],
  ["in chunks", "transfer-encoding: chunked\r\n", "5\r\nabcde\r\n0\r\n\r\n"],
])("a body %s is whole where the server closes while its reader is paused", async (_, head, sent) => {
  const { body, recorded, socket } = await begun(head, true);
  socket.end(sent);
  await recorded.came("abcde");
  await settled();
  expect(recorded.failures).toEqual([]);
  body.resume();
  await recorded.ended;
  expect(recorded.text()).toBe("abcde");
});

const LENGTH = "content-length: 5\r\n";
const CLOSE = "connection: close\r\n";
const CHUNKED = "transfer-encoding: chunked\r\n";
const end = (socket: Socket) => socket.end();
const reset = (socket: Socket) => socket.resetAndDestroy();
it.each([
  ["ends short of its length", LENGTH, "abc", end],
  ["ends short of its length, as announced", CLOSE + LENGTH, "abc", end],
  ["ends within its chunks", CHUNKED, "3\r\nabc\r\n", end],
  ["ends within its chunks, as announced", CLOSE + CHUNKED, "3\r\nabc\r\n", end],
  ["is reset within its length", LENGTH, "abc", reset],
  ["is reset within its length, where the end was announced", CLOSE + LENGTH, "abc", reset],
  ["is reset that has no length", CLOSE, "abc", reset],
])("a body that %s fails, its reader paused or not", async (_, head, sent, act) => {
  for (const pauses of [false, true]) {
    const { body, recorded, socket } = await begun(head, pauses);
    socket.write(sent);
    await recorded.came("abc");
    act(socket);
    await settled();
    body.resume();
    expect(await recorded.failed).toBeInstanceOf(Error);
    await settled();
    expect([recorded.text(), recorded.failures.length]).toEqual(["abc", 1]);
  }
});

it("tells a reader that comes after the failure what came, and the failure", async () => {
  const { url } = await saying("HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nabc", (socket) => socket.end());
  const body = await open(url);
  await settled();
  const recorded = readBody(body);
  expect(recorded.text()).toBe("abc");
  expect([recorded.ends, recorded.failures.length]).toEqual([0, 1]);
});

it("ends the connection of a body that is destroyed, whose reader hears nothing more", async () => {
  const { response, ...server } = await beginning();
  const connected = server.next("connection");
  const body = await open(server.url);
  const recorded = readBody(body);
  await recorded.came("a");
  const [socket] = (await connected) as [Socket];
  const closed = once(socket, "close");
  response()?.write("b");
  body.destroy();
  body.destroy();
  await closed;
  await settled();
  expect([recorded.text(), recorded.ends, recorded.failures]).toEqual(["a", 0, []]);
});

it("hands nothing more to a reader that destroys the body while it is handed what was kept", async () => {
  const { url, response } = await beginning();
  const body = await open(url);
  await settled();
  response()?.write("b");
  await settled();
  const { reader, ...recorded } = recordReader();
  body.read({
    ...reader,
    data(chunk) {
      reader.data(chunk);
      body.destroy();
    },
  });
  await settled();
  expect([recorded.text(), recorded.ends, recorded.failures]).toEqual(["a", 0, []]);
  expect(vi.getTimerCount()).toBe(0);
});

it("does not close the connection of a body that is destroyed after its end", async () => {
  const server = await serving(startHttp((_, response) => response.end("ok")));
  const call = createDownstream();
  const { body } = answered(await call(requestTo(server.url)));
  await textOf(body);
  body.destroy();
  body.pause();
  body.resume();
  expect(await textOf(answered(await call(requestTo(server.url))).body)).toBe("ok");
  expect(server.connections()).toBe(1);
});

it("does not hold the next call back that its connection carries", async () => {
  const server = await serving(startHttp((_, response) => response.end("ok")));
  const call = createDownstream();
  const first = answered(await call(requestTo(server.url))).body;
  const { reader, ...recorded } = recordReader();
  first.read({
    ...reader,
    data(chunk) {
      reader.data(chunk);
      first.pause();
    },
  });
  await recorded.ended;
  const second = answered(await call(requestTo(server.url))).body;
  first.pause();
  expect(await textOf(second)).toBe("ok");
  expect(server.connections()).toBe(1);
});

it.each([
  [202, "HTTP/1.1 202 Accepted\r\ncontent-length: 0\r\n\r\n"],
  [204, "HTTP/1.1 204 No Content\r\n\r\n"],
  [304, "HTTP/1.1 304 Not Modified\r\n\r\n"],
])("a %d without a body ends at once", async (status, bytes) => {
  const { url } = await saying(bytes);
  const result = answered(await createDownstream()(requestTo(url)));
  expect(result.status).toBe(status);
  expect(await textOf(result.body)).toBe("");
});
