// Makes the example servers runnable: Python packages in a virtual environment and the Go program, both under .local/examples.
// Says what is missing and ends with 1 rather than leaving a language out.
import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { BUILT, EXAMPLES } from "./example-programs.ts";

const STEP_TIMEOUT_MS = 10 * 60_000;

class NotPrepared extends Error {}

try {
  preparePython();
  prepareGo();
} catch (error) {
  if (!(error instanceof NotPrepared)) throw error;
  console.error(`The examples cannot be tested. ${error.message}`);
  process.exitCode = 1;
}

function preparePython(): void {
  const probe = "import sys, venv, ensurepip; sys.exit(sys.version_info < (3, 10))";
  if (!succeeds("python3", ["-c", probe])) {
    throw new NotPrepared("Install Python 3.10 or later with venv and pip, so that python3 is on the PATH.");
  }
  const source = join(EXAMPLES, "python");
  const target = join(BUILT, "python");
  const stamp = join(target, "installed");
  const wanted = digestOf(join(source, "requirements.txt"), join(source, "constraints.txt"));
  if (existsSync(stamp) && readFileSync(stamp, "utf8") === wanted) return;
  rmSync(target, { recursive: true, force: true });
  run("python3", ["-m", "venv", target], BUILT);
  run(join(target, "bin", "pip"), ["install", "--quiet", "-r", "requirements.txt"], source);
  writeFileSync(stamp, wanted);
}

function prepareGo(): void {
  if (!succeeds("go", ["version"])) {
    throw new NotPrepared("Install Go 1.25 or later, so that go is on the PATH.");
  }
  const source = join(EXAMPLES, "go");
  run("go", ["vet", "./..."], source);
  run("go", ["build", "-o", join(BUILT, "go-server"), "."], source);
}

function succeeds(command: string, args: string[]): boolean {
  return spawnSync(command, args, { stdio: "ignore", timeout: STEP_TIMEOUT_MS }).status === 0;
}

function run(command: string, args: string[], cwd: string): void {
  mkdirSync(BUILT, { recursive: true });
  console.log(`${command} ${args.join(" ")}`);
  const { status, error } = spawnSync(command, args, { cwd, stdio: "inherit", timeout: STEP_TIMEOUT_MS });
  if (status !== 0)
    throw new NotPrepared(`${command} failed${error ? `: ${error.message}` : ""}. See above.`);
}

function digestOf(...files: string[]): string {
  const hash = createHash("sha256");
  for (const file of files) hash.update(readFileSync(file));
  return hash.digest("hex");
}
