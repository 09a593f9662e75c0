// Runs subjects in child processes, so that they do not share a process and their CPU time can be read.
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { COMBINED } from "./events.ts";
import { type LoadRequest, runLoad } from "./load.ts";

/** A running subject. */
export type Subject = {
  /** requests that it completed with the given concurrency and duration */
  responses(request: LoadRequest, connections: number, ms: number): Promise<number>;
  /** CPU seconds so far, for all threads */
  cpuSeconds(): number;
  stop(): Promise<void>;
};

/** A subject that listens on a port. */
export type ServedSubject = Subject & { port: number };

/** A handler that is invoked with events. */
export type InvokedSubject = Subject & {
  /** microseconds to the first event, for a number of streams in a row on each connection */
  firstEvents(request: LoadRequest, connections: number, times: number): Promise<number[]>;
  /** sends the request once; returns the session id of the response */
  begin(request: LoadRequest): Promise<string>;
};

/** A program that responds to messages, one at a time. */
export type Asked = { ask(task: object): Promise<unknown>; stop(): Promise<void> };

/** A task for a handler that is invoked with events. */
export type InvokeTask = {
  token: string;
  server: string;
  body: string;
  /** MCP's request headers */
  headers: Record<string, string>;
  connections: number;
  ms: number;
  /** streams in a row on each connection; if undefined, calls for `ms`; 0: one call, for its session id */
  times?: number;
};

const running = new Set<ChildProcess>();
// Ends all child processes when the benchmark exits.
process.on("exit", () => {
  for (const child of running) child.kill("SIGKILL");
});
const TASKSET = "/usr/bin/taskset";
const cores = { load: "0", subject: "1" };

/** Starts a Node program that prints `port N`. */
export async function startNode(file: string, env: Record<string, string>): Promise<ServedSubject> {
  const child = pinned("subject", process.execPath, [file], { ...env, PATH: process.env["PATH"] ?? "" });
  return { ...overSockets(await portOf(child)), ...controls(child) };
}

/** Starts the program that invokes the handler of `HANDLER_BUNDLE`. */
export async function startInvoked(env: Record<string, string>): Promise<InvokedSubject> {
  const file = join(import.meta.dirname, "..", "subjects", "invoke.ts");
  const child = pinned("subject", process.execPath, [file], { ...env, PATH: process.env["PATH"] ?? "" });
  await portOf(child);
  const ask = (task: InvokeTask) => taskResult(child, task);
  const taskOf = ({ headers, path, body }: LoadRequest) => ({
    token: headers["authorization"]?.slice(7) ?? "",
    server: path === COMBINED ? path : path.slice(1),
    body,
    headers: Object.fromEntries(Object.entries(headers).filter(([name]) => name.startsWith("mcp-"))),
  });
  return {
    ...controls(child),
    responses: async (request, connections, ms) =>
      (await ask({ ...taskOf(request), connections, ms })) as number,
    firstEvents: async (request, connections, times) =>
      (await ask({ ...taskOf(request), connections, ms: 0, times })) as number[],
    begin: async (request) => (await ask({ ...taskOf(request), connections: 1, ms: 0, times: 0 })) as string,
  };
}

/** Starts a program of this folder that responds to messages, on the load's core. */
export function startAsked(service: string): Asked {
  const file = serviceFile(service);
  const child = pinned("load", process.execPath, [file], { PATH: process.env["PATH"] ?? "" });
  return { ask: (task) => taskResult(child, task), stop: controls(child).stop };
}

async function taskResult(child: ChildProcess, task: object): Promise<unknown> {
  const finished = new AbortController();
  try {
    child.send(task);
    const { signal } = finished;
    const ended = once(child, "exit", { signal }).then(() => Promise.reject(new Error("the subject ended")));
    const [response] = await Promise.race([once(child, "message", { signal }), ended]);
    return response;
  } finally {
    finished.abort();
  }
}

function overSockets(port: number): Pick<ServedSubject, "responses" | "port"> {
  return { port, responses: (request, connections, ms) => runLoad(port, request, connections, ms) };
}

const serviceFile = (name: string) => join(import.meta.dirname, `${name}.ts`);

/** Starts a server of this folder that the load needs. */
export async function startBesideLoad(service: string): Promise<ServedSubject> {
  const child = pinned("load", process.execPath, [serviceFile(service)], {});
  return { ...overSockets(await portOf(child)), ...controls(child) };
}

/**
 * The command and arguments that run a program on one core, if the system supports it: one core for the subject and one for everything
 * else, so that only the subject's core is measured.
 */
export function onOneCore(
  side: keyof typeof cores,
  command: string,
  args: readonly string[],
): [string, string[]] {
  return existsSync(TASKSET) ? ["taskset", ["-c", cores[side], command, ...args]] : [command, [...args]];
}

/**
 * Keeps this process on the load's core while subjects are measured. It reads their output, and Linux would often run it on the core of
 * the process that has written: a subject that logs would then wait for its own reader.
 *
 * @returns ends it
 */
export function moveToLoadCore(): () => Promise<void> {
  if (!existsSync(TASKSET)) return async () => {};
  const pid = String(process.pid);
  const before = execFileSync("taskset", ["-p", "-c", pid], { encoding: "utf8" }).split(": ").at(-1)?.trim();
  const runOn = (list: string) => execFileSync("taskset", ["-a", "-p", "-c", list, pid]);
  runOn(cores.load);
  return async () => void runOn(before ?? `${cores.load},${cores.subject}`);
}

function pinned(
  side: keyof typeof cores,
  command: string,
  args: readonly string[],
  env: Record<string, string>,
) {
  const child = spawn(...onOneCore(side, command, args), { env, stdio: ["ignore", "pipe", "pipe", "ipc"] });
  running.add(child);
  child.once("exit", () => running.delete(child));
  return child;
}

function controls(child: ChildProcess): Pick<Subject, "cpuSeconds" | "stop"> {
  const ended = once(child, "exit");
  child.stderr?.on("data", (text: Buffer) => process.env["BENCH_VERBOSE"] && process.stderr.write(text));
  child.stdout?.resume();
  return {
    cpuSeconds: () => cpuSecondsOf(child.pid as number),
    async stop() {
      child.kill("SIGTERM");
      const timer = setTimeout(() => child.kill("SIGKILL"), 3_000);
      await ended;
      clearTimeout(timer);
    },
  };
}

async function portOf(child: ChildProcess): Promise<number> {
  let errors = "";
  child.stderr?.on("data", (text: Buffer) => (errors += text.toString()));
  if (child.stdout === null) throw new Error("no output");
  for await (const line of createInterface({ input: child.stdout })) {
    const port = Number(/(?:^|port )(\d+)$/.exec(line)?.[1]);
    if (port > 0) return port;
  }
  throw new Error(`the subject did not start: ${errors}`);
}

// In nanoseconds, because clock ticks are too coarse for a mostly idle process.
function cpuSecondsOf(pid: number): number {
  const threads = readdirSync(`/proc/${pid}/task`).map((thread) => `/proc/${pid}/task/${thread}/schedstat`);
  return threads.reduce((sum, file) => sum + Number(readFileSync(file, "utf8").split(" ")[0]) / 1e9, 0);
}
