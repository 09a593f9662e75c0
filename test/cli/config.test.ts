import { spawnSync } from "node:child_process";
import { describe, expect, it } from "vitest";
import { runConfig } from "../../cli/config.ts";
import { configDirectory } from "../support/config-directory.ts";

const GATEWAY = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };
const SERVER = { url: "https://tools.example.com/mcp" };

async function run(...args: string[]): Promise<{ code: number; out: string; err: string }> {
  let out = "";
  let err = "";
  const code = await runConfig(args, {
    out: (text) => {
      out += text;
    },
    err: (text) => {
      err += text;
    },
    style: (_format, text) => text,
  });
  return { code, out, err };
}

describe("config validate", () => {
  it("exits with 0 if all files are valid", async () => {
    const dir = configDirectory({ "gateway.json": GATEWAY, "servers/tools.json": SERVER });
    expect(await run("validate", dir)).toEqual({
      code: 0,
      out: `ok     ${dir}/gateway.json\nok     ${dir}/servers/tools.json\n\n2 files: no errors\n`,
      err: "",
    });
  });

  it("defaults DIR to config", async () => {
    const { code, out } = await run("validate");
    expect(code).toBe(0);
    expect(out).toContain("ok     config/gateway.json\n");
  });

  it("exits with 1 and prints each error under its file", async () => {
    const dir = configDirectory({
      "gateway.json": GATEWAY,
      "servers/tools.json": { ...SERVER, enabled: "no" },
      "servers/X.json": SERVER,
    });
    expect(await run("validate", dir)).toEqual({
      code: 1,
      out: [
        `ok     ${dir}/gateway.json`,
        `error  ${dir}/servers/X.json`,
        "",
        `  error  ${dir}/servers/X.json`,
        '    "X.json" is not a valid file name for a server: expected <name>.json with a-z, 0-9 and "-", at most 63 characters. Rename the file, or move it elsewhere.',
        `error  ${dir}/servers/tools.json`,
        "",
        `  error  ${dir}/servers/tools.json:3  enabled`,
        '    expected true or false, without quotes, got "no".',
        "",
        "3 files: 2 errors",
        "",
      ].join("\n"),
      err: "",
    });
  });

  it("prints warnings and still exits with 0", async () => {
    const dir = configDirectory({
      "gateway.json": GATEWAY,
      "servers/tools.json": { ...SERVER, timeouts: { idle_ms: 30 } },
    });
    const { code, out } = await run("validate", dir);
    expect(code).toBe(0);
    expect(out).toContain(`  warning  ${dir}/servers/tools.json:4  timeouts.idle_ms\n`);
    expect(out).toContain("2 files: no errors, 1 warning\n");
  });

  it("prints JSON with --json", async () => {
    const dir = configDirectory({
      "gateway.json": GATEWAY,
      "servers/tools.json": { ...SERVER, enabled: "no" },
    });
    const { code, out } = await run("validate", dir, "--json");
    expect(code).toBe(1);
    expect(JSON.parse(out)).toEqual({
      ok: false,
      files: [`${dir}/gateway.json`, `${dir}/servers/tools.json`],
      faults: [
        {
          file: `${dir}/servers/tools.json`,
          line: 3,
          path: "enabled",
          message: 'expected true or false, without quotes, got "no".',
        },
      ],
      warnings: [],
    });
  });
});

describe("config expand", () => {
  it("does not expand a descope block that jwt_validation cannot express, and says so", async () => {
    const own = { mcp_server_id: "RS2own" };
    const dir = configDirectory({
      "gateway.json": GATEWAY,
      "servers/a.json": SERVER,
      "servers/b.json": { ...SERVER, descope: own },
      "servers/c.json": { ...SERVER, descope: { ...own, issuers: "agentic" } },
    });
    const { code, out, err } = await run("expand", dir);
    expect(code).toBe(0);
    expect(err).toContain('A "descope" block without "issuers" is not expanded');
    const { gateway, servers } = JSON.parse(out);
    expect(gateway).toMatchObject(GATEWAY);
    expect(gateway.jwt_validation).toBeUndefined();
    expect(servers.a).toMatchObject(GATEWAY);
    expect(servers.b).toMatchObject({ descope: { project_id: "P2abc", mcp_server_id: "RS2own" } });
    expect(servers.c.descope).toBeUndefined();
    expect(servers.c.jwt_validation.claimValues.iss.values).toEqual([
      "https://api.descope.com/v1/apps/agentic/P2abc/RS2own",
    ]);
  });

  it("expands the descope block of the gateway and of each server", async () => {
    const own = {
      jwksUri: "https://idp.example/jwks",
      claimValues: { iss: { values: "https://idp.example" } },
    };
    const dir = configDirectory({
      "gateway.json": { descope: { ...GATEWAY.descope, issuers: "agentic" } },
      "servers/a.json": SERVER,
      "servers/b.json": { ...SERVER, jwt_validation: own },
    });
    const { code, out } = await run("expand", dir);
    expect(code).toBe(0);
    const { gateway, servers } = JSON.parse(out);
    const iss = { values: ["https://api.descope.com/v1/apps/agentic/P2abc/MS2abc"], matchType: "exact" };
    expect(gateway.descope).toBeUndefined();
    expect(gateway.jwt_validation).toMatchObject({
      jwksUri: "https://api.descope.com/P2abc/.well-known/jwks.json",
      algorithms: ["RS256"],
      requiredClaims: ["sub"],
      claimValues: { iss },
    });
    expect(servers.a.jwt_validation).toEqual(gateway.jwt_validation);
    expect(servers.b.jwt_validation.jwksUri).toBe("https://idp.example/jwks");
  });

  it("prints the errors instead if the files are invalid", async () => {
    const dir = configDirectory({ "gateway.json": {}, "servers/a.json": SERVER });
    const { code, out } = await run("expand", dir);
    expect(code).toBe(1);
    expect(out).toContain("no token rules");
  });
});

