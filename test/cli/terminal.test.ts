// The terminal of the command line as a process.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { expect, it } from "vitest";

it("a command completes although the reader of its output has closed the pipe", async () => {
  const child = spawn(process.execPath, ["cli/config.ts", "--help"], { stdio: ["ignore", "pipe", "pipe"] });
  child.stdout.destroy();
  const errors: Buffer[] = [];
  child.stderr.on("data", (chunk: Buffer) => errors.push(chunk));
  const [code] = await once(child, "close");
  expect([code, Buffer.concat(errors).toString()]).toEqual([0, ""]);
});
