// Runs a part in a process of its own, whose standard output goes nowhere: the authorizer writes its log lines there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Bundles } from "../services/bundles.ts";
import { onOneCore } from "../services/processes.ts";

/** What can be run so. */
export type QuietPart = "deciding" | "decidingOnOneCore" | "growth";

/** What the process is told. */
export type QuietTask = { part: QuietPart; bundles: Pick<Bundles, "files" | "kilobytes">; rounds: number };

/** Runs a part; resolves with what it found. */
export async function runQuietly(part: QuietPart, bundles: Bundles, rounds: number): Promise<unknown> {
  const program = join(import.meta.dirname, "quiet-process.ts");
  const run: [string, string[]] =
    part === "decidingOnOneCore"
      ? onOneCore("subject", process.execPath, [program])
      : [process.execPath, [program]];
  const child = spawn(...run, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  const { files, kilobytes } = bundles;
  child.send({ part, bundles: { files, kilobytes }, rounds } satisfies QuietTask);
  const [found] = await Promise.race([
    once(child, "message"),
    once(child, "exit").then(() => Promise.reject(new Error(`${part} could not be measured`))),
  ]);
  return found;
}
