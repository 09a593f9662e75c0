// Functions in processes: one invocation at a time each, warm ones first, errors, timeouts, replacement, and no orphans.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { afterEach, describe, expect, test } from "vitest";
import { type FunctionOptions, LambdaFunction } from "../../../local/lambda/lambda-function.ts";
import type { FunctionSpec } from "../../../local/template/functions.ts";

const cleanup: (() => Promise<void>)[] = [];
afterEach(async () => {
  for (const step of cleanup.splice(0).reverse()) await step();
});

async function functionOf(
  code: string,
  settings: Partial<FunctionSpec> = {},
  file = "index.js",
  more: Partial<FunctionOptions> = {},
) {
  const taskRoot = await mkdtemp(join(tmpdir(), "function-"));
  await writeFile(join(taskRoot, file), code);
  const logs: string[] = [];
  const spec: FunctionSpec = {
    name: "fixture",
    arn: "arn:aws:lambda:us-east-1:123456789012:function:fixture",
    taskRoot,
    handler: "index.handler",
    environment: { COLOUR: "blue" },
    timeoutMs: 10_000,
    memoryMb: 256,
    logFormat: "JSON",
    reservedConcurrency: undefined,
    ...settings,
  };
  const made = new LambdaFunction({
    spec,
    endpoints: { AWS_ENDPOINT_URL_SSM: "http://127.0.0.1:1" },
    onLogLine: (line) => logs.push(line),
    ...more,
  });
  cleanup.push(
    () => rm(taskRoot, { recursive: true }),
    () => made.close(),
  );
  return { made, logs, taskRoot };
}

async function outcome(made: LambdaFunction, event: unknown = {}): Promise<unknown> {
  const response = await made.invoke(event);
  if (response.kind !== "response")
    return response.kind === "error" ? { kind: "error", error: response.error } : response;
  const result = JSON.parse(await text(response.body));
  await response.finished;
  return result;
}

const PID = `exports.handler = async (event) => { await new Promise((r) => setTimeout(r, event.ms ?? 0)); return process.pid; };`;

describe("function processes", () => {
  test("a warm process is reused", async () => {
    const { made } = await functionOf(PID);
    await made.warm();
    const [warm] = made.pids;
    expect([await outcome(made), await outcome(made)]).toEqual([warm, warm]);
  });

  test("each process runs one invocation at a time; concurrency starts more", async () => {
    const { made } = await functionOf(PID);
    const pids = await Promise.all([1, 2, 3].map(() => outcome(made, { ms: 1500 })));
    expect(new Set(pids).size).toBe(3);
  });

  test("a burst of short invocations does not start a process for each", async () => {
    const { made } = await functionOf(PID);
    await made.warm();
    const pids = await Promise.all(Array.from({ length: 60 }, () => outcome(made)));
    // One, and more only while the machine is too busy for it.
    expect(new Set(pids).size).toBeLessThan(30);
  });

  test("a killed process is replaced", async () => {
    const { made } = await functionOf(PID);
    await made.warm();
    const [first = 0] = made.pids;
    process.kill(first, "SIGKILL");
    while (made.pids.length > 0) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await outcome(made)).not.toBe(first);
  });

  test("renewed processes are replaced after their running invocation ends", async () => {
    const { made } = await functionOf(PID);
    await made.warm();
    const [old] = made.pids;
    const running = outcome(made, { ms: 500 });
    made.renew();
    expect(await running).toBe(old);
    while (made.pids.includes(old ?? 0)) await new Promise((resolve) => setTimeout(resolve, 10));
    expect(await outcome(made)).not.toBe(old);
  });

  test("a full pool is reported once each time that invocations wait for it", async () => {
    const reports: number[] = [];
    const pool = { maxProcesses: 2, onPoolFull: (processes: number) => reports.push(processes) };
    const { made } = await functionOf(PID, {}, "index.js", pool);
    const burst = () => Promise.all([1, 2, 3, 4].map(() => outcome(made, { ms: 1000 })));
    expect(new Set(await burst()).size).toBe(2);
    expect(reports).toEqual([2]);
    await outcome(made);
    await burst();
    expect(reports).toEqual([2, 2]);
  });

  test("a pool that no invocation waits for is not reported as full", async () => {
    const reports: number[] = [];
    const pool = { maxProcesses: 2, onPoolFull: (processes: number) => reports.push(processes) };
    const { made } = await functionOf(PID, {}, "index.js", pool);
    await Promise.all([1, 2].map(() => outcome(made, { ms: 1000 })));
    expect(reports).toEqual([]);
  });

  test("close ends all processes, even one that is starting", async () => {
    const { made } = await functionOf(PID);
    await made.warm();
    const running = outcome(made, { ms: 60_000 });
    const starting = outcome(made, { ms: 60_000 }).catch((error: Error) => error.message);
    const pids = made.pids;
    await made.close();
    expect(made.pids).toEqual([]);
    for (const pid of pids) expect(() => process.kill(pid, 0)).toThrow("ESRCH");
    expect(await running).toMatchObject({ kind: "error" });
    expect(await starting).toBe("the local run is ending");
  });
});

