// Messages name pages of the documentation by address: the npm package contains none.
import { existsSync, globSync, readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { docsUrl } from "../../../functions/core/docs-url.ts";

const ROOT = new URL("../../../", import.meta.url);
/** Deployment settings exist only in the repository, and config-docs.ts writes its pages. */
const ALLOWED = ["infra/settings/read-settings.ts", "cli/config-docs.ts"];

test("the address of a page is in the repository", () => {
  expect(docsUrl("combined.md#names")).toBe(
    "https://github.com/descope/descope-mcp-gateway/blob/main/docs/combined.md#names",
  );
});

test("messages name pages that exist, by address and never by a path in the repository", () => {
  const files = globSync("{bin,cli,functions,infra,local}/**/*.ts", { cwd: ROOT }).filter(
    (file) => !ALLOWED.includes(file),
  );
  const lines = files.flatMap((file) => {
    const text = readFileSync(new URL(file, ROOT), "utf8").split("\n");
    return text.filter((line) => !/^\s*(\/\/|\/?\*)/.test(line));
  });
  const pages = lines.flatMap((line) => /docsUrl\("([^"#]+)/.exec(line)?.[1] ?? []);
  expect(pages).toContain("combined.md");
  expect(pages.filter((page) => !existsSync(new URL(`docs/${page}`, ROOT)))).toEqual([]);
  expect(lines.filter((line) => /\bdocs\/[a-z-]+\.md/.test(line))).toEqual([]);
});
