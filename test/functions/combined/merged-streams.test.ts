// Several event streams as one: backpressure, and events that are cut anywhere.
import { once } from "node:events";
import { request as openRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { clientOf, INITIALIZE, messagesIn, openSession } from "../../support/combined-client.ts";
import { closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { requestHeaders } from "../../support/mcp-request.ts";
import { messageOf, type Responder, sseEvent } from "../../support/recorder-server.ts";
import { floodingStream, openStream } from "../../support/scripted-member.ts";

closeCombinedAfterEach();

const LISTEN = { method: "GET", headers: ["Accept", "text/event-stream"], body: null };
const logged = (data: string) => ({
  jsonrpc: "2.0",
  method: "notifications/message",
  params: { level: "info", data },
});

describe("a merged stream", () => {
  it("has whole events, however the members' streams are split into chunks", async () => {
    const inPieces =
      (text: string, size: number): Responder =>
      async (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        const bytes = Buffer.from(text);
        for (let at = 0; at < bytes.length; at += size) {
          response.write(bytes.subarray(at, at + size));
          await new Promise((resolve) => setImmediate(resolve));
        }
        response.end();
      };
    const events = ["é😀", "b", "c"].map((data) => sseEvent(logged(data)));
    const notes = await member({ GET: inPieces(events.join(""), 3) });
    const reports = await member({ GET: inPieces(events.join("").replaceAll("\n", "\r\n"), 5) });
    const client = await openSession(await endpoint({ notes, reports }));
    const received = messagesIn(await client.send(LISTEN)).map(({ params }) => params.data);
    expect(received.toSorted()).toEqual(["b", "b", "c", "c", "é😀", "é😀"].toSorted());
  });

  it("omits the last event of a stream that ends within it", async () => {
    const notes = await member({
      GET: (response) =>
        response
          .writeHead(200, { "content-type": "text/event-stream" })
          .end(`${sseEvent(logged("whole"))}data: {"jsonrpc":"2.0","method":"notifications/half"`),
    });
    const client = await openSession(await endpoint({ notes, other: await member() }));
    expect(messagesIn(await client.send(LISTEN))).toEqual([logged("whole")]);
  });

  it("ends a member's part whose event is too large, and continues with the others", async () => {
    const large = Buffer.alloc(17 * 1024 * 1024, "x");
    const notes = await member({
      GET: (response) => {
        response.writeHead(200, { "content-type": "text/event-stream" });
        response.on("error", () => {});
        response.write("data: ");
        response.write(large);
      },
    });
    const reports = await member({
      GET: (response) =>
        response.writeHead(200, { "content-type": "text/event-stream" }).end(sseEvent(logged("small"))),
    });
    const client = await openSession(await endpoint({ notes, reports }));
    expect(messagesIn(await client.send(LISTEN))).toEqual([logged("small")]);
  });

  it("pauses the members only while the client does not read", async () => {
    const chunk = sseEvent(logged("x".repeat(64 * 1024)));
    const flood = floodingStream(chunk, 500);
    const notes = await member({ GET: flood.responder });
    const started = await endpoint({ notes, other: await member() });
    const { headers } = await openSession(started);
    const outgoing = openRequest(started.url, {
      headers: ["Host", "localhost", ...headers, ...LISTEN.headers],
    });
    outgoing.end();
    const [response] = await once(outgoing, "response");
    response.pause();
    await flood.paused;
    expect(flood.written()).toBeLessThan(500);
    for await (const _ of response) if (flood.written() === 500) break;
    await started.served();
  });
});

describe("a flood of a member's messages", () => {
  const CHUNK = sseEvent(logged("x".repeat(64 * 1024)));
  const STATELESS = { _meta: { "io.modelcontextprotocol/protocolVersion": "2026-07-28" } };
  const silent = openStream();

  it.each([
    ["before its part of a list, while the client does not read", "tools/list", {}],
    [
      "before another member has acknowledged a subscription",
      "subscriptions/listen",
      { notifications: { toolsListChanged: true }, ...STATELESS },
    ],
  ])("is not held in memory %s", async (_name, method, params) => {
    const flood = floodingStream(CHUNK, 2_000);
    const notes = await member({ [method]: flood.responder });
    const started = await endpoint({ notes, other: await member({ [method]: silent }) });
    const outgoing = openRequest(started.url, {
      method: "POST",
      headers: ["Host", "localhost", ...requestHeaders(undefined, [])],
    });
    outgoing.on("error", () => {}).on("response", (response) => response.pause());
    outgoing.end(JSON.stringify({ jsonrpc: "2.0", id: 1, method, params }));
    await flood.paused;
    expect(flood.written()).toBeLessThan(500);
    outgoing.destroy();
  });

  it("is omitted beyond 1 MiB before the response to initialize", async () => {
    const notes = await member({
      initialize: (response, request) => {
        const result = { protocolVersion: "2025-11-25", capabilities: {} };
        response.writeHead(200, { "content-type": "text/event-stream" }).write(CHUNK.repeat(100));
        response.end(sseEvent({ jsonrpc: "2.0", id: messageOf(request).id, result }));
      },
    });
    const { url } = await endpoint({ notes, other: await member() });
    const response = await clientOf(url).request("initialize", INITIALIZE);
    expect(messagesIn(response).at(-1)).toMatchObject({ id: 1, result: { protocolVersion: "2025-11-25" } });
    expect(response.body.length).toBeLessThan(1_200_000);
    expect(response.body.length).toBeGreaterThan(900_000);
  });
});
