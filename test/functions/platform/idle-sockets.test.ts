import http from "node:http";
import { text } from "node:stream/consumers";
import { afterEach, beforeEach, expect, it } from "vitest";
import { dropStaleSockets, watchIdleSockets } from "../../../functions/platform/idle-sockets.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";

let server: LoopbackServer;
let agent: http.Agent;
beforeEach(async () => {
  server = await startHttp((_request, response) => response.end("good"));
  agent = new http.Agent({ keepAlive: true });
});
afterEach(async () => {
  agent.destroy();
  await server.close();
});

async function get(): Promise<void> {
  const response = await new Promise<http.IncomingMessage>((resolve, reject) => {
    http.get(server.url, { agent }, resolve).on("error", reject);
  });
  await text(response);
  // The agent has its connection back one turn after the end.
  await new Promise(setImmediate);
}

it("closes connections that were idle for more than four seconds", async () => {
  watchIdleSockets(agent, () => 10_000);
  await get();
  dropStaleSockets(agent, 14_000);
  await get();
  expect(server.connections()).toBe(1);
  dropStaleSockets(agent, 14_001);
  await get();
  expect(server.connections()).toBe(2);
});

it("leaves alone what it did not watch, and an agent without connections", async () => {
  dropStaleSockets(agent, 10_000);
  await get();
  dropStaleSockets(agent, 1_000_000);
  await get();
  expect(server.connections()).toBe(1);
});
