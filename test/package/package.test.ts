// The package as another project gets it: what is in it, CDK apps against it, the starter, the local run and an official client.
import { type ChildProcess, spawn } from "node:child_process";
import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { addApps, emptyFolder, inFolder, type Packed, pack, useTarball, versionHere } from "./consumer.ts";

const folder = emptyFolder();
const project = join(folder.path, "gateway");
let packed: Packed;

beforeAll(async () => {
  packed = await pack(folder.path);
  // As `npx descope-mcp-gateway init` does for who has the package from the registry.
  const bootstrap = join(folder.path, "bootstrap");
  mkdirSync(bootstrap);
  writeFileSync(join(bootstrap, "package.json"), '{ "private": true }');
  const cdk = ["aws-cdk-lib", "constructs"].map((name) => `${name}@${versionHere(name)}`);
  await inFolder(bootstrap, "npm", "install", "--no-audit", "--no-fund", packed.tarball, ...cdk);
  await inFolder(bootstrap, "npx", "descope-mcp-gateway", "init", project);
  useTarball(project, packed.tarball, {
    "@types/node": versionHere("@types/node"),
    "aws-cdk-lib": versionHere("aws-cdk-lib"),
    typescript: versionHere("typescript"),
  });
  await inFolder(project, "npm", "install", "--no-audit", "--no-fund");
  addApps(project);
});

afterAll(() => folder.remove());

/** Synthesises an app without network and gives the template of its stack. */
async function synth(directory: string, app: string, stack: string): Promise<string> {
  const command = `node --import ./no-network.mjs ${app}`;
  const output = join(directory, "cdk.out", stack);
  await inFolder(directory, "npx", "cdk", "synth", "--quiet", "--app", command, "--output", output);
  return readFileSync(join(output, `${stack}.template.json`), "utf8");
}

