// Markdown pages as the tests of the documentation read them: code blocks, commands and links.
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

export const ROOT = join(import.meta.dirname, "../..");

/** A fenced block. `info` is what stands after its language: the name of a configuration file. */
export type CodeBlock = { language: string; info: string; text: string; line: number };

/** README.md and all pages of docs/, by path from the repository's root. */
export function pages(): string[] {
  const names = readdirSync(join(ROOT, "docs")).filter((name) => name.endsWith(".md"));
  return ["README.md", ...names.map((name) => `docs/${name}`)];
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), "utf8");
}

export function codeBlocks(page: string): CodeBlock[] {
  const text = readPage(page);
  return [...text.matchAll(/^```(\w+)(?: ([^\n]*))?\n(.*?)^```$/gms)].map((match) => ({
    language: match[1] ?? "",
    info: match[2] ?? "",
    text: match[3] ?? "",
    line: text.slice(0, match.index).split("\n").length,
  }));
}

/** Every line that a reader would type: shell blocks, and spans that begin with a command. */
export function commands(page: string): string[] {
  const inBlocks = codeBlocks(page)
    .filter(({ language }) => ["sh", "console", "bash"].includes(language))
    .flatMap(({ language, text }) =>
      text.split("\n").filter((line) => language !== "console" || line.startsWith("$ ")),
    )
    .map((line) => line.replace(/^\$ /, ""));
  const spans = [...readPage(page).matchAll(/`((?:npm|npx|node) [^`\n]+)`/g)].map(([, span = ""]) => span);
  return [...inBlocks, ...spans].filter((line) => line.trim() !== "");
}

/** Links to files of the repository that lead nowhere, headings included. */
export function brokenLinks(page: string): string[] {
  const links = [...readPage(page).matchAll(/\]\(([^)\s]+)\)/g)].map(([, link = ""]) => link);
  return links.filter((link) => {
    if (/^https?:/.test(link)) return false;
    const [path = "", anchor] = link.split("#");
    const target = path === "" ? page : join(page, "..", path);
    if (!existsSync(join(ROOT, target))) return true;
    return anchor !== undefined && target.endsWith(".md") && !anchors(target).includes(anchor);
  });
}

/** Headings as GitHub makes anchors of them. */
function anchors(page: string): string[] {
  const headings = [...readPage(page).matchAll(/^#+ (.+)$/gm)].map(([, heading = ""]) => heading);
  return headings.map((heading) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N} _-]/gu, "")
      .replaceAll(" ", "-"),
  );
}
