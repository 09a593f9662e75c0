// The bundles that a deployment uploads and the package ships: their files, what a start loads of them, and that nothing stands in for
// Node's own modules.
import { execFileSync } from "node:child_process";
import { cpSync, readdirSync, readFileSync, rmSync, statSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
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

/** What a bundle loads before its first request, as Lambda starts it: files in its folder, with their sizes. */
function loadedAtStart(name: string): Map<string, number> {
  const folder = join(BUNDLES, name);
  const script = `
    globalThis.awslambda = { streamifyResponse: (handler) => handler };
    require("./index.js");
    process.stdout.write(JSON.stringify(Object.keys(require.cache)), () => process.exit());`;
  const env = {
    CONFIG_PREFIX: "/mcp-gateway/dev",
    PUBLIC_URL: "https://mcp.example.com",
    AWS_REGION: "eu-central-1",
    AWS_ENDPOINT_URL_SSM: "http://127.0.0.1:9",
    RATE_LIMIT_TABLE: "rate-limits",
    SIGNING_KEY_ARNS: "arn:aws:kms:eu-central-1:123456789012:key/current",
  };
  const files: string[] = JSON.parse(
    execFileSync(process.execPath, ["-e", script], { cwd: folder, env, encoding: "utf8" }),
  );
  return new Map(files.map((file) => [relative(folder, file), statSync(file).size]));
}

/** Names without the hash of split files. */
function namesIn(folder: string): string[] {
  return readdirSync(folder)
    .map((name) => name.replace(/-[A-Z0-9]{8}\.js/, "-*.js"))
    .sort();
}

describe.each([
  ["authorizer", 405_000, []],
  ["proxy", 490_000, ["chunk-*.js", "dynamodb-client-*.js", "kms-client-*.js"]],
  ["combined", 550_000, ["chunk-*.js", "dynamodb-client-*.js", "kms-client-*.js"]],
  ["metadata", 390_000, ["chunk-*.js", "kms-client-*.js"]],
])("the bundle of %s", (name, maxBytes, split) => {
  it("is index.js with the files that it loads, each with its source map, and the module that loads it", () => {
    const code = ["index.js", ...split];
    const maps = code.map((file) => `${file}.map`);
    const files = [...code, ...maps, "lambda.mjs", "node_modules", "package.json"];
    expect(namesIn(join(BUNDLES, name))).toEqual(files.sort());
    expect(namesIn(join(BUNDLES, name, "node_modules"))).toEqual(["re2js"]);
  });

  it(`loads less than ${maxBytes} bytes at its start, and no code for signatures, rate limits and patterns`, () => {
    const loaded = loadedAtStart(name);
    expect([...loaded.keys()].filter((file) => /^(?:dynamodb|kms|node_modules)/.test(file))).toEqual([]);
    expect([...loaded.values()].reduce((sum, size) => sum + size)).toBeLessThan(maxBytes);
  });

  it("has a source map that leads to the function's sources", () => {
    const { sources } = JSON.parse(readFileSync(join(BUNDLES, name, "index.js.map"), "utf8"));
    expect(sources).toContain(`../../../functions/${name}/index.ts`);
  });
});

describe("the bundled claim rules", () => {
  const file = join(OUTPUT, "claim-rules.cjs");
  const compile = (pattern: string) => {
    const script = `process.stdout.write(JSON.stringify(require(${JSON.stringify(file)}).compilePattern(${JSON.stringify(pattern)})))`;
    return JSON.parse(execFileSync(process.execPath, ["-e", script], { encoding: "utf8" }));
  };
  beforeAll(() =>
    build({ ...BUNDLING, entryPoints: ["functions/core/config/claim-rules.ts"], outfile: file }),
  );

  it("reject every pattern if the RE2 engine is missing", () => {
    const fault = expect.stringMatching(/^"\^a\+\$" is not a valid RE2 pattern: Cannot find module/);
    expect(compile("^a+$")).toEqual({ ok: false, message: fault });
  });

  it("compile patterns with the RE2 engine that is beside each bundle", () => {
    cpSync(join(BUNDLES, "authorizer", "node_modules"), join(OUTPUT, "node_modules"), { recursive: true });
    expect(compile("^a+$")).toEqual({ ok: true });
  });
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
