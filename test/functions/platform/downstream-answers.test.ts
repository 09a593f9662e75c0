// What a downstream server may do around an answer: interim answers, repeated headers, closing what lies idle; and what ends a call.
import { getEventListeners } from "node:events";
import type { ServerResponse } from "node:http";
import type { Socket } from "node:net";
import { describe, expect, it, vi } from "vitest";
import { createDownstream } from "../../../functions/platform/downstream.ts";
import { readBody, textOf } from "../../support/answer-bodies.ts";
import { answered, requestTo, serving, settled, useDownstreamCalls } from "../../support/downstream-calls.ts";
import { startHttp, startTcp } from "../../support/loopback-server.ts";

useDownstreamCalls();

const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

/** A server that keeps every request of every connection, and answers each as the test says. */
async function recording(answer: (socket: Socket, request: number) => void) {
  const requests: string[] = [];
  const server = await serving(
    startTcp((socket) =>
      socket.on("data", (bytes) => {
        requests.push(bytes.toString());
        answer(socket, requests.length);
      }),
    ),
  );
  return { url: server.url, connections: server.connections, requests };
}

it.each([
  ["102", "HTTP/1.1 102 Processing\r\n\r\n"],
  ["103", "HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"],
  ["several", "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\n"],
])("ignores interim answers: %s", async (_, interim) => {
  const { url } = await recording((socket) => {
    socket.write(interim);
    setImmediate(() => socket.write(OK));
  });
  const result = answered(await createDownstream()(requestTo(url)));
  expect([result.status, result.headers]).toEqual([200, { "content-length": "2" }]);
  expect(await textOf(result.body)).toBe("ok");
});

it("fails where a server says 100 Continue that nobody asked for, and is not sent again", async () => {
  const server = await recording((socket) => socket.write(`HTTP/1.1 100 Continue\r\n\r\n${OK}`));
  expect(await createDownstream()(requestTo(server.url))).toMatchObject({
    ok: false,
    failure: "unreachable",
  });
  await settled();
  expect(server.requests).toHaveLength(1);
});

it("gives a header that came several times as a list, by its name in lower case", async () => {
  const { url } = await recording((socket) =>
    socket.write(
      "HTTP/1.1 200 OK\r\nCache-Control: no-store\r\ncache-control: private\r\nX-One: 1\r\ncontent-length: 0\r\n\r\n",
    ),
  );
  expect(answered(await createDownstream()(requestTo(url))).headers).toEqual({
    "cache-control": ["no-store", "private"],
    "x-one": "1",
    "content-length": "0",
  });
});

it.each<[string, () => Promise<void>]>([
  ["one turn later", () => new Promise((resolve) => setImmediate(resolve))],
  ["later", settled],
])(
  "a connection that the server closed after its answer fails no next call that comes %s",
  async (_, pass) => {
    const server = await recording((socket, request) => {
      socket.write(OK);
      if (request === 1) socket.end();
    });
    const call = createDownstream();
    expect(await textOf(answered(await call(requestTo(server.url, { body: "1" }))).body)).toBe("ok");
    await pass();
    expect(await textOf(answered(await call(requestTo(server.url, { body: "2" }))).body)).toBe("ok");
    expect(server.requests.map((request) => request.at(-1))).toEqual(["1", "2"]);
    expect(server.connections()).toBe(2);
  },
);

it("sends a request once at most that comes with the close of its connection", async () => {
  const server = await recording((socket, request) => {
    socket.write(OK);
    if (request === 1) socket.end();
  });
  const call = createDownstream();
  await textOf(answered(await call(requestTo(server.url, { body: "1" }))).body);
  // Nobody can tell whether the close is heard before this is written.
  await call(requestTo(server.url, { body: "2" }));
  await settled();
  expect(server.requests.map((request) => request.at(-1))).toEqual(["1", "2"]);
});

it("sends a request never twice whose kept connection the server closes on its arrival", async () => {
  const server = await recording((socket, request) => {
    if (request === 1) socket.write(OK);
    else socket.destroy();
  });
  const call = createDownstream();
  await textOf(answered(await call(requestTo(server.url, { body: "1" }))).body);
  await settled();
  expect(await call(requestTo(server.url, { body: "2" }))).toMatchObject({
    ok: false,
    failure: "unreachable",
  });
  await settled();
  expect(server.requests.map((request) => request.at(-1))).toEqual(["1", "2"]);
  expect(server.connections()).toBe(1);
});