describe("the function's environment", () => {
  test("has the template's variables and Lambda's, local endpoints and dummy credentials, and nothing else", async () => {
    process.env["AWS_PROFILE"] = "production";
    process.env["LOCAL_SECRET"] = "x";
    const { made, taskRoot } = await functionOf(`exports.handler = async () => process.env;`);
    const environment = (await outcome(made)) as Record<string, string>;
    delete process.env["AWS_PROFILE"];
    delete process.env["LOCAL_SECRET"];
    expect(environment).toMatchObject({
      COLOUR: "blue",
      AWS_ENDPOINT_URL_SSM: "http://127.0.0.1:1",
      AWS_ACCESS_KEY_ID: "local",
      AWS_REGION: "us-east-1",
      AWS_LAMBDA_FUNCTION_NAME: "fixture",
      AWS_LAMBDA_FUNCTION_MEMORY_SIZE: "256",
      LAMBDA_TASK_ROOT: taskRoot,
      _HANDLER: "index.handler",
    });
    expect(environment).not.toHaveProperty("AWS_PROFILE");
    expect(environment).not.toHaveProperty("LOCAL_SECRET");
  });

  test("the context has the function's identity and the remaining time", async () => {
    const { made } = await functionOf(
      `exports.handler = async (event, context) => ({ ...context, left: context.getRemainingTimeInMillis() });`,
    );
    const context = (await outcome(made)) as Record<string, unknown>;
    expect(context).toMatchObject({
      functionName: "fixture",
      functionVersion: "$LATEST",
      memoryLimitInMB: "256",
      invokedFunctionArn: "arn:aws:lambda:us-east-1:123456789012:function:fixture",
    });
    expect(context["left"]).toBeGreaterThan(1000);
    expect(context["left"]).toBeLessThanOrEqual(10_000);
  });

  test("an ES module is loaded as an ES module", async () => {
    const { made } = await functionOf(
      `export const handler = async () => import.meta.url.endsWith("index.mjs");`,
      {},
      "index.mjs",
    );
    expect(await outcome(made)).toBe(true);
  });
});

