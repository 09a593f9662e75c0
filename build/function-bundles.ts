// Bundles the functions into dist/bundles. A cold start reads all of `index.js`, so that is small: what a function needs rarely is in files
// beside it, as is the module that Lambda loads. The package ships these files, and the repository's own stack, local run and tests use the
// same ones.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { basename, dirname, join } from "node:path";
import { type BuildOptions, buildSync, transformSync } from "esbuild";

const ROOT = join(import.meta.dirname, "..");
const BUNDLES = join(ROOT, "dist", "bundles");

/** The bundles, each of a folder of `functions/` with an `index.ts` that exports `handler`. */
export const FUNCTION_BUNDLES = ["authorizer", "proxy", "combined", "metadata"] as const;

/** Packages that a function loads with `createRequire` when it needs them: each is a file in `node_modules` beside the bundle. */
export const PACKAGES_BESIDE = ["re2js"];

/** How every function is bundled. */
export const BUNDLING = {
  absWorkingDir: ROOT,
  bundle: true,
  minify: true,
  platform: "node",
  target: "node24",
  format: "cjs",
  // The SDK's ES modules lose what is not used: a fifth less to load at a cold start than its CommonJS.
  mainFields: ["module", "main"],
  // The same in CommonJS.
  define: { "import.meta.filename": "__filename" },
  // The SDK imports both dynamically, in code that no function runs: without this, esbuild would keep them.
  external: ["@smithy/core/event-streams", "bowser"],
  // The SDK that Lambda provides changes under a deployed function: the locked one is bundled instead.
  alias: { "@aws-sdk/credential-provider-node": "./functions/platform/lambda-credentials.ts" },
  logLevel: "warning",
} as const satisfies BuildOptions;

/** Bundles all functions whose sources are newer than their bundle. */
export function updateFunctionBundles(): void {
  const changed = newestInput();
  const outdated = FUNCTION_BUNDLES.filter((name) => modified(join(BUNDLES, name, "index.js")) < changed);
  for (const name of outdated) bundleFunction(name, changed);
}

type File = { path: string; text: string };

function bundleFunction(name: string, changed: number): void {
  const folder = join(BUNDLES, name);
  const index = join(folder, "index.js");
  const files = [
    // Without it, Node would take the bundle for ESM below the package.json of this package.
    { path: join(folder, "package.json"), text: '{"type":"commonjs"}' },
    { path: join(folder, "lambda.mjs"), text: readFileSync(join(ROOT, "functions", "lambda.mjs"), "utf8") },
    ...PACKAGES_BESIDE.map((each) => packageFile(each, join(folder, "node_modules", each, "index.js"))),
    ...functionFiles(name, folder),
  ];
  mkdirSync(folder, { recursive: true });
  removeOthers(folder, files);
  // `index.js` comes last: its time says that the others are there.
  const inOrder = files.toSorted((a, b) => Number(a.path === index) - Number(b.path === index));
  for (const { path, text } of inOrder) write(path, text, changed);
}

/** `index.js`, and a file for each module that is imported with `import()`, and for what they share, with their source maps. */
function functionFiles(name: string, outdir: string): File[] {
  // esbuild splits only ES modules: they are translated to CommonJS, which Node loads faster.
  const split = { format: "esm", splitting: true, sourcemap: "inline", write: false } as const;
  const entryPoints = { index: `functions/${name}/index.ts` };
  const { outputFiles } = buildSync({ ...BUNDLING, ...split, entryPoints, outdir });
  return outputFiles.flatMap(({ path, text }) => {
    const { code, map } = transformSync(text, {
      format: "cjs",
      platform: BUNDLING.platform,
      target: BUNDLING.target,
      minify: BUNDLING.minify,
      // `import()` of a file becomes `require`, or Node would start its loader of ES modules.
      supported: { "dynamic-import": false },
      sourcefile: basename(path),
      sourcemap: "external",
    });
    // Without a comment in the code: Lambda gets no source map.
    return [
      { path, text: code },
      { path: `${path}.map`, text: map },
    ];
  });
}

function packageFile(name: string, path: string): File {
  const { outputFiles } = buildSync({ ...BUNDLING, entryPoints: [name], outfile: path, write: false });
  return { path, text: outputFiles[0]?.text ?? "" };
}

/** Removes what an earlier build wrote under other names: those of split files contain a hash. */
function removeOthers(folder: string, files: readonly File[]): void {
  const written = readdirSync(folder).filter((name) => /\.(?:js|map)$/.test(name));
  for (const path of written.map((name) => join(folder, name))) {
    if (!files.some((file) => file.path === path)) rmSync(path, { force: true });
  }
}

/** Several processes may write and read at the same time: each sees a whole file. */
function write(file: string, contents: string, time: number): void {
  const unfinished = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(unfinished, contents);
  utimesSync(unfinished, time / 1000, time / 1000);
  renameSync(unfinished, file);
}

function newestInput(): number {
  const sources = readdirSync(join(ROOT, "functions"), { recursive: true, encoding: "utf8" });
  const files = [
    ...sources.map((name) => join("functions", name)),
    "package-lock.json",
    "build/function-bundles.ts",
  ];
  return Math.ceil(Math.max(...files.map((file) => modified(join(ROOT, file)))));
}

function modified(file: string): number {
  return statSync(file, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (import.meta.main) updateFunctionBundles();
