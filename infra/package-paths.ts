// Paths in this package. The same code runs from the repository's sources (`.ts`) and, compiled, from `dist/` of the installed package.
import { join } from "node:path";

/** Whether this runs from the sources of the repository. */
export const IS_SOURCE = import.meta.filename.endsWith(".ts");

/** Folder with `package.json`. */
export const PACKAGE_ROOT = join(import.meta.dirname, IS_SOURCE ? ".." : "../..");

/** Folder with one bundle for each function. */
export const BUNDLES = join(PACKAGE_ROOT, "dist", "bundles");

/** Folder with `config/` and `.local/`: the repository, or the project in which the package is installed. */
export const PROJECT = IS_SOURCE ? PACKAGE_ROOT : process.cwd();

/**
 * How the user runs a command: `npm run config -- validate` in the repository, else `npx descope-mcp-gateway config validate`.
 *
 * @param args arguments of the command
 */
export function commandText(
  command: "config" | "cost" | "explain" | "local" | "token" | "verify-deployment",
  args = "",
): string {
  if (!IS_SOURCE) return `npx descope-mcp-gateway ${command} ${args}`.trimEnd();
  const script = command === "local" ? "npm start" : `npm run ${command === "token" ? "-s token" : command}`;
  return args === "" ? script : `${script} -- ${args}`;
}

/** How the user starts the demo. */
export const DEMO_COMMAND = IS_SOURCE ? commandText("local") : commandText("local", "--demo");

/** Path of a program of this package that runs in its own process. @param base `import.meta.dirname` of the caller */
export function programPath(base: string, name: string): string {
  return join(base, `${name}${IS_SOURCE ? ".ts" : ".js"}`);
}
