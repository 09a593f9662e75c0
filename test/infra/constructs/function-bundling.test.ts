// The proxy's bundle, built with the options that a deployment builds it with: what is in it, and that it works.
import { readFileSync, rmSync } from "node:fs";
import { createRequire } from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { build, type Metafile } from "esbuild";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type * as Downstream from "../../../functions/platform/downstream.ts";
import { functionBundling } from "../../../infra/constructs/function-bundling.ts";
import { textOf } from "../../support/answer-bodies.ts";
import { answered, requestTo } from "../../support/downstream-calls.ts";
import { closedPort, startHttp } from "../../support/loopback-server.ts";

const ROOT = join(import.meta.dirname, "..", "..", "..");
const OUTPUT = join(tmpdir(), `mcp-gateway-bundle-${process.pid}`);

let metafile: Metafile;
let undiciFiles: string[];

/** Bundles a module with the functions' own options. */
async function bundle(entry: string, outfile: string): Promise<Metafile> {
  const { esbuildArgs = {} } = functionBundling();
  const named = (option: string) =>
    Object.entries(esbuildArgs)
      .filter(([name]) => name.startsWith(`--${option}:`))
      .map(([name, value]): [string, string] => [name.slice(option.length + 3), String(value)]);
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
    alias: Object.fromEntries(named("alias")),
    define: Object.fromEntries(named("define")),
    external: named("external").map(([name]) => name),
    supported: Object.fromEntries(named("supported").map(([name, value]) => [name, value === "true"])),
    logLevel: "error",
  });
  return built.metafile;
}

beforeAll(async () => {
  metafile = await bundle("functions/proxy/index.ts", join(OUTPUT, "index.cjs"));
  undiciFiles = Object.keys(metafile.inputs).filter((file) => file.includes("node_modules/undici/"));
});
afterAll(() => rmSync(OUTPUT, { recursive: true, force: true }));

describe("the proxy's bundle", () => {
  it("has less than 350 KB", () => {
    expect(metafile.outputs[Object.keys(metafile.outputs)[0] as string]?.bytes).toBeLessThan(350_000);
  });

  it("has undici's client, and of the rest of it neither fetch nor other dispatchers or parsers", () => {
    expect(undiciFiles).toContain("node_modules/undici/lib/dispatcher/client.js");
    const allowed = /^node_modules\/undici\/lib\/(?:core|dispatcher|handler|llhttp|util)\//;
    expect(undiciFiles.filter((file) => !allowed.test(file))).toEqual([]);
    expect(undiciFiles.filter((file) => /agent|pool|interceptor|mock|cache/.test(file))).toEqual([]);
  });

  it.each(["node:http2", "node:assert", "http2", "assert"])("does not load %s", (name) => {
    const imports = Object.values(metafile.outputs).flatMap((output) => output.imports);
    expect(imports.map(({ path }) => path)).not.toContain(name);
  });

  it("calls downstream servers with what stands in for the rest of undici and Node", async () => {
    const file = join(OUTPUT, "downstream.cjs");
    await bundle("functions/platform/downstream.ts", file);
    const { createDownstream }: typeof Downstream = createRequire(import.meta.url)(file);
    const server = await startHttp((_, response) => response.end("good"));
    const call = createDownstream();
    for (let round = 0; round < 2; round += 1) {
      expect(await textOf(answered(await call(requestTo(server.url))).body)).toBe("good");
    }
    expect(server.connections()).toBe(1);
    await server.close();
    const failed = await call(requestTo(`http://127.0.0.1:${await closedPort()}/mcp`));
    expect(failed).toMatchObject({ ok: false, failure: "unreachable", cause: { code: "ECONNREFUSED" } });
  });
});

describe("undici's files in it", () => {
  it("use node:assert as a plain function alone, which is what its stand-in is", () => {
    const users = undiciFiles.filter((file) => /require\('(?:node:)?assert'\)/.test(sourceOf(file)));
    expect(users).toContain("node_modules/undici/lib/dispatcher/client-h1.js");
    for (const file of users) {
      expect(sourceOf(file)).toContain("const assert = require('node:assert')\n");
      expect(
        sourceOf(file)
          .match(/\bassert\.\w+/g)
          ?.map((use) => `${file}: ${use}`),
      ).toBeUndefined();
    }
  });

  it("name node:http2 in the file for HTTP/2 alone", () => {
    const users = undiciFiles.filter((file) => /require\('(?:node:)?http2'\)/.test(sourceOf(file)));
    expect(users).toEqual(["node_modules/undici/lib/dispatcher/client-h2.js"]);
  });

  it("need the files that are left out for forms and for processors without SIMD alone", () => {
    const left = Object.values(metafile.inputs).flatMap(({ imports }) =>
      imports
        .filter(({ external, path }) => external === true && path.startsWith("."))
        .map(({ path }) => path),
    );
    expect([...new Set(left)].sort()).toEqual([
      "../llhttp/llhttp-wasm.js",
      "../web/fetch/body.js",
      "../web/fetch/formdata",
      "../web/webidl",
      "./client-kms.js",
      "./re2js.js",
    ]);
  });
});

function sourceOf(file: string): string {
  return readFileSync(join(ROOT, file), "utf8");
}
