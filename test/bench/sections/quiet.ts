// Runs a part in a child process, on one core and with standard output discarded, because the authorizer writes its log lines there.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import type { Bundles } from "../services/bundles.ts";
import { onOneCore } from "../services/processes.ts";

/** The message to the child process. */
export type QuietTask = { part: "decision" | "growth"; bundles: Pick<Bundles, "files">; rounds: number };

/** Runs a part; resolves with its result. */
export async function runQuietly(
  part: QuietTask["part"],
  { files }: Bundles,
  rounds: number,
): Promise<unknown> {
  const program = join(import.meta.dirname, "quiet-process.ts");
  const command = onOneCore("subject", process.execPath, [program]);
  const child = spawn(...command, { stdio: ["ignore", "ignore", "inherit", "ipc"] });
  child.send({ part, bundles: { files }, rounds } satisfies QuietTask);
  const ended = once(child, "exit").then(() => Promise.reject(new Error(`${part} failed`)));
  const [found] = await Promise.race([once(child, "message"), ended]);
  return found;
}
