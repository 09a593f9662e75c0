// The commands are npm scripts in the repository and one program in the installed package: texts take their names from commandText.
import { globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";

const ROOT = new URL("../../", import.meta.url);

/** Writes the repository's own pages, or is the place with the names. */
const ALLOWED = ["infra/package-paths.ts", "cli/config-reference.ts", "cli/settings-reference.ts"];

test("no text of a command names an npm script, which an installed package does not have", () => {
  const files = globSync(["bin/*.ts", "cli/**/*.ts", "functions/**/*.ts", "infra/**/*.ts", "local/**/*.ts"], {
    cwd: ROOT,
  }).filter((file) => !ALLOWED.includes(file));
  const named = files.flatMap((file) => {
    const lines = readFileSync(new URL(file, ROOT), "utf8").split("\n");
    return lines.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line) && /\bnpm (run|start)\b/.test(line));
  });
  expect(files.length).toBeGreaterThan(200);
  expect(named).toEqual([]);
});
