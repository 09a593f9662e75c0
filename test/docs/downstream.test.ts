// docs/downstream.md quotes the examples and the configuration: the quotes must match the files.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { parseServerConfig } from "../../functions/core/config/server-config.ts";
import { faultLines } from "../support/config-blocks.ts";

const REPOSITORY = join(import.meta.dirname, "..", "..");
const PAGE = readFileSync(join(REPOSITORY, "docs/downstream.md"), "utf8");

/** A link to a file of the examples, then the block that quotes it. */
const QUOTE = /\]\(\.\.\/(examples\/downstream\/\w+\/[\w.]+)\):\n\n```\w+\n(.*?)```/gs;
const CONFIGURATION = /```json\n(.*?)```/gs;

const quotes = [...PAGE.matchAll(QUOTE)].map(([, path = "", text = ""]) => ({ path, text }));

describe("the quotes in docs/downstream.md", () => {
  test("are one for each language, and one of the claims header", () => {
    expect(quotes.map(({ path }) => path)).toEqual([
      "examples/downstream/typescript/identity.ts",
      "examples/downstream/python/identity.py",
      "examples/downstream/go/identity.go",
      "examples/downstream/typescript/identity.ts",
    ]);
  });

  test.each(quotes)("match $path", ({ path, text }) => {
    expect(readFileSync(join(REPOSITORY, path), "utf8")).toContain(text);
  });
});

test("every server configuration shown is accepted", () => {
  const shown = [...PAGE.matchAll(CONFIGURATION)].map(([, text = ""]) => text);
  expect(shown.map((text) => faultLines(parseServerConfig(text)))).toEqual([[], []]);
});

test("the TypeScript example names the versions that the tests run it with", () => {
  const example = dependencies("examples/downstream/typescript/package.json");
  const tested = dependencies("package.json");
  for (const [name, version] of Object.entries(example))
    expect([name, tested[name]]).toEqual([name, version]);
});

function dependencies(path: string): Record<string, string> {
  const manifest = JSON.parse(readFileSync(join(REPOSITORY, path), "utf8"));
  return { ...manifest.devDependencies, ...manifest.dependencies };
}