describe("function failures", () => {
  test.each<[string, string, object]>([
    ["an error", `throw new RangeError("too far")`, { errorType: "RangeError", errorMessage: "too far" }],
    ["something thrown that is no error", `throw "text"`, { errorType: "string", errorMessage: "text" }],
    [
      "an exit",
      `process.exit(3)`,
      {
        errorType: "Runtime.ExitError",
        errorMessage: expect.stringMatching(/Runtime exited with error: exit status 3$/),
      },
    ],
    [
      "an uncaught exception",
      `setTimeout(() => { throw new Error("later") }); await new Promise(() => {})`,
      { errorType: "Error", errorMessage: "later" },
    ],
    [
      "an unhandled rejection",
      `void Promise.reject(new Error("lost")); await new Promise(() => {})`,
      { errorType: "Error", errorMessage: "lost" },
    ],
  ])("%s causes an error of that invocation only", async (_name, statement, error) => {
    const { made } = await functionOf(
      `exports.handler = async (event) => { if (event.fail) { ${statement} } return "fine"; };`,
    );
    expect(await outcome(made, { fail: true })).toEqual({ kind: "error", error });
    expect(await outcome(made)).toBe("fine");
  });

  test("a function that times out is killed and replaced", async () => {
    const { made } = await functionOf(
      `exports.handler = async (event) => { if (event.hang) for (;;); return process.pid; };`,
      { timeoutMs: 1000 },
    );
    const first = await outcome(made);
    expect(await outcome(made, { hang: true })).toEqual({
      kind: "error",
      error: {
        errorType: "Sandbox.Timedout",
        errorMessage: expect.stringMatching(
          /^RequestId: [0-9a-f-]{36} Error: Task timed out after 1\.00 seconds$/,
        ),
      },
    });
    expect(await outcome(made)).not.toBe(first);
  });

  test.each<[string, string, string]>([
    ["a bundle that throws", `throw new Error("no such table")`, "Error: no such table"],
    [
      "a handler that is not there",
      `exports.other = 1`,
      "Runtime.HandlerNotFound: index.handler is undefined or not exported",
    ],
    [
      "a handler with a callback",
      `exports.handler = (event, context, callback) => callback()`,
      "Runtime.CallbackHandlerDeprecated",
    ],
    ["a bundle that exits", `process.exit(7)`, "exit status 7"],
  ])("%s does not start, and says why", async (_name, code, message) => {
    const { made } = await functionOf(code);
    await expect(made.warm()).rejects.toThrow(`The function fixture does not start`);
    await expect(made.warm()).rejects.toThrow(message);
    expect(await outcome(made)).toMatchObject({ kind: "error" });
  });

  test("an event of more than 6 MB is not delivered", async () => {
    const { made } = await functionOf(PID);
    expect(await outcome(made, "x".repeat(6_291_555))).toEqual({ kind: "event_too_large" });
  });

  test("invocations above the reserved concurrency are throttled", async () => {
    const { made } = await functionOf(PID, { reservedConcurrency: 1 });
    const first = outcome(made, { ms: 1000 });
    expect(await outcome(made)).toEqual({ kind: "throttled" });
    await first;
  });
});

describe("logs", () => {
  test("are JSON lines with level and request identifier", async () => {
    const { made, logs } = await functionOf(
      `exports.handler = async () => { console.log({ a: 1 }); console.warn("careful %s", "now"); console.error("bad", new TypeError("x")); return 1; };`,
    );
    await outcome(made);
    await made.close();
    const lines = logs.map((line) => JSON.parse(line));
    expect(lines).toMatchObject([
      { level: "INFO", message: { a: 1 } },
      { level: "WARN", message: "careful now" },
      { level: "ERROR", message: "bad TypeError: x", errorType: "TypeError", errorMessage: "x" },
    ]);
    expect(lines[0].requestId).toMatch(/^[0-9a-f-]{36}$/);
  });

  test("are text lines if the template does not set JSON", async () => {
    const { made, logs } = await functionOf(
      `exports.handler = async () => { console.info("two\\nlines"); return 1; };`,
      { logFormat: "Text" },
    );
    await outcome(made);
    await made.close();
    expect(logs[0]).toMatch(/^\d{4}-\S+Z\t[0-9a-f-]{36}\tINFO\ttwo\rlines$/);
  });
});

test("processes exit when their parent is killed with SIGKILL", async () => {
  const { taskRoot } = await functionOf(PID);
  const module = (path: string) => JSON.stringify(join(import.meta.dirname, "../../../local", path));
  const script = `
    const { LambdaFunction } = await import(${module("lambda/lambda-function.ts")});
    const spec = { name: "f", arn: "a", taskRoot: ${JSON.stringify(taskRoot)}, handler: "index.handler", environment: {}, timeoutMs: 1000, memoryMb: 128, logFormat: "JSON" };
    const made = new LambdaFunction({ spec, endpoints: {}, onLogLine() {} });
    await made.warm();
    console.log(made.pids[0]);
    setInterval(() => {}, 1000);`;
  const parent = spawn(process.execPath, ["--input-type=module", "-e", script]);
  const [output] = (await once(parent.stdout, "data")) as [Buffer];
  const pid = Number(output.toString());
  expect(() => process.kill(pid, 0)).not.toThrow();
  parent.kill("SIGKILL");
  while (isAlive(pid)) await new Promise((resolve) => setTimeout(resolve, 20));
});

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}
