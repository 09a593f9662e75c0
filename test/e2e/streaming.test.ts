// Streamed responses: data reaches the client immediately, unchanged, and with backpressure.
import { once } from "node:events";
import type { ServerResponse } from "node:http";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { sendMcp, toolCall } from "../support/mcp-request.ts";
import { residentBytes } from "../support/processes.ts";
import { valuesOf } from "../support/raw-http.ts";
import { sseEvent } from "../support/recorder-server.ts";
import { openMcp } from "../support/streamed-response.ts";

let stand: GatewayStand;
let token: string;

beforeAll(async () => {
  stand = await startStand({
    gateway: { limits: { sse_heartbeat_seconds: 1 } },
    servers: {
      tools: { get_stream: true },
      ruled: { tool_authorization: { secret: { required_scopes: ["secret"] } } },
      impatient: { timeouts: { idle_ms: 300 } },
    },
  });
  token = await stand.issuer.token();
});
afterAll(() => stand?.close());
beforeEach(() => stand.recorder.reset());

/** Takes over the next request's response: the test then acts as the server. */
function nextResponse(): Promise<ServerResponse> {
  return new Promise((resolve) => stand.recorder.respondWith((response) => resolve(response)));
}

async function openEventStream(server = "tools", request = {}) {
  const opened = nextResponse();
  const response = openMcp(stand.endpoint(server), { token, body: toolCall("count"), ...request });
  const downstream = await opened;
  downstream.writeHead(200, { "content-type": "text/event-stream" }).flushHeaders();
  return { downstream, response: await response };
}

const progress = (step: number) => ({
  jsonrpc: "2.0",
  method: "notifications/progress",
  params: { progressToken: 1, progress: step },
});

describe("events of a stream", () => {
  // The server sends each event only after the client has received the previous one: a gateway that buffers one never gets the next.
  it.each([
    ["POST", "tools", {}],
    ["POST through a filter", "ruled", {}],
    ["GET", "tools", { method: "GET", body: null }],
  ])("arrive one by one, before the server sends the next: 50 on a %s", async (_name, server, request) => {
    const { downstream, response } = await openEventStream(server, request);
    for (let step = 1; step <= 50; step++) {
      downstream.write(sseEvent(progress(step)));
      let event = await response.nextEvent();
      while (event?.startsWith(":")) event = await response.nextEvent();
      expect(event).toBe(
        `event: message\ndata: {"jsonrpc":"2.0","method":"notifications/progress","params":{"progressToken":1,"progress":${step}}}`,
      );
    }
    downstream.end();
    expect(await response.nextEvent()).toBeUndefined();
  });

  it("follow status and headers, which arrive before the first event", async () => {
    const { downstream, response } = await openEventStream();
    expect([response.status, response.message.headers["content-type"]]).toEqual([200, "text/event-stream"]);
    downstream.end();
  });

  it("that are sent in pieces arrive in pieces", async () => {
    const { downstream, response } = await openEventStream();
    const pieces = ["event: mess", 'age\ndata: {"jsonrpc"', ':"2.0"', "}\n", "\n"];
    let received = "";
    response.message.setEncoding("utf8").on("data", (text: string) => (received += text));
    for (const piece of pieces) {
      const arrived = once(response.message, "data");
      downstream.write(piece);
      await arrived;
    }
    expect(received).toBe(pieces.join(""));
    downstream.end();
  });
});

describe("an idle stream", () => {
  it("is kept open by comments, only between events", async () => {
    const { downstream, response } = await openEventStream();
    expect(await response.nextEvent()).toBe(": keep-alive");
    downstream.write("data: 1\n");
    await sleep(1_500);
    downstream.write("\n");
    expect(await response.nextEvent()).toBe("data: 1");
    expect(await response.nextEvent()).toBe(": keep-alive");
    downstream.end();
    expect(await response.nextEvent()).toBeUndefined();
  });

  it("is aborted without error text when the server exceeds the idle timeout", async () => {
    const { downstream, response } = await openEventStream("impatient");
    downstream.write("data: 1\n\n");
    expect(await response.nextEvent()).toBe("data: 1");
    await expect(response.nextEvent()).rejects.toMatchObject({ code: "ECONNRESET" });
  });

  it("is aborted when the server aborts it", async () => {
    const { downstream, response } = await openEventStream();
    downstream.write("data: 1\n\n");
    expect(await response.nextEvent()).toBe("data: 1");
    downstream.destroy();
    await expect(response.nextEvent()).rejects.toMatchObject({ code: "ECONNRESET" });
  });
});

