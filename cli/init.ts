// `npx descope-mcp-gateway init DIR`: writes a small CDK app with a gateway. It never overwrites a file.
// Exit codes: 0 written, 1 a file is in the way, 2 usage error.
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { basename, dirname, join, resolve } from "node:path";
import { PACKAGE_ROOT } from "../infra/package-paths.ts";
import { processTerminal, readArgs, runGuarded, type Terminal, UsageError } from "./terminal.ts";

const USAGE = `Usage: npx descope-mcp-gateway init DIR

Writes a small CDK app with a gateway into DIR: cdk.json, app.ts, config/gateway.json, one server, .gitignore, a README
and, if it does not exist, package.json.
`;

const STARTER = join(PACKAGE_ROOT, "starter");

/** What a starter is installed with, from this package's own package.json. */
type Manifest = {
  readonly name: string;
  readonly version: string;
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, unknown>>;
  readonly devDependencies: Readonly<Record<string, string>>;
};

/** Writes the starter. @returns the exit code */
export function runInit(args: readonly string[], given: Terminal): Promise<number> {
  return runGuarded(given, "npx descope-mcp-gateway init --help", async (terminal) => {
    const directory = directoryOf(args);
    if (directory === undefined) {
      terminal.out(USAGE);
      return 0;
    }
    const files = starterFiles(directory);
    const { "package.json": manifest = "", ...others } = files;
    const inTheWay = Object.keys(others).filter((name) => existsSync(join(directory, name)));
    if (inTheWay.length > 0) {
      terminal.err(`Nothing was written: ${directory} already has ${inTheWay.join(", ")}.\n`);
      return 1;
    }
    const hasManifest = existsSync(join(directory, "package.json"));
    for (const [name, text] of Object.entries(hasManifest ? others : files)) {
      mkdirSync(dirname(join(directory, name)), { recursive: true });
      writeFileSync(join(directory, name), text);
    }
    terminal.out(nextSteps(directory, hasManifest ? manifest : undefined));
    return 0;
  });
}

function directoryOf(args: readonly string[]): string | undefined {
  const { values, positionals } = readArgs({
    args: [...args],
    options: { help: { type: "boolean", short: "h" } },
    allowPositionals: true,
  });
  if (values.help) return undefined;
  const [directory] = positionals;
  if (!directory || positionals.length > 1) throw new UsageError("init takes one directory");
  return directory;
}

/** path -> text */
function starterFiles(directory: string): Record<string, string> {
  const names = readdirSync(STARTER, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name).slice(STARTER.length + 1));
  const copied = names.map((name) => [
    // npm leaves files called .gitignore out of packages.
    name === "gitignore" ? ".gitignore" : name,
    readFileSync(join(STARTER, name), "utf8"),
  ]);
  return {
    ...Object.fromEntries(copied),
    "cdk.json": json({ ...JSON.parse(read("cdk.json")), app: "node app.ts" }),
    "package.json": json(manifestOf(basename(resolve(directory)))),
  };
}

function manifestOf(name: string): object {
  const own: Manifest = JSON.parse(read("package.json"));
  const { peerDependencies, peerDependenciesMeta } = own;
  const isLocal = (peer: string) => Object.hasOwn(peerDependenciesMeta, peer);
  const pick = (wanted: (peer: string) => boolean) =>
    Object.fromEntries(Object.entries(peerDependencies).filter(([peer]) => wanted(peer)));
  return {
    name: name.toLowerCase().replaceAll(/[^a-z0-9-]+/g, "-"),
    private: true,
    type: "module",
    dependencies: { ...pick((peer) => !isLocal(peer)), [own.name]: own.version },
    // The second half is only for the local run.
    devDependencies: { "aws-cdk": own.devDependencies["aws-cdk"], ...pick(isLocal) },
  };
}

function nextSteps(directory: string, manifest: string | undefined): string {
  const install = manifest === undefined ? "npm install" : "npm install   # with the packages below";
  const packages =
    manifest === undefined
      ? ""
      : `\npackage.json was there and stays as it is. The app needs "type": "module" and these packages:\n${manifest}`;
  return `Written to ${directory}. Next:

  cd ${directory}
  ${install}
  npx descope-mcp-gateway local --config config --demo
  npx cdk synth
${packages}`;
}

function read(name: string): string {
  return readFileSync(join(PACKAGE_ROOT, name), "utf8");
}

function json(value: object): string {
  return `${JSON.stringify(value, null, 2)}\n`;
}

export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runInit(args, processTerminal());
}
