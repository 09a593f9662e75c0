// The functions' bundles, built with the options that a deployment builds them with: their size, and that nothing stands in for Node's
// own modules.
import { rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { build, type Metafile } from "esbuild";
import { afterAll, describe, expect, it } from "vitest";
import type * as HttpClient from "../../../functions/platform/http-client.ts";
import { functionBundling } from "../../../infra/constructs/function-bundling.ts";
import { closeServersAfterEach, requestTo, serving } from "../../support/http-calls.ts";
import { startHttp } from "../../support/loopback-server.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const OUTPUT = join(tmpdir(), `mcp-gateway-bundle-${process.pid}`);

closeServersAfterEach();
afterAll(() => rmSync(OUTPUT, { recursive: true, force: true }));

/** Bundles a module with the functions' own options. */
async function bundle(entry: string, outfile: string): Promise<Metafile> {
  const { esbuildArgs = {} } = functionBundling();
  const alias = Object.entries(esbuildArgs).map(([name, value]) => [
    name.replace(/^--alias:/, ""),
    String(value),
  ]);
  const built = await build({
    absWorkingDir: ROOT,
    entryPoints: [entry],
    outfile,
    bundle: true,
    minify: true,
    metafile: true,
    platform: "node",
    target: "node24",
    format: "cjs",
    mainFields: ["module", "main"],
    alias: Object.fromEntries(alias),
    logLevel: "error",
  });
  return built.metafile;
}

it("the one option beyond the format is the alias of the SDK's credential chain", () => {
  expect(functionBundling().esbuildArgs).toEqual({
    "--alias:@aws-sdk/credential-provider-node": "./functions/platform/lambda-credentials.ts",
  });
});

describe.each([
  ["authorizer", 550_000],
  ["proxy", 600_000],
  ["metadata", 560_000],
])("the bundle of %s", (name, maxBytes) => {
  it(`is one file of less than ${maxBytes} bytes`, async () => {
    const { outputs } = await bundle(`functions/${name}/index.ts`, join(OUTPUT, `${name}.cjs`));
    const sizes = Object.values(outputs).map(({ bytes }) => bytes);
    expect(sizes).toHaveLength(1);
    expect(sizes[0]).toBeLessThan(maxBytes);
  });
});

it("the bundled HTTP client sends requests over kept connections", async () => {
  const file = join(OUTPUT, "http-client.cjs");
  await bundle("functions/platform/http-client.ts", file);
  const { createHttpClient }: typeof HttpClient = createRequire(import.meta.url)(file);
  const server = await serving(startHttp((_, response) => response.end("good")));
  const send = createHttpClient();
  for (let round = 0; round < 2; round += 1) {
    expect(await text((await send(requestTo(server.url))).body)).toBe("good");
  }
  expect(server.connections()).toBe(1);
});
