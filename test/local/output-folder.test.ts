// Temporary folders: the next run deletes the folders of killed runs, but not those of running processes.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { expect, test } from "vitest";
import { makeOutputFolder } from "../../local/output-folder.ts";

test("deletes only the folders of processes that have exited", async () => {
  const parent = await mkdtemp(join(tmpdir(), "leftovers-"));
  const ended = spawn(process.execPath, ["--version"]);
  await once(ended, "exit");
  for (const name of [`mcp-gateway-${ended.pid}-a`, `mcp-gateway-${process.ppid}-b`, "mcp-gateway-notes"]) {
    await mkdir(join(parent, name));
  }
  const made = await makeOutputFolder(parent);
  expect(await readdir(parent)).toEqual(
    [basename(made), `mcp-gateway-${process.ppid}-b`, "mcp-gateway-notes"].sort(),
  );
  await rm(parent, { recursive: true });
});
