// docs/supply-chain.md lists every package with code in a deployed function: compared with esbuild's metafile.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { BUNDLING, FUNCTION_BUNDLES, PACKAGES_BESIDE } from "../../build/function-bundles.ts";

const ROOT = join(import.meta.dirname, "..", "..");

/** The packages with code in a function's files, with the options of the deployment. */
async function bundledPackages(name: string): Promise<string[]> {
  const { metafile } = await build({
    ...BUNDLING,
    entryPoints: [`functions/${name}/index.ts`],
    ...{ write: false, metafile: true },
    outfile: "bundle.js",
  });
  const inputs = Object.values(metafile.outputs).flatMap((output) => Object.entries(output.inputs));
  const packages = inputs
    .filter(([, { bytesInOutput }]) => bytesInOutput > 0)
    .flatMap(([path]) => /^.*node_modules\/((?:@[^/]+\/)?[^/]+)/.exec(path)?.[1] ?? []);
  return [...new Set([...packages, ...PACKAGES_BESIDE])].sort();
}

it("lists the packages of each function's bundle", async () => {
  const page = readFileSync(join(ROOT, "docs/supply-chain.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` \|((?:(?: yes)? \|){4})$/gm)].map(
    ([, name = "", cells = ""]) => [name, ...cells.split("|")],
  );
  const listed = FUNCTION_BUNDLES.map((_, column) =>
    rows.filter((row) => row[column + 1]?.trim() === "yes").map(([name = ""]) => name),
  );
  expect(listed).toEqual(await Promise.all(FUNCTION_BUNDLES.map(bundledPackages)));
});