describe("bytes of a body", () => {
  it("are forwarded unchanged in both directions if no rule applies", async () => {
    const sent =
      '{ "id" : "\\u00e4\\/", "jsonrpc":"2.0",\r\n\t"method":"vendor/x","params":{"n":1.0e2,"big":12345678901234567890,"t":"李😀"},"extra":[ ]}';
    const returned =
      '{"result" : {"n":1.50, "big":98765432109876543210},"id":"\\u00e4/","jsonrpc":"2.0" , "vendor":null}\n';
    stand.recorder.respondWith((response) =>
      response.writeHead(200, { "content-type": "application/json; charset=utf-8" }).end(returned),
    );
    const response = await sendMcp(stand.endpoint("tools"), { token, body: sent });
    expect(stand.recorder.requests[0]?.body.toString("utf8")).toBe(sent);
    expect([response.body, valuesOf(response, "content-type")]).toEqual([
      returned,
      ["application/json; charset=utf-8"],
    ]);
  });

  it("of a list pass unchanged if no rule hides any of it", async () => {
    const returned =
      '{ "jsonrpc":"2.0","id":1,"result":{"tools":[ {"name":"open"} ],"nextCursor":"\\u0061","maximum":12345678901234567890}}';
    stand.recorder.respondWith((response) =>
      response.writeHead(200, { "content-type": "application/json" }).end(returned),
    );
    const response = await sendMcp(stand.endpoint("ruled"), { token });
    expect(response.body).toBe(returned);
  });

  it("are not sent in the 202 response to a notification", async () => {
    const response = await sendMcp(stand.endpoint("tools"), {
      token,
      body: { jsonrpc: "2.0", method: "notifications/cancelled", params: { requestId: 1 } },
    });
    expect([response.status, response.body]).toEqual([202, ""]);
  });
});

describe("a large response", () => {
  const MIB = 1024 * 1024;
  const TOTAL = 96 * MIB;

  /** Lets the server send `TOTAL` bytes as fast as possible to a client that has not read anything yet. */
  async function openLargeResponse() {
    const response = nextResponse();
    const pending = openMcp(stand.endpoint("tools"), { token });
    const downstream = await response;
    downstream.writeHead(200, { "content-type": "application/json" });
    const sent = { bytes: 0 };
    const serve = async () => {
      const chunk = Buffer.alloc(MIB, "x");
      for (; sent.bytes < TOTAL; sent.bytes += MIB)
        if (!downstream.write(chunk)) await once(downstream, "drain");
      downstream.end();
    };
    const served = serve();
    const { message } = await pending;
    return { sent, served, message };
  }

  async function readAll(message: AsyncIterable<Buffer>): Promise<{ bytes: number; peak: number }> {
    let bytes = 0;
    let peak = 0;
    for await (const chunk of message) {
      bytes += chunk.length;
      peak = Math.max(peak, proxyMemory());
    }
    return { bytes, peak };
  }

  it("waits at the upstream until the client reads", async () => {
    const { sent, served, message } = await openLargeResponse();
    // Without backpressure everything would be sent by then.
    await Promise.race([served, sleep(700)]);
    expect(sent.bytes).toBeLessThan(TOTAL / 2);
    expect((await readAll(message)).bytes).toBe(TOTAL);
    await served;
  });

  it("is not buffered by the proxy", async () => {
    const before = proxyMemory();
    const { bytes, peak } = await readAll((await openLargeResponse()).message);
    expect(bytes).toBe(TOTAL);
    expect(peak - before).toBeLessThan(64 * MIB);
  });

  /** Resident memory of all proxy processes in bytes. */
  function proxyMemory(): number {
    const sizes = stand.processes("proxy").map((pid) => residentBytes(pid));
    expect(sizes.length).toBeGreaterThan(0);
    return Math.max(...sizes);
  }
});
