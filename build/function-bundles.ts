// Bundles the functions into dist/bundles: one small file each, since a cold start reads all of it, and the module that loads it. The package ships these files, and
// the repository's own stack, local run and tests use the same ones.
import {
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { dirname, join } from "node:path";
import { type BuildOptions, buildSync } from "esbuild";

const ROOT = join(import.meta.dirname, "..");
const BUNDLES = join(ROOT, "dist", "bundles");

const DYNAMODB = "@aws-sdk/client-dynamodb";

/** `external`: packages that are left out. */
type FunctionBundle = { name: string; folder: string; external?: string[] };

/** The bundles, each of a folder of `functions/` with an `index.ts` that exports `handler`. */
export const FUNCTION_BUNDLES: readonly FunctionBundle[] = [
  { name: "authorizer", folder: "authorizer" },
  // Without rate limits the proxy never loads DynamoDB's client: a cold start does not read it.
  { name: "proxy", folder: "proxy", external: [DYNAMODB] },
  { name: "counting-proxy", folder: "proxy" },
  { name: "combined", folder: "combined", external: [DYNAMODB] },
  { name: "counting-combined", folder: "combined" },
  { name: "metadata", folder: "metadata" },
];

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
  // No operation of these clients has event streams. The SDK imports them dynamically, and esbuild keeps all that such a file imports.
  external: ["@smithy/core/event-streams"],
  // The SDK that Lambda provides changes under a deployed function: the locked one is bundled instead.
  alias: { "@aws-sdk/credential-provider-node": "./functions/platform/lambda-credentials.ts" },
  logLevel: "warning",
} as const satisfies BuildOptions;

/** Bundles all functions whose sources are newer than their bundle. */
export function updateFunctionBundles(): void {
  const changed = newestInput();
  const outdated = FUNCTION_BUNDLES.filter(({ name }) => modified(join(BUNDLES, name, "index.js")) < changed);
  for (const bundle of outdated) bundleFunction(bundle, changed);
}

function bundleFunction({ name, folder, external = [] }: FunctionBundle, changed: number): void {
  const { outputFiles } = buildSync({
    ...BUNDLING,
    entryPoints: [`functions/${folder}/index.ts`],
    external: [...BUNDLING.external, ...external],
    outfile: join(BUNDLES, name, "index.js"),
    // Beside the bundle, without a comment in it: Lambda gets the bundle alone.
    sourcemap: "external",
    write: false,
  });
  // Without it, Node would take the bundle for ESM below the package.json of this package.
  write(join(BUNDLES, name, "package.json"), '{"type":"commonjs"}');
  write(join(BUNDLES, name, "lambda.mjs"), readFileSync(join(ROOT, "functions", "lambda.mjs")));
  // The bundle comes last: its time says that the others are there.
  for (const { path, contents } of outputFiles.toSorted((a, b) => b.path.localeCompare(a.path))) {
    write(path, contents, changed);
  }
}

/** Several processes may write and read at the same time: each sees a whole file. */
function write(file: string, contents: string | Uint8Array, time?: number): void {
  const unfinished = `${file}.${process.pid}`;
  mkdirSync(dirname(file), { recursive: true });
  writeFileSync(unfinished, contents);
  if (time !== undefined) utimesSync(unfinished, time / 1000, time / 1000);
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
