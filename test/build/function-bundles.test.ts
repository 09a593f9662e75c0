// The bundles that a deployment uploads and the package ships: their size, what is beside them, and that nothing stands in for Node's
// own modules.
import { readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { build } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { BUNDLING, updateFunctionBundles } from "../../build/function-bundles.ts";
import type * as HttpClient from "../../functions/platform/http-client.ts";
import { closeServersAfterEach, requestTo, serving } from "../support/http-calls.ts";
import { startHttp } from "../support/loopback-server.ts";

const BUNDLES = join(import.meta.dirname, "..", "..", "dist", "bundles");
const OUTPUT = join(tmpdir(), `mcp-gateway-bundle-${process.pid}`);

closeServersAfterEach();
beforeAll(() => updateFunctionBundles());
afterAll(() => rmSync(OUTPUT, { recursive: true, force: true }));

describe.each([
  ["authorizer", 555_000],
  ["proxy", 680_000],
  ["counting-proxy", 900_000, "proxy"],
  ["combined", 1_000_000],
  ["counting-combined", 1_200_000, "combined"],
  ["metadata", 565_000],
])("the bundle of %s", (name, maxBytes, folder = name) => {
  it(`is one file of less than ${maxBytes} bytes, with its source map and the module that loads it`, () => {
    expect(readdirSync(join(BUNDLES, name)).sort()).toEqual([
      "index.js",
      "index.js.map",
      "lambda.mjs",
      "package.json",
    ]);
    expect(statSync(join(BUNDLES, name, "index.js")).size).toBeLessThan(maxBytes);
  });

  it("has a source map that leads to the function's sources", () => {
    const { sources } = JSON.parse(readFileSync(join(BUNDLES, name, "index.js.map"), "utf8"));
    expect(sources).toContain(`../../../functions/${folder}/index.ts`);
  });
});

it("the bundle of the proxy holds DynamoDB's client only where it counts rate limits", () => {
  const holdsClient = (name: string) => {
    const { sources } = JSON.parse(readFileSync(join(BUNDLES, name, "index.js.map"), "utf8"));
    return sources.some((source: string) => source.includes("@aws-sdk/client-dynamodb"));
  };
  expect([holdsClient("proxy"), holdsClient("counting-proxy")]).toEqual([false, true]);
});

it("the bundled HTTP client sends requests over kept connections", async () => {
  const file = join(OUTPUT, "http-client.cjs");
  await build({ ...BUNDLING, entryPoints: ["functions/platform/http-client.ts"], outfile: file });
  const { createHttpClient }: typeof HttpClient = createRequire(import.meta.url)(file);
  const server = await serving(startHttp((_, response) => response.end("good")));
  const send = createHttpClient();
  for (let round = 0; round < 2; round += 1) {
    expect(await text((await send(requestTo(server.url))).body)).toBe("good");
  }
  expect(server.connections()).toBe(1);
});
