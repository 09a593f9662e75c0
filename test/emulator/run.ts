// `npm run test:emulator`: installs the AWS emulator into a Python virtual environment under .local/, then runs the tests in this folder.
import { spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../..");
const ENVIRONMENT = join(ROOT, ".local/emulator");
// The second package signs for the emulated KMS.
const PACKAGES = ["ministack==1.5.33", "cryptography"];

const steps: [string, ...string[]][] = [
  ["npx", "vitest", "run", "--config", "test/emulator/vitest.config.ts"],
];
if (!existsSync(join(ENVIRONMENT, "bin/ministack"))) {
  steps.unshift(
    ["python3", "-m", "venv", ENVIRONMENT],
    [join(ENVIRONMENT, "bin/pip"), "install", "--quiet", ...PACKAGES],
  );
}
for (const [program, ...args] of steps) {
  const { status, error } = spawnSync(program, args, { cwd: ROOT, stdio: "inherit" });
  if (status === 0) continue;
  if (error !== undefined) process.stderr.write(`${program}: ${error.message}\n`);
  process.exit(status ?? 1);
}