describe("a usage error of config", () => {
  it.each<[string, string[], string]>([
    ["no command", [], "error: no command given\n"],
    ["an unknown command", ["verify"], "error: unknown command: verify\n"],
    ["a misspelt command", ["validat"], "error: unknown command: validat. Did you mean validate?\n"],
    ["a property name of every object as the command", ["toString"], "error: unknown command: toString\n"],
    ["an unknown option", ["validate", "--jsn"], "error: Unknown option '--jsn'. Did you mean --json?\n"],
    ["two directories", ["validate", "a", "b"], "error: expected at most one DIR, but also got: b\n"],
  ])("exits with 2 and names its help for %s", async (_name, args, message) => {
    const { code, out, err } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe("");
    expect(err).toContain(message);
    expect(err).toContain("To list the options: npm run config -- --help\n");
  });

  it("exits with 2, without the usage text, for a missing directory", async () => {
    expect(await run("validate", "/nonexistent")).toEqual({
      code: 2,
      out: "",
      err: "error: no such directory: /nonexistent\n",
    });
  });

  it("prints the usage text with --help", async () => {
    const { code, out } = await run("--help");
    expect(code).toBe(0);
    expect(out).toContain(
      "Exit codes: 0 success, 1 invalid configuration or push not done, 2 usage error, or files or SSM not accessible.",
    );
  });
});

describe("the config program", () => {
  const program = (...args: string[]) =>
    spawnSync(process.execPath, ["cli/config.ts", ...args], {
      encoding: "utf8",
      env: { PATH: process.env["PATH"] },
    });

  it("returns exit code and output, without colours if there is no TTY", async () => {
    const { status, stdout } = program("validate");
    expect(status).toBe(0);
    expect(stdout).toContain("ok     config/gateway.json\n");
    expect(program("nothing").status).toBe(2);
  });
});

describe("control characters in names and values of files", () => {
  const evil = "\u001b[2J\u009b1m\u202e\u2028\u200b\n  ok     forged";

  it.each<[string, () => Record<string, string | object>]>([
    [
      "in a file's name",
      () => ({ "gateway.json": GATEWAY, [`servers/a${evil.replace("/", "")}.json`]: SERVER }),
    ],
    ["in a key", () => ({ "gateway.json": GATEWAY, "servers/a.json": { ...SERVER, [evil]: 1 } })],
    ["in a value", () => ({ "gateway.json": GATEWAY, "servers/a.json": { url: evil } })],
    [
      "in a key of a map",
      () => ({ "gateway.json": GATEWAY, "servers/a.json": { ...SERVER, headers: { [evil]: 1 } } }),
    ],
    [
      "in a repeated key",
      () => ({
        "gateway.json": GATEWAY,
        "servers/a.json": `{${JSON.stringify(evil)}:1,${JSON.stringify(evil)}:1}`,
      }),
    ],
    ["outside strings", () => ({ "gateway.json": GATEWAY, "servers/a.json": `{"url": ${evil}` })],
  ])("are not printed: %s", async (_name, files) => {
    const dir = configDirectory(files());
    for (const more of [[], ["--json"]]) {
      const { code, out } = await run("validate", dir, ...more);
      expect(code).toBe(1);
      expect(out).not.toMatch(/[^\P{C}\n]|[\p{Zl}\p{Zp}]/u);
      expect(out).not.toMatch(/^ *ok +forged/m);
    }
  });

  it("are printed by expand as JSON escapes", async () => {
    const dir = configDirectory({ "gateway.json": { ...GATEWAY, resource_name: "a\u202eb\u2028" } });
    const { code, out } = await run("expand", dir);
    expect(code).toBe(0);
    expect(out).toContain('"a\\u202eb\\u2028"');
    expect(JSON.parse(out).gateway.resource_name).toBe("a\u202eb\u2028");
  });
});
