import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, beforeEach, expect, test } from "vitest";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";

const PRELOAD = new URL("authorization-preload.ts", import.meta.url);
let seen: (string | undefined)[];
let server: LoopbackServer;

beforeEach(async () => {
  seen = [];
  server = await startHttp((request, response) => {
    seen.push(request.headers.authorization);
    response.end();
  });
});
afterEach(() => server.close());

const BY_FETCH = 'await fetch("URL", { method: "POST", headers: { accept: "*/*" }, body: "{}" });';
const BY_HTTP =
  'require("http").request("URL", { method: "POST", headers: { Accept: "*/*" } }, (r) => r.resume()).end("{}");';

async function request(code: string, wantedOrigin?: string): Promise<void> {
  const script = `(async () => { ${code.replace("URL", server.url)} })()`;
  await promisify(execFile)(process.execPath, ["--import", PRELOAD.href, "-e", script], {
    env: { CONFORMANCE_ORIGIN: wantedOrigin ?? server.origin, CONFORMANCE_TOKEN: "t0ken" },
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
