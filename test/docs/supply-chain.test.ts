// docs/supply-chain.md lists every package with code in a deployed bundle: compared with what esbuild says it put there.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { expect, it } from "vitest";
import { BUNDLING } from "../../build/function-bundles.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const FUNCTIONS = ["authorizer", "proxy", "metadata"] as const;

/** The packages of a function's bundle, with the options of the deployment. */
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
  return [...new Set(packages)].sort();
}

it("lists the packages of each function's bundle", async () => {
  const page = readFileSync(join(ROOT, "docs/supply-chain.md"), "utf8");
  const rows = [...page.matchAll(/^\| `([^`]+)` \|(.*)\|(.*)\|(.*)\|$/gm)];
  const listed = FUNCTIONS.map((_, column) =>
    rows.filter((row) => row[column + 2]?.trim() === "yes").map(([, name = ""]) => name),
  );
  expect(listed).toEqual(await Promise.all(FUNCTIONS.map(bundledPackages)));
});
