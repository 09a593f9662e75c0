// The packages that only a local run needs: those of the KMS and DynamoDB stand-ins, the sign-in server and the demo MCP servers, which are
// optional peer dependencies of this package.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { PACKAGE_ROOT } from "../infra/package-paths.ts";

type Manifest = {
  readonly peerDependencies: Readonly<Record<string, string>>;
  readonly peerDependenciesMeta: Readonly<Record<string, { optional?: boolean }>>;
};

/** The packages with their versions, as arguments of npm. */
function localPackages(): string[] {
  const { peerDependencies, peerDependenciesMeta }: Manifest = JSON.parse(
    readFileSync(join(PACKAGE_ROOT, "package.json"), "utf8"),
  );
  return Object.entries(peerDependencies)
    .filter(([name]) => peerDependenciesMeta[name]?.optional === true)
    .map(([name, version]) => `${name}@${version}`);
}

/** Advice for an error of loading the local run; undefined if all packages are installed. */
export function missingLocalPackages(error: unknown): Error | undefined {
  if ((error as NodeJS.ErrnoException).code !== "ERR_MODULE_NOT_FOUND") return undefined;
  const command = `npm install --save-dev ${localPackages().join(" ")}`;
  const message = `The local run needs packages that a deployment does not. Install them: ${command}`;
  return new Error(message, { cause: error });
}
