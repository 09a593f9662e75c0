// `npm start` as a process: what it prints, and how it ends.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync } from "node:fs";
import type { AddressInfo } from "node:net";
import { createServer } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test, vi } from "vitest";

// The whole stack is bundled and started, on machines that do other things as well.
vi.setConfig({ testTimeout: 90_000 });

const MAIN = join(import.meta.dirname, "../../../infra/local/main.ts");
const CONFIG = join(import.meta.dirname, "../../../cli/config.ts");
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

function start(...args: string[]): ChildProcess & { output: string } {
  const child = spawn(process.execPath, [MAIN, ...args], { stdio: ["ignore", "pipe", "pipe"] });
  running.push(child);
  const collected = Object.assign(child, { output: "" });
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding("utf8").on("data", (chunk: string) => {
      collected.output += chunk;
    });
  }
  return collected;
}

async function untilReady(child: ChildProcess & { output: string }): Promise<string> {
  while (!/^ready$/m.test(child.output)) {
    if (child.exitCode !== null) throw new Error(child.output);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  return /http:\/\/127\.0\.0\.1:\d+(?=\/whoami\/mcp)/.exec(child.output)?.[0] ?? "";
}

/** Children of a process, by /proc; empty where there is none. */
function childrenOf(pid: number): number[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name))
    .filter((name) => {
      try {
        return readFileSync(`/proc/${name}/stat`, "utf8").split(") ")[1]?.split(" ")[1] === String(pid);
      } catch {
        return false;
      }
    })
    .map(Number);
}

test.each(["SIGINT", "SIGTERM"] as const)("starts, answers, and ends cleanly on %s", async (signal) => {
  const child = start("--port", "0");
  const url = await untilReady(child);
  expect((await fetch(`${url}/health`)).status).toBe(200);
  while (!child.output.includes("GET /health ")) await new Promise((resolve) => setTimeout(resolve, 20));
  const children = childrenOf(child.pid ?? 0);
  expect(children).toHaveLength(3);
  child.kill(signal);
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  for (const pid of children) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
});

function config(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CONFIG, ...args], (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

test("two of one checkout share nothing, and diff and push --local know the hosts that each put in", async () => {
  const [one, other] = [start("--port", "0"), start("--port", "0")];
  const urls = await Promise.all([untilReady(one), untilReady(other)]);
  const [first = "", second = ""] = urls.map((url) => new URL(url).port);
  expect(first).not.toBe(second);
  for (const port of [first, second]) {
    const { code, out } = await config("diff", "--local", "--port", port, "--json");
    const { changes, lockouts } = JSON.parse(out);
    expect({ code, kinds: changes.map(({ kind }: { kind: string }) => kind), lockouts }).toEqual({
      code: 0,
      kinds: ["same", "same", "same"],
      lockouts: [],
    });
  }
  const pushed = await config("push", "--local", "--port", first, "--yes");
  expect(pushed).toMatchObject({ code: 0, out: expect.stringContaining("Nothing to write.") });
  const unnamed = await config("diff", "--local");
  expect(unnamed).toMatchObject({ code: 2, err: expect.stringContaining("Choose one with --port") });
  one.kill("SIGTERM");
  await once(one, "exit");
  const left = await config("diff", "--local", "--port", first);
  expect(left).toMatchObject({ code: 2, err: expect.stringContaining(`running on port ${first}, but on`) });
  expect((await fetch(`${urls[1]}/health`)).status).toBe(200);
});

test("its functions end when it is killed hard", async () => {
  const child = start("--port", "0", "--no-demo", "--stage-path");
  await untilReady(child);
  const children = childrenOf(child.pid ?? 0);
  expect(children).toHaveLength(3);
  child.kill("SIGKILL");
  const alive = (pid: number) => readdirSync("/proc").includes(String(pid));
  while (children.some(alive)) await new Promise((resolve) => setTimeout(resolve, 20));
});

test("a taken port is said clearly, with exit code 1", async () => {
  const blocker = createServer().listen(0, "127.0.0.1");
  await once(blocker, "listening");
  const { port } = blocker.address() as AddressInfo;
  const child = start("--port", String(port));
  const [code] = await once(child, "close");
  blocker.close();
  expect(code).toBe(1);
  expect(child.output).toContain(
    `Port ${port} is taken. Stop the program that uses it, or choose another with --port N.`,
  );
  expect(child.output).not.toContain("    at ");
});

test("an unknown flag is said clearly, with exit code 1", async () => {
  const child = start("--prot", "1");
  const [code] = await once(child, "close");
  expect([code, child.output]).toEqual([1, expect.stringContaining("Unknown option '--prot'")]);
});

test("--help prints the usage and starts nothing", async () => {
  const child = spawn(process.execPath, [MAIN, "--help"]);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect([code, output]).toEqual([0, expect.stringContaining("Usage: npm start -- [flags]")]);
});
