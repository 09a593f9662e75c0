import { once } from "node:events";
import { request } from "node:http";
import { afterEach, expect, test } from "vitest";
import {
  type Downstream,
  type DownstreamOptions,
  listenMcp,
  type McpEndpoint,
} from "../../../local/downstream/mcp-listener.ts";

let server: Downstream;
afterEach(() => server.close());

async function serve(fetch: McpEndpoint["fetch"], options?: DownstreamOptions): Promise<void> {
  server = await listenMcp({ fetch, close: async () => {} }, options);
}

test("serves /mcp on a loopback address and no other path", async () => {
  await serve(async () => new Response("here"));
  expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/mcp$/);
  expect(await (await fetch(`${server.url}?x=1`)).text()).toBe("here");
  expect((await fetch(`${server.url}/more`)).status).toBe(404);
});

test("counts and reports every request as on the wire, including rejected ones", async () => {
  const received: unknown[] = [];
  await serve(async () => new Response(), {
    onRequest: ({ method, path, rawHeaders }) =>
      received.push([method, path, rawHeaders.includes("X-KeptCase")]),
  });
  const sent = request(server.url, { headers: { "X-KeptCase": "1" } }).end();
  await once(sent, "response");
  await fetch(new URL("/elsewhere", server.url), { method: "DELETE" });
  expect(server.requests()).toBe(2);
  expect(received).toEqual([
    ["GET", "/mcp", true],
    ["DELETE", "/elsewhere", false],
  ]);
});

test.each([
  ["Host", "evil.example"],
  ["Origin", "https://evil.example"],
])("rejects a foreign %s before the endpoint sees the request", async (name, value) => {
  let served = 0;
  await serve(async () => {
    served += 1;
    return new Response();
  });
  const sent = request(server.url, { method: "POST", headers: { [name]: value } }).end();
  const [response] = await once(sent, "response");
  expect(response.statusCode).toBe(403);
  expect(served).toBe(0);
});

test("shows the status of a stream before its first event", async () => {
  await serve(
    async () => new Response(new ReadableStream(), { headers: { "content-type": "text/event-stream" } }),
  );
  const response = await fetch(server.url);
  expect(response.headers.get("content-type")).toBe("text/event-stream");
  await response.body?.cancel();
});

test("notifies the endpoint of a client disconnect", async () => {
  const { promise, resolve } = Promise.withResolvers<string>();
  await serve(async ({ signal }) => {
    signal.addEventListener("abort", () => resolve("gone"));
    return new Response(new ReadableStream());
  });
  const response = await fetch(server.url);
  await response.body?.cancel();
  expect(await promise).toBe("gone");
});

test("responds with 413 to a body above 4 MiB", async () => {
  await serve(async () => new Response());
  const response = await fetch(server.url, { method: "POST", body: "x".repeat(4 * 1024 * 1024 + 1) });
  expect(response.status).toBe(413);
});

test("responds with 500 without details if the endpoint throws", async () => {
  await serve(async () => {
    throw new Error("secret detail");
  });
  const response = await fetch(server.url);
  expect(response.status).toBe(500);
  expect(await response.json()).toEqual({
    jsonrpc: "2.0",
    id: null,
    error: { code: -32603, message: "Internal error" },
  });
});
