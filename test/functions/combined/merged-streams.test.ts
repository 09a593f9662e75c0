// Several event streams as one: backpressure, and events that are cut anywhere.
import { once } from "node:events";
import { request as openRequest } from "node:http";
import { describe, expect, it } from "vitest";
import { messagesIn, openSession } from "../../support/combined-client.ts";
import { closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { type Answer, sseEvent } from "../../support/recorder-server.ts";
import { floodingStream } from "../../support/scripted-member.ts";

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
      (text: string, size: number): Answer =>
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
  }, 60_000);

  it("pauses the members while the client does not read", async () => {
    const chunk = sseEvent(logged("x".repeat(64 * 1024)));
    const flood = floodingStream(chunk, 2_000);
    const notes = await member({ GET: flood.answer });
    const started = await endpoint({ notes, other: await member() });
    const { headers } = await openSession(started);
    const outgoing = openRequest(started.url, {
      headers: ["Host", "localhost", ...headers, ...LISTEN.headers],
    });
    outgoing.end();
    const [response] = await once(outgoing, "response");
    response.pause();
    await flood.paused;
    expect(flood.written()).toBeLessThan(2_000);
    response.destroy();
    await started.served();
  });
});