it("uses a connection no more that a server has said something on without being asked", async () => {
  const server = await recording((socket, request) => {
    socket.write(OK);
    if (request === 1) setImmediate(() => socket.write("HTTP/1.1 200 OK\r\ncontent-length: 6\r\n\r\nforged"));
  });
  const call = createDownstream();
  expect(await textOf(answered(await call(requestTo(server.url))).body)).toBe("ok");
  await settled();
  expect(await textOf(answered(await call(requestTo(server.url))).body)).toBe("ok");
  expect(server.connections()).toBe(2);
});

it.each(["a\r\nx-user-claims: forged", "a\nb", "a\rb", "a\0b"])(
  "refuses the header value %j, and sends nothing",
  async (value) => {
    let requests = 0;
    const server = await serving(
      startHttp((_, response) => {
        requests += 1;
        response.end();
      }),
    );
    const call = createDownstream();
    const sent = call(requestTo(server.url, { headers: { "mcp-name": value } }));
    await expect(sent).rejects.toMatchObject({ code: "UND_ERR_INVALID_ARG" });
    await settled();
    expect([requests, server.connections()]).toEqual([0, 0]);
  },
);

it("is usable after a request that was refused", async () => {
  const server = await serving(startHttp((_, response) => response.end("ok")));
  const call = createDownstream();
  await expect(call(requestTo(server.url, { headers: { "mcp-name": "a\nb" } }))).rejects.toThrow();
  expect(await textOf(answered(await call(requestTo(server.url))).body)).toBe("ok");
});

it("does not keep a connection whose trailers close it", async () => {
  const bytes =
    "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\nconnection: close\r\n\r\n";
  const server = await recording((socket) => socket.write(bytes));
  const call = createDownstream();
  for (let round = 0; round < 3; round += 1) {
    expect(await textOf(answered(await call(requestTo(server.url))).body)).toBe("ok");
    await settled();
  }
  expect(server.requests).toHaveLength(3);
});

describe("a signal", () => {
  const reason = new Error("the time is up");
  const hanging = async (begin: (response: ServerResponse) => void) => {
    let closed = false;
    const server = await serving(
      startHttp((request, response) => {
        request.socket.once("close", () => (closed = true));
        begin(response);
      }),
    );
    return { server, isClosed: () => closed };
  };

  it("ends a call before its answer, with the connection", async () => {
    const { server, isClosed } = await hanging(() => {});
    const ending = new AbortController();
    const requested = server.next("request");
    const sent = createDownstream()(requestTo(server.url, { signal: ending.signal }));
    await requested;
    ending.abort(reason);
    expect(await sent).toMatchObject({ ok: false, cause: reason });
    await settled();
    expect([isClosed(), vi.getTimerCount()]).toEqual([true, 0]);
  });

  it("ends a body", async () => {
    const { server, isClosed } = await hanging((response) => response.write("a"));
    const ending = new AbortController();
    const { body } = answered(await createDownstream()(requestTo(server.url, { signal: ending.signal })));
    const recorded = readBody(body);
    await recorded.came("a");
    ending.abort(reason);
    expect(await recorded.failed).toBe(reason);
    await settled();
    expect([isClosed(), vi.getTimerCount()]).toEqual([true, 0]);
  });

  it("ends a call that has no connection yet", async () => {
    const ending = new AbortController();
    const { server } = await hanging(() => {});
    const sent = createDownstream()(requestTo(server.url, { signal: ending.signal }));
    ending.abort("any reason");
    expect(await sent).toMatchObject({ ok: false, failure: "unreachable" });
  });

  it("is let go of with the answer", async () => {
    const server = await serving(startHttp((_, response) => response.end("ok")));
    const ending = new AbortController();
    const call = createDownstream();
    for (let round = 0; round < 3; round += 1) {
      await textOf(answered(await call(requestTo(server.url, { signal: ending.signal }))).body);
      await settled();
    }
    expect(getEventListeners(ending.signal, "abort")).toEqual([]);
    ending.abort(reason);
    await settled();
    expect(await textOf(answered(await call(requestTo(server.url))).body)).toBe("ok");
    expect(server.connections()).toBe(1);
  });
});