describe("the packed package", () => {
  it("has the compiled code, the functions, the starter and the schemas, and nothing else", () => {
    const modules = packed.files.filter((file) => /^dist\/(?:bin|cli|functions|infra|local)\//.test(file));
    const others = packed.files.filter((file) => !modules.includes(file));
    expect(others.map((file) => file.replace(/-[A-Z0-9]{8}\.js/, "-*.js"))).toEqual([
      "CHANGELOG.md",
      "LICENSE",
      "README.md",
      "SECURITY.md",
      "cdk.json",
      "config/schema/gateway.schema.json",
      "config/schema/server.schema.json",
      "config/schema/settings.schema.json",
      "dist/bundles/THIRD-PARTY-LICENCES.txt",
      "dist/bundles/authorizer/index.js",
      "dist/bundles/authorizer/index.js.map",
      "dist/bundles/authorizer/lambda.mjs",
      "dist/bundles/authorizer/node_modules/re2js/index.js",
      "dist/bundles/authorizer/package.json",
      "dist/bundles/combined/chunk-*.js",
      "dist/bundles/combined/chunk-*.js.map",
      "dist/bundles/combined/dynamodb-client-*.js",
      "dist/bundles/combined/dynamodb-client-*.js.map",
      "dist/bundles/combined/index.js",
      "dist/bundles/combined/index.js.map",
      "dist/bundles/combined/kms-client-*.js",
      "dist/bundles/combined/kms-client-*.js.map",
      "dist/bundles/combined/lambda.mjs",
      "dist/bundles/combined/node_modules/re2js/index.js",
      "dist/bundles/combined/package.json",
      "dist/bundles/metadata/chunk-*.js",
      "dist/bundles/metadata/chunk-*.js.map",
      "dist/bundles/metadata/index.js",
      "dist/bundles/metadata/index.js.map",
      "dist/bundles/metadata/kms-client-*.js",
      "dist/bundles/metadata/kms-client-*.js.map",
      "dist/bundles/metadata/lambda.mjs",
      "dist/bundles/metadata/node_modules/re2js/index.js",
      "dist/bundles/metadata/package.json",
      "dist/bundles/proxy/chunk-*.js",
      "dist/bundles/proxy/chunk-*.js.map",
      "dist/bundles/proxy/dynamodb-client-*.js",
      "dist/bundles/proxy/dynamodb-client-*.js.map",
      "dist/bundles/proxy/index.js",
      "dist/bundles/proxy/index.js.map",
      "dist/bundles/proxy/kms-client-*.js",
      "dist/bundles/proxy/kms-client-*.js.map",
      "dist/bundles/proxy/lambda.mjs",
      "dist/bundles/proxy/node_modules/re2js/index.js",
      "dist/bundles/proxy/package.json",
      "dist/package.json",
      "package.json",
      "starter/README.md",
      "starter/app.ts",
      "starter/config/gateway.json",
      "starter/config/servers/whoami.json",
      "starter/gitignore",
    ]);
    expect(modules).toEqual(
      expect.arrayContaining([
        "dist/infra/index.js",
        "dist/infra/index.d.ts",
        "dist/bin/descope-mcp-gateway.js",
      ]),
    );
    const declarations = modules
      .filter((file) => file.endsWith(".d.ts"))
      .map((file) => file.replace(/\.d\.ts$/, ".js"));
    expect(modules.filter((file) => !file.endsWith(".d.ts"))).toEqual(declarations);
  });
});

it("the packed package imports only what its package.json names", () => {
  const root = join(project, "node_modules/descope-mcp-gateway");
  const manifest = JSON.parse(readFileSync(join(root, "package.json"), "utf8"));
  const named = Object.keys({ ...manifest.dependencies, ...manifest.peerDependencies });
  const sources = packed.files.filter((file) => /^dist\/(?!bundles).*\.js$/.test(file));
  const imported = sources.flatMap((file) => {
    const matches = readFileSync(join(root, file), "utf8").matchAll(
      /^(?:import|export) .*?from "([^".][^"]*)"/gm,
    );
    return [...matches].map(([, from = ""]) => /^(?:@[^/]+\/)?[^/]+/.exec(from)?.[0] ?? from);
  });
  const unnamed = imported.filter((name) => !name.startsWith("node:") && !named.includes(name));
  expect([...new Set(unnamed)]).toEqual([]);
});

describe("a CDK app", () => {
  it("of the starter synthesises at once, without network", async () => {
    expect(await synth(project, "app.ts", "McpGateway")).toContain('"AWS::ApiGateway::RestApi"');
  });

  it("in TypeScript compiles and synthesises with VPC, domain, WAF and alarms", async () => {
    const options = ["--noEmit", "--strict", "--target", "es2024", "--module", "nodenext", "--types", "node"];
    await inFolder(project, "npx", "tsc", ...options, "full.ts", "app.ts");
    const template = await synth(project, "full.ts", "Full");
    for (const type of ["EC2::VPC", "ApiGateway::DomainName", "WAFv2::WebACL", "CloudWatch::Alarm"]) {
      expect(template).toContain(`"AWS::${type}"`);
    }
  });

  it("in JavaScript synthesises with an external configuration", async () => {
    const template = await synth(project, "external.cjs", "External");
    expect(template).toContain(":parameter/team/mcp");
    expect(template).not.toContain('"AWS::SSM::Parameter"');
  });

  it("in a project of pnpm synthesises too", async () => {
    const directory = join(folder.path, "pnpm");
    mkdirSync(directory);
    writeFileSync(join(directory, "package.json"), '{ "private": true }');
    const cdk = ["aws-cdk-lib", "constructs", "aws-cdk"].map((name) => `${name}@${versionHere(name)}`);
    const pnpm = ["--yes", "--package", "pnpm@10", "--", "pnpm"];
    await inFolder(directory, "npx", ...pnpm, "add", packed.tarball, ...cdk);
    addApps(directory);
    expect(await synth(directory, "external.cjs", "External")).toContain(":parameter/team/mcp");
    const { stdout } = await inFolder(directory, "npx", "descope-mcp-gateway", "config", "--help");
    expect(stdout).toContain("Usage: npx descope-mcp-gateway config COMMAND");
  });
});

describe("the local run", () => {
  it("says which packages it needs where they are not installed", async () => {
    const local = inFolder(join(folder.path, "bootstrap"), "npx", "descope-mcp-gateway", "local");
    await expect(local).rejects.toMatchObject({
      code: 2,
      stderr: expect.stringContaining(
        "The local run needs packages that a deployment does not. Install them: npm install",
      ),
    });
  });

  it("of the starter lets an official client list and call a tool", async () => {
    const args = ["descope-mcp-gateway", "local", "--config", "config", "--demo", "--port", "0", "--no-cimd"];
    const gateway = spawn("npx", args, { cwd: project, detached: true });
    try {
      const output = await outputUntil(gateway, /^ready/m);
      const url = /http:\/\/127\.0\.0\.1:\d+\/whoami\/mcp/.exec(output)?.[0] ?? "";
      const token = /Bearer ([\w.-]+)/.exec(output)?.[1];
      const client = new Client({ name: "package-test", version: "1.0.0" });
      const requestInit = { headers: { authorization: `Bearer ${token}` } };
      await client.connect(new StreamableHTTPClientTransport(new URL(url), { requestInit }));
      const { tools } = await client.listTools();
      expect(tools.map(({ name }) => name)).toContain("whoami");
      const { content } = await client.callTool({ name: "whoami", arguments: {} });
      expect(JSON.stringify(content)).toContain("sub");
      await client.close();
    } finally {
      process.kill(-(gateway.pid as number), "SIGTERM");
    }
  });
});

/** What a process prints until it says something. @throws Error with the output when it ends before */
function outputUntil(child: ChildProcess, text: RegExp): Promise<string> {
  return new Promise((resolve, reject) => {
    let output = "";
    const onData = (data: Buffer) => {
      output += data;
      if (text.test(output)) resolve(output);
    };
    child.stdout?.on("data", onData);
    child.stderr?.on("data", onData);
    child.once("exit", () => reject(new Error(output)));
  });
}
