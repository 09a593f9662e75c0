import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

const APP = join(import.meta.dirname, "../../infra/app.ts");

const GATEWAY = { descope: { project_id: "P2abc", mcp_server_id: "MS2abc" } };

type Run = { exitCode: number; stderr: string; outdir: string };

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "gateway-app-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Runs the app as the CDK CLI does, with `-c` context, but without bundling. */
function synth(context: Record<string, string>): Promise<Run> {
  const outdir = temporaryDirectory();
  const CDK_CONTEXT_JSON = JSON.stringify(context);
  const env = { PATH: process.env["PATH"], CDK_OUTDIR: outdir, CDK_CONTEXT_JSON };
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [APP], { env }, (_error, _stdout, stderr) =>
      resolve({ exitCode: child.exitCode ?? -1, stderr, outdir }),
    );
  });
}

function configDirectory(files: Record<string, object>): string {
  const directory = temporaryDirectory();
  mkdirSync(join(directory, "servers"));
  for (const [name, content] of Object.entries(files)) {
    writeFileSync(join(directory, name), JSON.stringify(content, null, 2));
  }
  return directory;
}

describe("infra/app.ts", () => {
  it("synthesises the example configuration as stage dev, without any output on stderr", async () => {
    const { exitCode, stderr, outdir } = await synth({});
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(readFileSync(join(outdir, "McpGateway-dev.template.json"), "utf8")).toContain(
      '"/mcp-gateway/dev/servers/whoami"',
    );
  });

  it("reads the stage and the configuration directory from the context", async () => {
    const configDir = configDirectory({
      "gateway.json": GATEWAY,
      "servers/notes.json": { url: "https://notes.acme.com/mcp" },
    });
    const { exitCode, outdir } = await synth({ stage: "prod", configDir });
    expect(exitCode).toBe(0);
    expect(readFileSync(join(outdir, "McpGateway-prod.template.json"), "utf8")).toContain(
      '"/mcp-gateway/prod/servers/notes"',
    );
  });

  it("creates no parameters and reads no directory with config=external", async () => {
    const { exitCode, outdir } = await synth({
      config: "external",
      secrets: "/team/a,/team/b",
    });
    const template = readFileSync(join(outdir, "McpGateway-dev.template.json"), "utf8");
    expect(exitCode).toBe(0);
    expect(template).not.toContain('"AWS::SSM::Parameter"');
    expect(template).toContain(":parameter/team/b");
  });

  it("reads the gateway's name, keys and secrets from the context", async () => {
    const { exitCode, stderr, outdir } = await synth({
      name: "team-b",
      signingKeys: "2,1",
      formerSigningKeys: "arn:aws:kms:eu-central-1:111122223333:key/former",
      sessionSecrets: "2",
      formerSessionSecrets: "/team/old-secret",
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const template = readFileSync(join(outdir, "team-b-dev.template.json"), "utf8");
    expect(template).toContain('"Name": "/team-b/dev/gateway"');
    expect(template).toContain("signs identity JWTs, generation 2");
    expect(template).toContain("signs identity JWTs, generation 1");
    expect(template).toContain("key/former");
    expect(template).toContain("session-secret-2");
    expect(template).toContain(',/team/old-secret"');
  });

  it("fails on an invalid configuration, listing each error with its file and line, without a stack trace", async () => {
    const configDir = configDirectory({
      "gateway.json": { public_url: "not a url" },
      "servers/notes.json": { url: "https://notes.example/mcp", urll: "" },
    });
    const { exitCode, stderr } = await synth({ configDir });
    expect(exitCode).toBe(1);
    expect(stderr).toContain(`${configDir}/gateway.json:2: public_url: `);
    expect(stderr).toContain(`${configDir}/servers/notes.json:3: urll: `);
    expect(stderr).not.toContain("    at ");
  });

  it("fails without a configuration, naming the expected directory", async () => {
    const { exitCode, stderr } = await synth({ configDir: "/nowhere" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining("/nowhere") });
  });

  it("fails on a stage name that API Gateway or SSM would reject", async () => {
    const { exitCode, stderr } = await synth({ stage: "Dev/1" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('"Dev/1"') });
  });

  it("reads a settings file, resolves configDir relative to it, and overrides its values with -c", async () => {
    const directory = configDirectory({
      "gateway.json": GATEWAY,
      "servers/notes.json": { url: "https://notes.acme.com/mcp" },
      "prod.json": { stage: "prod", name: "team-b", configDir: "." },
    });
    const { exitCode, stderr, outdir } = await synth({
      settings: join(directory, "prod.json"),
      name: "team-c",
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(readFileSync(join(outdir, "team-c-prod.template.json"), "utf8")).toContain(
      '"/team-c/prod/servers/notes"',
    );
  });

  it("fails on a copy of the example configuration, naming each remaining example value", async () => {
    const directory = temporaryDirectory();
    cpSync(join(import.meta.dirname, "../../config"), directory, { recursive: true });
    const { exitCode, stderr } = await synth({ configDir: directory });
    expect(exitCode).toBe(1);
    expect(stderr).toBe(`The configuration contains example values, so nothing was synthesised:
  ${directory}/gateway.json:4: descope.project_id: P2ExampleProjectId000000000000 is an example. Set the id that the Descope console shows.
  ${directory}/gateway.json:5: descope.mcp_server_id: MS2ExampleMcpServerId0000000000 is an example. Set the id that the Descope console shows.
  ${directory}/servers/everything.json:3: url: everything.example.com is an example. Set the real host.
  ${directory}/servers/notes.json:3: url: notes.example.com is an example. Set the real host.
  ${directory}/servers/notes.json:8: upstream_auth.connect_url: P2ExampleProjectId000000000000 is an example. Set the id that the Descope console shows.
  ${directory}/servers/whoami.json:3: url: whoami.example.com is an example. Set the real host.
`);
  });
});
