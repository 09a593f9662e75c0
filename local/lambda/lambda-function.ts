// One Lambda function: an invocation uses a free process or starts one. Each process handles one invocation at a time and is kept warm.
import { randomUUID } from "node:crypto";
import type { FunctionSpec } from "../template/functions.ts";
import { FunctionProcess, InitFailed, type ProcessOptions } from "./function-process.ts";
import type { InvocationResult } from "./runtime-api.ts";

// Lambda's quota for events: 6 MB, in bytes.
const MAX_EVENT_BYTES = 6_291_556;
// Starting a process needs CPU time: a burst waits for warm processes instead of starting dozens at once.
const MAX_STARTING = 2;
const MAX_PROCESSES = 200;

/** The result of an invocation; `finished` resolves when its process is free again. */
export type InvokeOutcome =
  | (InvocationResult & { readonly finished: Promise<void> })
  | { readonly kind: "event_too_large" }
  | { readonly kind: "throttled" };

export type FunctionOptions = ProcessOptions & {
  /** Maximum number of processes; default 200. */
  readonly maxProcesses?: number | undefined;
  /** Called when invocations start to wait because all processes are busy. */
  readonly onPoolFull?: ((processes: number) => void) | undefined;
};

/** A function that can be invoked. */
export class LambdaFunction {
  readonly spec: FunctionSpec;
  readonly #options: FunctionOptions;
  /** Processes that accept invocations. */
  readonly #processes = new Set<FunctionProcess>();
  /** Processes that have not exited. */
  readonly #living = new Set<FunctionProcess>();
  readonly #idle: FunctionProcess[] = [];
  readonly #waiting: { take: (process: FunctionProcess) => void; fail: (error: unknown) => void }[] = [];
  #running = 0;
  #isPoolFull = false;
  readonly #retired = new WeakSet<FunctionProcess>();
  readonly #ending = new AbortController();
  readonly #starts = new Set<Promise<void>>();

  constructor(options: FunctionOptions) {
    this.spec = options.spec;
    this.#options = options;
  }

  /** Process ids of all running processes. */
  get pids(): number[] {
    return [...this.#living].flatMap(({ pid }) => (pid === undefined ? [] : [pid]));
  }

  /** Starts one process. @throws InitFailed when the function does not initialise. */
  async warm(): Promise<void> {
    await this.#start();
  }

  /** Invokes the function; resolves when its response begins. */
  async invoke(event: unknown, traceId = ""): Promise<InvokeOutcome> {
    const payload = JSON.stringify(event);
    if (Buffer.byteLength(payload) > MAX_EVENT_BYTES) return { kind: "event_too_large" };
    if (this.#running >= (this.spec.reservedConcurrency ?? Number.POSITIVE_INFINITY))
      return { kind: "throttled" };
    this.#running += 1;
    let process: FunctionProcess;
    try {
      process = await this.#acquire();
    } catch (error) {
      this.#running -= 1;
      if (error instanceof InitFailed)
        return { kind: "error", error: error.error, finished: Promise.resolve() };
      throw error;
    }
    const { result, finished } = process.invoke({ requestId: randomUUID(), payload, traceId });
    void finished.then(() => {
      this.#running -= 1;
      this.#release(process);
    });
    return { ...(await result), finished };
  }

  /**
   * Replaces all processes, so that they read the configuration again: a busy process ends after its invocation, a free one
   * when its replacement is ready.
   */
  renew(): void {
    for (const process of this.#processes) this.#retired.add(process);
    this.#start()
      .catch(() => {})
      .finally(() => {
        const retired = this.#idle.filter((idle) => this.#retired.has(idle));
        for (const process of retired) this.#remove(process).kill();
      });
  }

  /** Ends all processes; resolves when they have exited. */
  async close(): Promise<void> {
    this.#ending.abort();
    for (const { fail } of this.#waiting.splice(0)) fail(new Error("the local run is ending"));
    await Promise.allSettled(this.#starts);
    await Promise.all([...this.#living].map(({ ended }) => ended));
  }

  #acquire(): Promise<FunctionProcess> {
    if (this.#ending.signal.aborted) return Promise.reject(new Error("the local run is ending"));
    const free = this.#idle.pop();
    if (free !== undefined) return Promise.resolve(free);
    return new Promise((take, fail) => {
      this.#waiting.push({ take, fail });
      this.#startForWaiting();
    });
  }

  #startForWaiting(): void {
    if (this.#ending.signal.aborted) return;
    const { maxProcesses = MAX_PROCESSES, onPoolFull } = this.#options;
    const room = maxProcesses - this.#processes.size - this.#starts.size;
    const isFull = this.#waiting.length > 0 && this.#processes.size >= maxProcesses;
    if (isFull && !this.#isPoolFull) onPoolFull?.(this.#processes.size);
    this.#isPoolFull = isFull;
    const wanted = Math.min(this.#waiting.length, MAX_STARTING) - this.#starts.size;
    for (let count = Math.min(wanted, room); count > 0; count -= 1) {
      this.#start().catch((error) => this.#waiting.shift()?.fail(error));
    }
  }

  async #start(): Promise<void> {
    const start = this.#startOne();
    this.#starts.add(start);
    try {
      await start;
    } finally {
      this.#starts.delete(start);
      this.#startForWaiting();
    }
  }

  async #startOne(): Promise<void> {
    const started = await FunctionProcess.start(this.#options, this.#ending.signal);
    this.#processes.add(started);
    this.#living.add(started);
    void started.ended.then(() => {
      this.#living.delete(started);
      this.#remove(started);
    });
    this.#release(started);
  }

  #release(process: FunctionProcess): void {
    if (!this.#processes.has(process)) return;
    if (this.#retired.has(process)) {
      this.#remove(process).kill();
      return;
    }
    const next = this.#waiting.shift();
    if (next !== undefined) {
      next.take(process);
      return;
    }
    this.#isPoolFull = false;
    if (!this.#idle.includes(process)) this.#idle.push(process);
  }

  #remove(process: FunctionProcess): FunctionProcess {
    this.#processes.delete(process);
    const at = this.#idle.indexOf(process);
    if (at !== -1) this.#idle.splice(at, 1);
    this.#startForWaiting();
    return process;
  }
}
