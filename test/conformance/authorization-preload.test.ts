import { execFile } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";

const PRELOAD = new URL("authorization-preload.ts", import.meta.url);
let seen: (string | undefined)[];
const server = createServer((request, response) => {
  seen.push(request.headers.authorization);
  response.end();
});

beforeEach(async () => {
  seen = [];
  await once(server.listen(0, "127.0.0.1"), "listening");
});
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

const BY_FETCH = 'await fetch("URL", { method: "POST", headers: { accept: "*/*" }, body: "{}" });';
const BY_HTTP =
  'require("http").request("URL", { method: "POST", headers: { Accept: "*/*" } }, (r) => r.resume()).end("{}");';

async function request(code: string, wantedOrigin?: string): Promise<void> {
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const script = `(async () => { ${code.replace("URL", `${origin}/mcp`)} })()`;
  await promisify(execFile)(process.execPath, ["--import", PRELOAD.href, "-e", script], {
    env: { CONFORMANCE_ORIGIN: wantedOrigin ?? origin, CONFORMANCE_TOKEN: "t0ken" },
  });
}

test.each([
  ["fetch", BY_FETCH],
  ["node:http", BY_HTTP],
])("adds the token to a request by %s", async (_way, code) => {
  await request(code);
  expect(seen).toEqual(["Bearer t0ken"]);
});

test.each([
  ["fetch", BY_FETCH],
  ["node:http", BY_HTTP],
])("sends no token to another origin by %s", async (_way, code) => {
  await request(code, "http://127.0.0.1:1");
  expect(seen).toEqual([undefined]);
});
