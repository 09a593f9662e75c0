// `npm run licences`: every package that can be part of a deployed function, with its licence, from the lock file and the installed
// packages. Development tools are not listed, because they are not deployed.
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A direct or transitive dependency of the deployed code. */
export type DeployedPackage = {
  name: string;
  version: string;
  /** folder below the root */
  path: string;
  /** SPDX expression as the package states it */
  licence: string;
  /** whether it has an install script */
  installScript: boolean;
  /** whether the lock file pins its content by hash */
  pinned: boolean;
};

type LockEntry = {
  version?: string;
  dependencies?: Record<string, string>;
  hasInstallScript?: boolean;
  integrity?: string;
};

/** @param root the repository, installed */
export function deployedPackages(root: string): DeployedPackage[] {
  const read = (path: string) => JSON.parse(readFileSync(join(root, path), "utf8"));
  const entries: Record<string, LockEntry> = read("package-lock.json").packages;
  const found = new Set<string>();
  const waiting = [""];
  for (let path = waiting.pop(); path !== undefined; path = waiting.pop()) {
    for (const name of Object.keys(entries[path]?.dependencies ?? {})) {
      const place = placeOf(name, path, entries);
      if (!found.has(place)) waiting.push(place);
      found.add(place);
    }
  }
  const packages = [...found].map((path) => {
    const { version = "", hasInstallScript, integrity } = entries[path] as LockEntry;
    return {
      name: path.slice(path.lastIndexOf("node_modules/") + "node_modules/".length),
      version,
      path,
      licence: String(read(join(path, "package.json")).license ?? "none stated"),
      installScript: hasInstallScript === true,
      pinned: integrity?.startsWith("sha512-") === true,
    };
  });
  return packages.sort((a, b) => a.name.localeCompare(b.name));
}

// As Node resolves it: in the dependent's folder, else further up.
function placeOf(name: string, from: string, entries: Record<string, LockEntry>): string {
  for (let folder = from; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf("/node_modules/")))) {
    const place = folder === "" ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (entries[place] !== undefined) return place;
    if (folder === "") throw new Error(`${name} is not in the lock file: run npm install`);
  }
}

if (process.argv[1] === import.meta.filename) {
  const packages = deployedPackages(join(import.meta.dirname, ".."));
  for (const { name, version, licence } of packages) console.log(`${name}@${version}\t${licence}`);
}
