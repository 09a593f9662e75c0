// The documentation against the product: blocks parse, commands exist, links resolve.
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { parseGatewayConfig } from "../../functions/core/config/gateway-config.ts";
import { parseServerConfig } from "../../functions/core/config/server-config.ts";
import { clientSettings } from "../../local/client-settings.ts";
import { readFlags } from "../../local/flags.ts";
import { brokenLinks, type CodeBlock, codeBlocks, commands, pages, ROOT, readPage } from "./markdown.ts";

const scripts = JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).scripts as Record<
  string,
  string
>;
const NPM_COMMANDS = new Set(["audit", "ci", "install", "sbom", "start", "test"]);

/** Which file of a configuration a block is, from its `$schema` or from the name behind its language. */
function fileOf({ info, text }: CodeBlock): "gateway" | "server" | undefined {
  if (info === "gateway.json" || text.includes("gateway.schema.json")) return "gateway";
  if (info.startsWith("servers/") || text.includes("server.schema.json")) return "server";
  return undefined;
}

describe.each(pages())("%s", (page) => {
  it("has valid JSON, and configuration that the gateway accepts", () => {
    const faults = codeBlocks(page)
      .filter(({ language }) => language === "json")
      .flatMap((block) => {
        const file = fileOf(block);
        if (file === undefined) {
          JSON.parse(block.text);
          return [];
        }
        const parsed = file === "gateway" ? parseGatewayConfig(block.text) : parseServerConfig(block.text);
        return parsed.ok
          ? []
          : parsed.faults.map(({ path, message }) => `line ${block.line}: ${path}: ${message}`);
      });
    expect(faults).toEqual([]);
  });

  it("names npm scripts and programs that exist", () => {
    const unknown = commands(page).filter((command) => {
      const script = /^(?:.*\$\()?npm run (?:-s )?([\w:-]+)/.exec(command)?.[1];
      if (script !== undefined) return scripts[script] === undefined;
      const npm = /^npm ([\w-]+)/.exec(command)?.[1];
      if (npm !== undefined) return !NPM_COMMANDS.has(npm);
      const program = /^npx ([\w@/-]+)/.exec(command)?.[1];
      if (program === "descope-mcp-gateway") return false;
      if (program === "mcp-inspector") return true; // Another package, in folders without the Inspector.
      const folder = program?.startsWith("@") ? "node_modules" : "node_modules/.bin";
      return program !== undefined && !existsSync(join(ROOT, folder, program));
    });
    expect(unknown).toEqual([]);
  });

  it("names flags of npm start that exist", () => {
    const starts = commands(page).flatMap((command) => /^npm start -- ([^#&|`]+)/.exec(command)?.[1] ?? []);
    for (const flags of starts)
      expect(() => readFlags(flags.replace(/\bN\b/, "1").trim().split(/\s+/))).not.toThrow();
  });

  it("has links that resolve", () => {
    expect(brokenLinks(page)).toEqual([]);
  });
});

describe("docs/clients.md", () => {
  it("shows the settings that npm start prints", () => {
    const page = readPage("docs/clients.md");
    const compact = page.replaceAll(/\s+/g, "");
    for (const { into, text } of clientSettings("whoami", "http://127.0.0.1:8787/whoami/mcp")) {
      expect(page).toContain(into);
      expect(compact).toContain(text.replaceAll(/\s+/g, ""));
    }
  });
});

describe("docs/tool-access.md", () => {
  it("shows the example's rules unchanged", () => {
    const example = readFileSync(join(ROOT, "examples/tool-access/servers/whoami.json"), "utf8");
    const shown = codeBlocks("docs/tool-access.md").find(({ info }) => info === "servers/whoami.json");
    expect(shown?.text).toBe(example);
  });
});
