import { execFile } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, it, onTestFinished } from "vitest";

const APP = join(import.meta.dirname, "../../infra/app.ts");

type Run = { exitCode: number; stderr: string; outdir: string };

function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), "gateway-app-"));
  onTestFinished(() => rmSync(directory, { recursive: true }));
  return directory;
}

/** Runs the app as the CDK CLI does, with `-c` context, but without bundling. */
function synth(context: Record<string, string>): Promise<Run> {
  const outdir = temporaryDirectory();
  const CDK_CONTEXT_JSON = JSON.stringify({ "aws:cdk:bundling-stacks": [], ...context });
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
  it("synthesises the example configuration as stage dev, without a word", async () => {
    const { exitCode, stderr, outdir } = await synth({});
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    expect(readFileSync(join(outdir, "McpGateway-dev.template.json"), "utf8")).toContain(
      '"/mcp-gateway/dev/servers/whoami"',
    );
  });

  it("takes stage and configuration directory from the context", async () => {
    const configDir = configDirectory({
      "gateway.json": {
        descope: { project_id: "P2exampleproject0000000000", mcp_server_id: "MSexampleserver" },
      },
      "servers/notes.json": { url: "https://notes.example/mcp" },
    });
    const { exitCode, outdir } = await synth({ stage: "prod", configDir });
    expect(exitCode).toBe(0);
    expect(readFileSync(join(outdir, "McpGateway-prod.template.json"), "utf8")).toContain(
      '"/mcp-gateway/prod/servers/notes"',
    );
  });

  it("leaves the parameters out with config=external and reads no directory", async () => {
    const { exitCode, outdir } = await synth({
      config: "external",
      configDir: "/nowhere",
      secrets: "/team/a,/team/b",
    });
    const template = readFileSync(join(outdir, "McpGateway-dev.template.json"), "utf8");
    expect(exitCode).toBe(0);
    expect(template).not.toContain('"AWS::SSM::Parameter"');
    expect(template).toContain(":parameter/team/b");
  });

  it("takes the gateway's name, keys and secrets from the context", async () => {
    const { exitCode, stderr, outdir } = await synth({
      name: "team-b",
      signingKeys: "2,1",
      formerSigningKeys: "arn:aws:kms:eu-central-1:111122223333:key/former",
      sessionSecrets: "b",
      formerSessionSecrets: "/team/old-secret",
    });
    expect({ exitCode, stderr }).toEqual({ exitCode: 0, stderr: "" });
    const template = readFileSync(join(outdir, "team-b-dev.template.json"), "utf8");
    expect(template).toContain('"Name": "/team-b/dev/gateway"');
    expect(template).toContain("signs identity JWTs, generation 2");
    expect(template).toContain("signs identity JWTs, generation 1");
    expect(template).toContain("key/former");
    expect(template).toContain('session-secret-b,/team/old-secret"');
  });

  it("fails on a configuration with faults, naming each with its file and line, and no stack trace", async () => {
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

  it("fails without a configuration, saying where one was expected", async () => {
    const { exitCode, stderr } = await synth({ configDir: "/nowhere" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining("/nowhere") });
  });

  it("fails on a stage name that API Gateway or SSM would refuse", async () => {
    const { exitCode, stderr } = await synth({ stage: "Dev/1" });
    expect({ exitCode, stderr }).toEqual({ exitCode: 1, stderr: expect.stringContaining('"Dev/1"') });
  });
});
