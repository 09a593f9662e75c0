// An empty folder outside the repository, and the package as npm packs it.
import { execFile } from "node:child_process";
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "..", "..");
const APPS = join(import.meta.dirname, "apps");
const run = promisify(execFile);

/** A packed package: its file, and the paths in it. */
export type Packed = { tarball: string; files: string[] };

/** Builds and packs the package into a folder. */
export async function pack(folder: string): Promise<Packed> {
  // Its own `prepack` builds.
  const { stdout } = await inFolder(ROOT, "npm", "pack", "--json", "--silent", "--pack-destination", folder);
  const [packed] = Object.values(JSON.parse(stdout.slice(stdout.search(/^[[{]/m)))) as [
    { filename: string; files: { path: string }[] },
  ];
  return { tarball: join(folder, packed.filename), files: packed.files.map(({ path }) => path).sort() };
}

/** Runs a program in a folder as a user there would: without the npm settings of this test run. */
export function inFolder(folder: string, program: string, ...args: string[]) {
  const env = Object.fromEntries(
    Object.entries(process.env).filter(
      ([name]) =>
        !/^(?:npm_(?:lifecycle|package|command|config_(?:local_prefix|global_prefix|prefix))|NODE_OPTIONS|NODE_ENV|VITEST)/i.test(
          name,
        ),
    ),
  );
  return run(program, args, { cwd: folder, env, maxBuffer: 64 * 1024 * 1024 });
}

/** An empty folder; `remove` deletes it. */
export function emptyFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "consumer-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

/** Puts the apps of this suite into a project. */
export function addApps(project: string): void {
  cpSync(APPS, project, { recursive: true });
}

/** Lets a project take the package from the tarball instead of the registry. */
export function useTarball(project: string, tarball: string, more: Record<string, string> = {}): void {
  mkdirSync(project, { recursive: true });
  const file = join(project, "package.json");
  const manifest = JSON.parse(readFileSync(file, "utf8"));
  manifest.dependencies = { ...manifest.dependencies, "descope-mcp-gateway": `file:${tarball}` };
  manifest.devDependencies = { ...manifest.devDependencies, ...more };
  writeFileSync(file, JSON.stringify(manifest, null, 2));
}

/** Version of a package as this repository has it. */
export function versionHere(name: string): string {
  return JSON.parse(readFileSync(join(ROOT, "package.json"), "utf8")).devDependencies[name];
}
