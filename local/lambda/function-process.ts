// One execution environment of a function: a child process and its Runtime API endpoint. It runs one invocation at a time,
// is killed at the function's timeout, and is not used again after its exit.
import { type ChildProcess, spawn } from "node:child_process";
import { programPath } from "../../infra/package-paths.ts";
import type { FunctionSpec } from "../template/functions.ts";
import { functionEnvironment } from "./function-environment.ts";
import { type FunctionError, type Invocation, type InvocationResult, RuntimeApi } from "./runtime-api.ts";

export type ProcessOptions = {
  readonly spec: FunctionSpec;
  /** AWS_ENDPOINT_URL_SSM and the like. */
  readonly endpoints: Readonly<Record<string, string>>;
  /** Called with each line of the process's output. */
  readonly onLogLine: (line: string) => void;
  /** Arguments of node; by default the local runtime. */
  readonly runtime?: readonly string[] | undefined;
};

/** Thrown by {@link FunctionProcess.start} when the function's initialisation fails. */
export class InitFailed extends Error {
  readonly error: FunctionError;

  constructor(name: string, error: FunctionError) {
    super(`The function ${name} does not start: ${error.errorType}: ${error.errorMessage}`);
    this.error = error;
  }
}

const BOOTSTRAP = programPath(import.meta.dirname, "runtime/bootstrap");

export class FunctionProcess {
  readonly #spec: FunctionSpec;
  #api: RuntimeApi | undefined;
  #child: ChildProcess | undefined;
  #onIdle: () => void = () => {};
  #onInitFailed: (error: FunctionError) => void = () => {};
  #resolve: ((result: InvocationResult) => void) | undefined;
  #requestId = "";
  #timedOut = false;

  /** Resolves when the process has exited, for any reason. */
  readonly ended: Promise<void>;
  #markEnded: () => void = () => {};

  private constructor(spec: FunctionSpec) {
    this.#spec = spec;
    this.ended = new Promise((resolve) => {
      this.#markEnded = resolve;
    });
  }

  /** Process identifier, for tests that kill it. */
  get pid(): number | undefined {
    return this.#child?.pid;
  }

  /**
   * Starts a process; resolves when it is ready for its first invocation.
   *
   * @param ending kills the process, also while it starts
   * @throws InitFailed
   */
  static async start(options: ProcessOptions, ending: AbortSignal): Promise<FunctionProcess> {
    const { spec, endpoints, onLogLine, runtime = [BOOTSTRAP] } = options;
    const started = new FunctionProcess(spec);
    const api = await RuntimeApi.start({
      idle: () => started.#onIdle(),
      initFailed: (error) => started.#onInitFailed(error),
      responded: (requestId, result) => started.#responded(requestId, result),
    });
    started.#api = api;
    const child = spawn(process.execPath, runtime, {
      cwd: spec.taskRoot,
      env: functionEnvironment(spec, api.address, endpoints),
      // Nothing is written to standard input. It closes when this process exits, and then the child exits too.
      stdio: ["pipe", "pipe", "pipe"],
    });
    started.#child = child;
    const onEnding = () => started.kill();
    ending.addEventListener("abort", onEnding);
    child.once("exit", () => ending.removeEventListener("abort", onEnding));
    if (ending.aborted) started.kill();
    child.stdin.on("error", () => {});
    forEachLine(child.stdout, onLogLine);
    forEachLine(child.stderr, onLogLine);
    await new Promise<void>((resolve, reject) => {
      started.#onIdle = resolve;
      started.#onInitFailed = (error) => reject(new InitFailed(spec.name, error));
      child.once("error", reject);
      child.once("exit", (code, signal) => {
        started.#exited(code, signal);
        reject(new InitFailed(spec.name, exitError("", code, signal)));
      });
    });
    return started;
  }

  /**
   * Runs one invocation.
   *
   * @returns the response as soon as it begins, and `finished`, which resolves when the process is free again or has exited.
   */
  invoke(invocation: Omit<Invocation, "deadlineMs" | "functionArn">): {
    result: Promise<InvocationResult>;
    finished: Promise<void>;
  } {
    this.#requestId = invocation.requestId;
    const result = new Promise<InvocationResult>((resolve) => {
      this.#resolve = resolve;
    });
    const timer = setTimeout(() => {
      this.#timedOut = true;
      this.kill();
    }, this.#spec.timeoutMs);
    const idle = new Promise<void>((resolve) => {
      this.#onIdle = resolve;
    });
    const finished = Promise.race([idle, this.ended]).finally(() => clearTimeout(timer));
    this.#api?.deliver({
      ...invocation,
      functionArn: this.#spec.arn,
      deadlineMs: Date.now() + this.#spec.timeoutMs,
    });
    return { result, finished };
  }

  /** Ends the process at once. */
  kill(): void {
    this.#child?.kill("SIGKILL");
  }

  #responded(requestId: string, result: InvocationResult): void {
    if (requestId === this.#requestId) this.#resolve?.(result);
    this.#resolve = undefined;
  }

  #exited(code: number | null, signal: NodeJS.Signals | null): void {
    const seconds = (this.#spec.timeoutMs / 1000).toFixed(2);
    const error = this.#timedOut
      ? {
          errorType: "Sandbox.Timedout",
          errorMessage: `RequestId: ${this.#requestId} Error: Task timed out after ${seconds} seconds`,
        }
      : exitError(this.#requestId, code, signal);
    this.#resolve?.({ kind: "error", error });
    this.#resolve = undefined;
    this.#api?.close();
    this.#markEnded();
  }
}

function exitError(requestId: string, code: number | null, signal: NodeJS.Signals | null): FunctionError {
  const how = signal === null ? `exit status ${code}` : `signal: ${signal}`;
  return {
    errorType: "Runtime.ExitError",
    errorMessage: `RequestId: ${requestId} Error: Runtime exited with error: ${how}`,
  };
}

function forEachLine(stream: NodeJS.ReadableStream, onLine: (line: string) => void): void {
  let rest = "";
  stream.setEncoding("utf8");
  stream.on("data", (text: string) => {
    const lines = (rest + text).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) if (line !== "") onLine(line);
  });
  stream.on("end", () => {
    if (rest !== "") onLine(rest);
  });
}
