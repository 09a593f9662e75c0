// How a function's code becomes what Lambda loads: small, since a cold start reads all of it, and without what no first request needs.
import { join } from "node:path";
import { type BundlingOptions, LogLevel, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";

const REPOSITORY_ROOT = join(import.meta.dirname, "..", "..");

/** Packages that lie in a file of their own beside the bundle, and the module that loads it with the first use. */
const LOADED_LATER: Readonly<Record<string, { file: string; standIn: string }>> = {
  re2js: { file: "re2js.js", standIn: "lazy-re2js.cjs" },
  "@aws-sdk/client-kms": { file: "client-kms.js", standIn: "lazy-client-kms.cjs" },
};

const SHARED_OPTIONS: Readonly<Record<string, string>> = {
  "--alias:@aws-sdk/credential-provider-node": "./functions/platform/lambda-credentials.ts",
  "--alias:undici": "./functions/platform/undici-client.cjs",
  "--alias:node:http2": "./functions/platform/no-http2.cjs",
  "--alias:node:assert": "./functions/platform/bare-assert.cjs",
  // As in Node's own copy of undici: without its experimental parser.
  "--define:esbuildDetection": "true",
  // What undici loads for bodies of forms, and where the processor knows no SIMD: neither is ever met here.
  "--external:*/web/fetch/body.js": "",
  "--external:*/web/fetch/formdata": "",
  "--external:*/web/webidl": "",
  "--external:*/llhttp/llhttp-wasm.js": "",
  // `import("node:http")` makes Node load its fetch as well; `require` does not.
  "--supported:dynamic-import": "false",
};

/** The bundling of every function. */
export function functionBundling(): BundlingOptions {
  const later = Object.entries(LOADED_LATER).flatMap(([name, { file, standIn }]) => [
    [`--alias:${name}`, `./functions/platform/${standIn}`],
    [`--external:./${file}`, ""],
  ]);
  return {
    format: OutputFormat.CJS,
    target: "node24",
    // The SDK's ES modules lose what is not used: a fifth less to load at a cold start than its CommonJS.
    mainFields: ["module", "main"],
    minify: true,
    logLevel: LogLevel.WARNING,
    // The SDK that Lambda provides changes under a deployed function: the locked one is bundled instead.
    bundleAwsSDK: true,
    esbuildArgs: { ...SHARED_OPTIONS, ...Object.fromEntries(later) },
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_inputDir, outputDir) => [markAsCommonJs(outputDir), ...packagesBeside(outputDir)],
    },
  };
}

function packagesBeside(outputDir: string): string[] {
  const shared = Object.entries(SHARED_OPTIONS).map(([option, value]) => `"${option}=${value}"`);
  const options = ["--bundle", "--minify", "--platform=node", "--target=node24", "--format=cjs", ...shared];
  return Object.entries(LOADED_LATER).map(([name, { file }]) => {
    const outfile = join(outputDir, file).replaceAll("\\", "/");
    const esbuild = `npx --no-install esbuild ${name} ${options.join(" ")} --main-fields=module,main`;
    return `cd "${REPOSITORY_ROOT}" && ${esbuild} --log-level=warning --outfile="${outfile}"`;
  });
}

/** Without it, the bundle would be taken for ESM wherever it runs below this repository's own package.json. */
function markAsCommonJs(outputDir: string): string {
  const file = join(outputDir, "package.json").replaceAll("\\", "/");
  return `node -e "require('fs').writeFileSync('${file}', JSON.stringify({ type: 'commonjs' }))"`;
}
