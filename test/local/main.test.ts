// `npm start` as a process: what it prints, and how it ends.
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, expect, test, vi } from "vitest";
import { startTcp } from "../support/loopback-server.ts";
import { childrenOf } from "../support/processes.ts";

// The whole stack is bundled and started, on machines that do other things as well.
vi.setConfig({ testTimeout: 90_000 });

const REPOSITORY = join(import.meta.dirname, "../..");
const MAIN = join(REPOSITORY, "local/main.ts");
const CONFIG = join(REPOSITORY, "cli/config.ts");
const running: ChildProcess[] = [];
afterEach(() => {
  for (const child of running.splice(0)) child.kill("SIGKILL");
});

function start(...args: string[]): ChildProcess & { output: string } {
  return startCommand(process.execPath, [MAIN, ...args]);
}

function startCommand(command: string, args: readonly string[]): ChildProcess & { output: string } {
  const child = spawn(command, args, { cwd: REPOSITORY, stdio: ["ignore", "pipe", "pipe"] });
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

function descendantsOf(pid: number): number[] {
  return childrenOf(pid).flatMap((child) => [child, ...descendantsOf(child)]);
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

// npm runs a script in a shell, which does not forward signals.
test.each([
  ["node", "SIGINT", process.execPath, [MAIN]],
  ["node", "SIGTERM", process.execPath, [MAIN]],
  ["npm start", "SIGTERM", "npm", ["start", "--silent", "--", "--no-cimd"]],
] as const)(
  "%s ends cleanly on %s and leaves no process behind, with streams open and calls running",
  async (_, signal, command, args) => {
    const child = startCommand(command, [...args, "--port", "0"]);
    const url = await untilReady(child);
    expect((await fetch(`${url}/health`)).status).toBe(200);
    const isTold = args.some((arg) => arg === "--no-cimd");
    expect(child.output.includes("documents are not advertised (--no-cimd)")).toBe(isTold);
    const { ended } = await openStreams(url, /Bearer ([\w.-]+)/.exec(child.output)?.[1] ?? "");
    const tree = descendantsOf(child.pid ?? 0);
    expect(tree.length).toBeGreaterThan(5);
    child.kill(signal);
    const [code] = await once(child, "exit");
    expect([code, tree.filter(isRunning)]).toEqual([0, []]);
    await ended;
  },
);

test("npm start exits when the npm process that started it is killed with SIGKILL", async () => {
  const child = startCommand("npm", ["start", "--silent", "--", "--port", "0", "--no-demo"]);
  await untilReady(child);
  const tree = descendantsOf(child.pid ?? 0);
  expect(tree.length).toBeGreaterThan(3);
  child.kill("SIGKILL");
  while (tree.some(isRunning)) await new Promise((resolve) => setTimeout(resolve, 20));
});

test("npm start leaves no process when it gets a signal during its start", async () => {
  const child = start("--port", "0");
  const root = child.pid ?? 0;
  while (descendantsOf(root).length === 0) await new Promise((resolve) => setTimeout(resolve, 10));
  const tree = descendantsOf(root);
  child.kill("SIGTERM");
  const [code] = await once(child, "exit");
  expect(code).toBe(0);
  expect(tree.filter(isRunning)).toEqual([]);
  expect(child.output).not.toContain("ready");
});

function config(...args: string[]): Promise<{ code: number | null; out: string; err: string }> {
  return new Promise((resolve) => {
    const child = execFile(process.execPath, [CONFIG, ...args], (_error, out, err) =>
      resolve({ code: child.exitCode, out, err }),
    );
  });
}

test("two gateways of one checkout share nothing, and diff and push --local use each gateway's hosts", async () => {
  const [one, other] = [start("--port", "0"), start("--port", "0")];
  const urls = await Promise.all([untilReady(one), untilReady(other)]);
  const [first = "", second = ""] = urls.map((url) => new URL(url).port);
  expect(first).not.toBe(second);
  for (const port of [first, second]) {
    const { code, out } = await config("diff", "--local", "--port", port, "--json");
    const { changes, lockouts } = JSON.parse(out);
    expect({ code, kinds: changes.map(({ kind }: { kind: string }) => kind), lockouts }).toEqual({
      code: 0,
      kinds: ["same", "same", "same", "same"],
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

/** A GET stream and three calls that run for minutes; `ended` resolves when all are broken off. */
async function openStreams(url: string, token: string): Promise<{ ended: Promise<unknown> }> {
  const headers = {
    authorization: `Bearer ${token}`,
    accept: "application/json, text/event-stream",
    "content-type": "application/json",
    "mcp-protocol-version": "2025-11-25",
  };
  const endpoint = `${url}/everything/mcp`;
  const post = (message: object, more = {}) =>
    fetch(endpoint, { method: "POST", headers: { ...headers, ...more }, body: JSON.stringify(message) });
  const clientInfo = { name: "test", version: "1" };
  const params = { protocolVersion: "2025-11-25", capabilities: {}, clientInfo };
  const opened = await post({ jsonrpc: "2.0", id: 0, method: "initialize", params });
  const session = { "mcp-session-id": opened.headers.get("mcp-session-id") ?? "" };
  await opened.text();
  const call = { name: "slow_count", arguments: { steps: 1000, delay_ms: 1000 } };
  const responses = await Promise.all([
    fetch(endpoint, { headers: { ...headers, ...session } }),
    ...[1, 2, 3].map((id) => post({ jsonrpc: "2.0", id, method: "tools/call", params: call }, session)),
  ]);
  expect(responses.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
  return { ended: Promise.allSettled(responses.map((response) => response.text())) };
}

test("the functions exit when npm start is killed with SIGKILL", async () => {
  const child = start("--port", "0", "--no-demo", "--stage-path");
  await untilReady(child);
  const children = childrenOf(child.pid ?? 0);
  expect(children).toHaveLength(4);
  child.kill("SIGKILL");
  const alive = (pid: number) => readdirSync("/proc").includes(String(pid));
  while (children.some(alive)) await new Promise((resolve) => setTimeout(resolve, 20));
});

test("a port in use is reported clearly, with exit code 1", async () => {
  const { port, close } = await startTcp(() => {});
  const child = start("--port", String(port));
  const [code] = await once(child, "close");
  await close();
  expect(code).toBe(1);
  expect(child.output).toContain(
    `Port ${port} is in use. Stop the program that uses it, or choose another port with --port N.`,
  );
  expect(child.output).not.toContain("    at ");
});

test("an unknown flag is reported clearly, with exit code 1", async () => {
  const child = start("--prot", "1");
  const [code] = await once(child, "close");
  expect([code, child.output]).toEqual([1, expect.stringContaining("Unknown option '--prot'")]);
});

test("--help prints the usage and starts nothing", async () => {
  const child = spawn(process.execPath, [MAIN, "--help"]);
  const [output, [code]] = await Promise.all([text(child.stdout), once(child, "close")]);
  expect([code, output]).toEqual([0, expect.stringContaining("Usage: npm start -- [flags]")]);
});
