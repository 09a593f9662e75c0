// Temporary folders for synthesised stacks. Each is named by the process id of its owner, so that the next run can delete the
// folders of killed processes.
import { mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { isAlive } from "../cli/local-gateway-file.ts";

const PREFIX = "mcp-gateway-";

/** Creates a folder of this process, outside the repository. */
export async function makeOutputFolder(parent: string = tmpdir()): Promise<string> {
  await removeLeftovers(parent);
  // Inside the repository, package.json would make the bundles ES modules, unlike on Lambda.
  return await mkdtemp(join(parent, `${PREFIX}${process.pid}-`));
}

async function removeLeftovers(parent: string): Promise<void> {
  for (const name of await readdir(parent)) {
    const owner = /^mcp-gateway-(\d+)-/.exec(name)?.[1];
    if (owner === undefined || isAlive(Number(owner))) continue;
    // Another user's folders cannot be removed.
    await rm(join(parent, name), { recursive: true, force: true }).catch(() => {});
  }
}
