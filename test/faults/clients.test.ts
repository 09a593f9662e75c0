// Clients that fail, against the whole local gateway: ones that leave, stall, send too much or too little. The others must not notice, the
// server behind must be let go, and no connection may stay.
import { connect, type Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type GatewayStand, startStand } from "../support/gateway-stand.ts";
import { sendMcp, toolCall } from "../support/mcp-request.ts";
import { residentBytes } from "../support/processes.ts";
import { sseEvent } from "../support/recorder-server.ts";

let stand: GatewayStand;
let token: string;
const sockets: Socket[] = [];

beforeAll(async () => {
  const limits = { sse_heartbeat_seconds: 1 };
  stand = await startStand({ gateway: { limits }, servers: { tools: { timeouts: { idle_ms: 2_000 } } } });
  token = await stand.issuer.token();
});
afterAll(() => stand?.close());
beforeEach(() => {
  stand.recorder.reset();
  for (const socket of sockets.splice(0)) socket.destroy();
});

const CALL = JSON.stringify(toolCall("add"));
const head = (length: number | string) =>
  `POST /tools/mcp HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer ${token}\r\nContent-Type: application/json\r\nContent-Length: ${length}\r\n\r\n`;

function open(bytes: string): Socket {
  const { hostname, port } = new URL(stand.url);
  const socket = connect(Number(port), hostname);
  socket.on("error", () => {}).write(bytes);
  sockets.push(socket);
  return socket;
}

async function othersAreServed(): Promise<void> {
  expect((await sendMcp(stand.endpoint("tools"), { token })).status).toBe(200);
}

/** A stream without end; gives what ends it. */
function endlessStream(): () => void {
  let end = () => {};
  stand.recorder.respondWith((response) => {
    response.writeHead(200, { "content-type": "text/event-stream" });
    const timer = setInterval(() => response.write(sseEvent({ jsonrpc: "2.0", method: "tick" })), 50);
    end = () => response.end();
    response.on("close", () => clearInterval(timer));
  });
  return () => end();
}

describe("a client that", () => {
  it.each([
    ["connects and says nothing", ""],
    ["stops in the headers", "POST /tools/mcp HTTP/1.1\r\nHost: x\r\nAuth"],
    ["stops in the body", ""],
    ["sends garbage", "\u0000\u0001\u0002\r\n\r\n"],
  ])("%s delays no other request and is not forwarded", async (name, bytes) => {
    for (let count = 0; count < 50; count++)
      open(name === "stops in the body" ? `${head(1_000)}{"half":` : bytes);
    await sleep(100);
    expect(stand.recorder.requests).toEqual([]);
    await othersAreServed();
  });

  it("leaves in the middle of its request causes nothing", async () => {
    for (let count = 0; count < 20; count++) {
      const socket = open(`${head(1_000)}{"half":`);
      setTimeout(() => socket.resetAndDestroy(), 20);
    }
    await sleep(200);
    expect(stand.recorder.requests).toEqual([]);
    await othersAreServed();
  });

  it("sends more than is taken gets 413, without the server being asked", async () => {
    const response = await sendMcp(stand.endpoint("tools"), { token, body: Buffer.alloc(11_000_000, " ") });
    expect(response.status).toBe(413);
    expect(stand.recorder.requests).toEqual([]);
  });

  it("reads nothing of a long response is not read for: memory stays", async () => {
    stand.recorder.respondWith((response) => {
      response.writeHead(200, { "content-type": "application/octet-stream" });
      const block = Buffer.alloc(1_000_000);
      let left = 300;
      const more = () => {
        while (left > 0 && response.write(block)) left -= 1;
      };
      response.on("drain", more);
      more();
    });
    const pids = () => [...stand.gateway.functions.values()].flatMap((each) => each.pids);
    const largest = () => Math.max(...pids().map(residentBytes));
    const before = largest();
    open(head(CALL.length) + CALL).pause();
    await sleep(3_000);
    expect(largest() - before).toBeLessThan(150_000_000);
    stand.recorder.reset();
    await othersAreServed();
  });

  // As on Lambda, the function is not told that its client disconnected: it runs until the stream ends or a timeout.
  it("leaves its stream is not noticed by the others", async () => {
    const end = endlessStream();
    const socket = open(head(CALL.length) + CALL);
    await new Promise((resolve) => socket.once("data", resolve));
    socket.resetAndDestroy();
    stand.recorder.reset();
    await othersAreServed();
    end();
    await othersAreServed();
  });
});
