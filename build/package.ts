// `npm run build`: fills dist/ with what the package ships: the compiled code with its declarations, and the functions' bundles
// with the licences of the packages in them.
import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createRequire } from "node:module";
import { dirname, join } from "node:path";
import { deployedPackages } from "../infra/licences.ts";
import { updateFunctionBundles } from "./function-bundles.ts";

const ROOT = join(import.meta.dirname, "..");
const DIST = join(ROOT, "dist");

updateFunctionBundles();
// The bundles stay: a local run or a test may be reading them.
for (const name of readdirSync(DIST)) if (name !== "bundles") rmSync(join(DIST, name), { recursive: true });
const tsc = join(dirname(createRequire(import.meta.url).resolve("typescript/package.json")), "bin", "tsc");
execFileSync(process.execPath, [tsc, "-p", "tsconfig.build.json"], { cwd: ROOT, stdio: "inherit" });
writeFileSync(join(DIST, "bundles", "THIRD-PARTY-LICENCES.txt"), licenceTexts());

/** The licences of the packages that the bundles are made from; bundling leaves their files behind. */
function licenceTexts(): string {
  return deployedPackages(ROOT)
    .map(({ name, version, licence, path }) => {
      const folder = join(ROOT, path);
      const file = readdirSync(folder).find((each) => /^licen[cs]e/i.test(each));
      const text = file === undefined ? "" : readFileSync(join(folder, file), "utf8").trim();
      return `${name}@${version} (${licence})\n\n${text}\n`;
    })
    .join(`\n${"-".repeat(80)}\n\n`);
}
