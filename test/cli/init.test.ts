import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";
import { runInit } from "../../cli/init.ts";
import { validateCommand } from "../../cli/validate-command.ts";
import { readConfigSource } from "../../infra/config-source.ts";
import { isUntouchedExample } from "../../infra/example-values.ts";

function folder(): string {
  const directory = mkdtempSync(join(tmpdir(), "starter-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

async function init(...args: string[]) {
  const output = { out: "", err: "" };
  const code = await runInit(args, {
    out: (text) => {
      output.out += text;
    },
    err: (text) => {
      output.err += text;
    },
    style: (_format, text) => text,
  });
  return { code, ...output };
}

describe("init", () => {
  it("writes a CDK app, a configuration and what npm needs", async () => {
    const directory = join(folder(), "My Gateway");
    expect(await init(directory)).toMatchObject({ code: 0, err: "" });
    const read = (name: string) => readFileSync(join(directory, name), "utf8");
    expect(read("app.ts")).toContain('import { GatewayConfig, McpGatewayStack } from "descope-mcp-gateway";');
    expect(read(".gitignore")).toBe("node_modules/\ncdk.out/\n.local/\n");
    expect(JSON.parse(read("cdk.json"))).toMatchObject({ app: "node app.ts" });
    expect(JSON.parse(read("package.json"))).toMatchObject({
      name: "my-gateway",
      type: "module",
      dependencies: { "aws-cdk-lib": expect.any(String), constructs: expect.any(String) },
      devDependencies: { "aws-cdk": expect.any(String), "oidc-provider": expect.any(String) },
    });
  });

  it("writes a configuration without faults, which may be synthesised until something is changed in it", async () => {
    const directory = folder();
    await init(directory);
    const terminal = { out: () => {}, err: () => {}, style: (_format: unknown, text: string) => text };
    expect(await validateCommand(join(directory, "config"), { json: false }, terminal)).toBe(0);
    expect(isUntouchedExample(readConfigSource(join(directory, "config")))).toBe(true);
    const server = join(directory, "config/servers/whoami.json");
    writeFileSync(server, readFileSync(server, "utf8").replace("whoami.example.com", "whoami.acme.com"));
    expect(isUntouchedExample(readConfigSource(join(directory, "config")))).toBe(false);
  });

  it("overwrites nothing", async () => {
    const directory = folder();
    writeFileSync(join(directory, "app.ts"), "mine");
    expect(await init(directory)).toEqual({
      code: 1,
      out: "",
      err: `Nothing was written: ${directory} already has app.ts.\n`,
    });
    expect(readFileSync(join(directory, "app.ts"), "utf8")).toBe("mine");
  });

  it("leaves a package.json as it is, and says what it needs", async () => {
    const directory = folder();
    writeFileSync(join(directory, "package.json"), "{}");
    const { code, out } = await init(directory);
    expect(code).toBe(0);
    expect(readFileSync(join(directory, "package.json"), "utf8")).toBe("{}");
    expect(out).toContain('package.json was there and stays as it is. The app needs "type": "module"');
  });

  it.each([[[]], [[""]], [["a", "b"]], [["--force"]]])(
    "exits with 2 and names its help for %j",
    async (args) => {
      const { code, err } = await init(...args);
      expect(code).toBe(2);
      expect(err).toContain("To list the options: npx descope-mcp-gateway init --help\n");
    },
  );
});
