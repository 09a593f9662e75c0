// The code of a function: a prebuilt bundle, so that the synthesis needs no bundler, no lock file and no network.
import { createRequire } from "node:module";
import { join } from "node:path";
import { type AssetCode, Code } from "aws-cdk-lib/aws-lambda";
import { BUNDLES, IS_SOURCE } from "../package-paths.ts";

/** The bundles, one for each function. */
export type BundleName = "authorizer" | "proxy" | "combined" | "metadata";

/** @param name folder below `dist/bundles` with `lambda.mjs`, which exports `handler` */
export function functionCode(name: BundleName): AssetCode {
  if (IS_SOURCE) updateBundles();
  return Code.fromAsset(join(BUNDLES, name), { exclude: ["*.map"] });
}

/** In the repository, the bundles follow the sources. The package has neither the sources nor the bundler. */
function updateBundles(): void {
  const build: { updateFunctionBundles(): void } = createRequire(import.meta.url)(
    "../../build/function-bundles.ts",
  );
  build.updateFunctionBundles();
}
