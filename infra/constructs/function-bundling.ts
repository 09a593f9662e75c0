// How a function's code becomes what Lambda loads: one small file, since a cold start reads all of it.
import { join } from "node:path";
import { type BundlingOptions, LogLevel, OutputFormat } from "aws-cdk-lib/aws-lambda-nodejs";

/** The bundling of every function. */
export function functionBundling(): BundlingOptions {
  return {
    format: OutputFormat.CJS,
    target: "node24",
    // The SDK's ES modules lose what is not used: a fifth less to load at a cold start than its CommonJS.
    mainFields: ["module", "main"],
    minify: true,
    logLevel: LogLevel.WARNING,
    // The SDK that Lambda provides changes under a deployed function: the locked one is bundled instead.
    bundleAwsSDK: true,
    esbuildArgs: {
      "--alias:@aws-sdk/credential-provider-node": "./functions/platform/lambda-credentials.ts",
    },
    commandHooks: {
      beforeBundling: () => [],
      beforeInstall: () => [],
      afterBundling: (_inputDir, outputDir) => [markAsCommonJs(outputDir)],
    },
  };
}

/** Without it, Node would take the bundle for ESM wherever it runs below this repository's own package.json. */
function markAsCommonJs(outputDir: string): string {
  const file = join(outputDir, "package.json").replaceAll("\\", "/");
  return `node -e "require('fs').writeFileSync('${file}', JSON.stringify({ type: 'commonjs' }))"`;
}
