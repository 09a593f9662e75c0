// SECURITY.md names the tests of each guarantee: the tests must exist, and it must name every test of this folder.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const root = new URL("../../", import.meta.url);
const text = readFileSync(new URL("SECURITY.md", root), "utf8");
const rows = text.split("\n").filter((line) => /^\| \d+ \|/.test(line));

describe("SECURITY.md", () => {
  it("numbers its guarantees without a gap", () => {
    expect(rows.map((row) => Number(row.split("|")[1]))).toEqual(rows.map((_, index) => index + 1));
    expect(rows.length).toBeGreaterThanOrEqual(9);
  });

  it.each(rows.map((row) => [row.split("|")[2]?.trim() ?? "", row]))(
    "names existing tests for the guarantee: %s",
    (_name, row) => {
      const paths = [...(row.split("|")[4] ?? "").matchAll(/`([^`]+)`/g)].map((match) => match[1] as string);
      expect(paths.length).toBeGreaterThan(0);
      for (const path of paths) expect(existsSync(new URL(path, root)), path).toBe(true);
    },
  );

  it("names every test of test/security", () => {
    const files = readdirSync(new URL("test/security/", root), { recursive: true, encoding: "utf8" });
    const unnamed = files.filter(
      (file) => file.endsWith(".test.ts") && !text.includes(`test/security/${file}`),
    );
    expect(unnamed).toEqual(["guarantees.test.ts"].filter((file) => !text.includes(`test/security/${file}`)));
  });
});
