// Runs one suite of the conformance tool against one URL in a child process and reads the result of each check from the files that it
// writes.
import { spawn } from "node:child_process";
import { mkdtemp, readdir, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import type { Suite } from "./suites.ts";

/** Result of a check. `INFO` only describes traffic and is omitted. */
export type Verdict = "SUCCESS" | "FAILURE" | "WARNING" | "SKIPPED";

/** One scenario: its checks in order, and the reason if it is not scored. */
export type ScenarioResult = { checks: { id: string; verdict: Verdict }[]; notScored?: string };

/** Scenarios by name, in the order in which they ran. */
export type SuiteResult = Map<string, ScenarioResult>;

/** An MCP endpoint; `token` if it requires one. */
export type Target = { url: string; token?: string };

const ROOT = new URL("../../", import.meta.url);
const PRELOAD = new URL("authorization-preload.ts", import.meta.url);

/** @throws Error with the end of the tool's output if it printed no summary */
export async function runSuite(suite: Suite, target: Target): Promise<SuiteResult> {
  const output = await mkdtemp(path.join(tmpdir(), "conformance-"));
  try {
    const printed = await runTool(suite, target, output);
    if (!printed.includes("=== SUMMARY ==="))
      throw new Error(`${suite.title} printed no summary:\n${printed.slice(-2000)}`);
    return await readResult(output, printed);
  } finally {
    await rm(output, { recursive: true, force: true });
  }
}

function runTool(suite: Suite, target: Target, output: string): Promise<string> {
  const tool = fileURLToPath(new URL(`node_modules/${suite.tool}/dist/index.js`, ROOT));
  const args = [
    "--import",
    PRELOAD.href,
    tool,
    "server",
    "--url",
    target.url,
    ...suite.args,
    "--output-dir",
    output,
  ];
  const env = {
    ...process.env,
    CONFORMANCE_ORIGIN: new URL(target.url).origin,
    CONFORMANCE_TOKEN: target.token ?? "",
  };
  const child = spawn(process.execPath, args, { env, stdio: ["ignore", "pipe", "pipe"] });
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  let printed = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (text: string) => {
      printed += text;
    });
  }
  child.once("error", reject);
  child.once("close", () => resolve(printed));
  return promise;
}

async function readResult(output: string, printed: string): Promise<SuiteResult> {
  const result: SuiteResult = new Map();
  const directories = await readdir(output);
  for (const [, name = ""] of printed.matchAll(/^=== Running scenario: (\S+) ===$/gm)) {
    const directory = directories.find(
      (entry) => entry.replace(/-\d{4}-\d\d-\d\dT[\d-]+Z$/, "") === `server-${name}`,
    );
    const notScored = new RegExp(`^  [✓✗] ${name} \\((.+)\\)$`, "m").exec(printed)?.[1];
    const checks =
      directory === undefined ? [] : await readChecks(path.join(output, directory, "checks.json"));
    result.set(name, { checks, ...(notScored !== undefined && { notScored }) });
  }
  return result;
}

async function readChecks(file: string): Promise<ScenarioResult["checks"]> {
  const checks: { id: string; status: Verdict | "INFO" }[] = JSON.parse(await readFile(file, "utf8"));
  return checks.flatMap(({ id, status }) => (status === "INFO" ? [] : [{ id, verdict: status }]));
}
