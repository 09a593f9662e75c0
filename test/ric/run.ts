// `npm run test:ric`: the end-to-end tests with the functions in AWS's runtime interface client instead of the local runtime. The client
// is not a dependency of the project; it is built with a C++ compiler in a folder under .local/.
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { delimiter, join } from "node:path";

const VERSION = "4.0.2";
const ROOT = join(import.meta.dirname, "../..");
const FOLDER = join(ROOT, ".local/ric");
const INSTALLED = join(FOLDER, "node_modules/aws-lambda-ric");

// Program and the Debian package that has it.
const BUILD_PROGRAMS = {
  cmake: "cmake",
  "g++": "g++",
  make: "make",
  autoreconf: "autoconf",
  automake: "automake",
  libtoolize: "libtool",
  python3: "python3",
  xz: "xz-utils",
};

if (process.platform !== "linux") {
  process.stderr.write("aws-lambda-ric builds on Linux only.\n");
  process.exit(1);
}
if (!isBuilt()) build();
process.exit(runTests());

function isBuilt(): boolean {
  const manifest = join(INSTALLED, "package.json");
  return (
    existsSync(join(INSTALLED, "rapid-client.node")) &&
    JSON.parse(readFileSync(manifest, "utf8")).version === VERSION
  );
}

function build(): void {
  const missing = Object.entries(BUILD_PROGRAMS).filter(([program]) => !isOnPath(program));
  if (missing.length > 0) {
    const packages = missing.map(([, name]) => name).join(" ");
    process.stderr.write(`aws-lambda-ric can't be built without: ${packages}\n`);
    process.exit(1);
  }
  mkdirSync(FOLDER, { recursive: true });
  const manifest = { private: true, allowScripts: { "aws-lambda-ric": true } };
  writeFileSync(join(FOLDER, "package.json"), JSON.stringify(manifest));
  const { status } = run("npm", ["install", "--no-save", `aws-lambda-ric@${VERSION}`], FOLDER);
  if (status !== 0 || !isBuilt()) {
    process.stderr.write("aws-lambda-ric could not be built.\n");
    process.exit(1);
  }
}

function runTests(): number {
  // Its processes start more slowly than those of the local runtime.
  const limits = ["--testTimeout=60000", "--hookTimeout=120000"];
  const environment = { AWS_LAMBDA_RIC: join(INSTALLED, "index.mjs") };
  return run("npx", ["vitest", "run", "test/e2e", ...limits], ROOT, environment).status ?? 1;
}

function run(program: string, args: string[], cwd: string, environment: Record<string, string> = {}) {
  return spawnSync(program, args, { cwd, stdio: "inherit", env: { ...process.env, ...environment } });
}

function isOnPath(program: string): boolean {
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => existsSync(join(folder, program)));
}
