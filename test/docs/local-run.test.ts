// docs/local-run.md: its files and tests are there under the names it gives, its links are defined, and no file of the imitation
// is missing from it.
import { existsSync, globSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";

const ROOT = join(import.meta.dirname, "../..");
const PAGE = readFileSync(join(ROOT, "docs/local-run.md"), "utf8");
const ROWS = PAGE.split("\n")
  .filter((line) => line.startsWith("| "))
  .map((line) => line.slice(2, -2).split(" | "))
  .filter((cells) => cells.length === 4 && cells[0] !== "behaviour");

const PLUMBING = ["api-gateway/request-record.ts"];
const named = (cell: string) => [...cell.matchAll(/`([\w/-]+\.ts)`/g)].map(([, file = ""]) => file);

describe("the table of AWS behaviour in docs/local-run.md", () => {
  it("has a row for each behaviour", () => expect(ROWS.length).toBeGreaterThanOrEqual(45));

  it.each(ROWS)("%s", (_behaviour, page = "", files = "", tests = "") => {
    const pages = [...page.matchAll(/\[([^\]]+)\]/g)];
    expect(pages.length).toBeGreaterThan(0);
    for (const [, label = ""] of pages) expect(PAGE).toContain(`\n[${label}]: https://docs.aws.amazon.com/`);

    expect(named(files).length).toBeGreaterThan(0);
    for (const file of named(files)) expect(existsSync(join(ROOT, "local", file)), file).toBe(true);

    const [, testFile = "", names = ""] = /^`([\w/.-]+)`: (.*)$/.exec(tests) ?? [];
    const text = readFileSync(join(ROOT, "test/local", testFile), "utf8");
    const given = names.split('"; "').map((name) => name.replace(/^"|"$/g, ""));
    // A title that ends with an ellipsis is the beginning of exactly one title of the file.
    for (const name of given)
      expect(text.split(name.endsWith("…") ? `"${name.slice(0, -1)}` : `"${name}"`).length, name).toBe(2);
  });

  it("names every file of the local API Gateway and Lambda", () => {
    const files = globSync("{api-gateway,lambda}/**/*.ts", { cwd: join(ROOT, "local") });
    expect(files.filter((file) => !PLUMBING.includes(file) && !named(PAGE).includes(file))).toEqual([]);
  });
});
