// Prepares Python and Go programs for tests: packages in a virtual environment, a built binary. Throws NotPrepared, which says
// what is missing, rather than leaving a language out.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";

const STEP_TIMEOUT_MS = 10 * 60_000;

/** A requirement of the tests is missing. */
class NotPrepared extends Error {}

/** Prints the error and exits with 1 if a requirement is missing. */
export function prepareOrSay(what: string, prepare: () => void): void {
  try {
    prepare();
  } catch (error) {
    if (!(error instanceof NotPrepared)) throw error;
    console.error(`${what} cannot be tested. ${error.message}`);
    process.exitCode = 1;
  }
}

/** Makes a virtual environment from requirements.txt and constraints.txt, unless these are the ones that it was made from. */
export function preparePython(source: string, target: string): void {
  const probe = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  if (!succeeds("python3", ["-c", probe])) {
    throw new NotPrepared("Install Python 3.10 or later with venv and pip, so that python3 is on the PATH.");
  }
  const files = ["requirements.txt", "constraints.txt"].map((name) => join(source, name));
  onceFor(files, target, () => {
    rmSync(target, { recursive: true, force: true });
    run("python3", ["-m", "venv", target], dirname(target));
    run(join(target, "bin", "pip"), ["install", "--quiet", "-r", "requirements.txt"], source);
  });
}

/** Builds the Go program in `source` as the file `target`. */
export function prepareGo(source: string, target: string): void {
  if (!succeeds("go", ["version"])) {
    throw new NotPrepared("Install Go 1.25 or later, so that go is on the PATH.");
  }
  run("go", ["vet", "./..."], source);
  run("go", ["build", "-o", target, "."], source);
}

/** Installs the npm packages of a folder with a lock file, without their install scripts. */
export function prepareNpm(source: string): void {
  onceFor([join(source, "package-lock.json")], join(source, "node_modules"), () => {
    run("npm", ["ci", "--ignore-scripts"], source);
  });
}

/** Runs `make` unless `target` was made from files with the same content. */
function onceFor(files: readonly string[], target: string, make: () => void): void {
  const stamp = join(target, "installed");
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  const wanted = hash.digest("hex");
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  make();
  writeFileSync(stamp, wanted);
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore", timeout: STEP_TIMEOUT_MS }).status === 0;
}

function run(command: string, args: string[], cwd: string): void {
  mkdirSync(cwd, { recursive: true });
  console.log(`${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit", timeout: STEP_TIMEOUT_MS });
  if (status !== 0)
    throw new NotPrepared(`${command} failed${error ? `: ${error.message}` : ""}. See above.`);
}
