// Temporary folders for synthesised stacks. Each carries the identifier of the process that made it, so that the next run
// can clear away what a run left behind that was killed hard.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PREFIX = "mcp-gateway-";

/** Makes a folder of this process, outside of the repository. */
export async function makeOutputFolder(parent: string = tmpdir()): Promise<string> {
  await removeLeftovers(parent);
  // Inside the repository, its package.json would make modules of the bundles, which on Lambda they are not.
  return await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
}

async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = /^mcp-gateway-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    // Another user's leftovers cannot be removed, and need not be.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}

/** Whether a process of this machine is there. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}
