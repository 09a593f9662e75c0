// Calls a streaming handler as Lambda's runtime does: with events, without an HTTP server. Messages from the parent process set the
// concurrency and the duration. Log lines go to standard output, as on Lambda.
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { authorizerEvent, proxyEvent } from "../services/events.ts";
import type { InvokeTask } from "../services/processes.ts";
import { CONTEXT, installAwsLambda, type StreamingHandler } from "../services/runtime.ts";

type Authorizer = (event: object) => Promise<{ context: object }>;

/** Events of one caller, used in rotation. */
const EVENTS = 64;

installAwsLambda();
const load = createRequire(import.meta.url);
const { handler } = load(process.env["HANDLER_BUNDLE"] ?? "") as { handler: StreamingHandler };
const { handler: authorize } = load(process.env["AUTHORIZER_BUNDLE"] ?? "") as { handler: Authorizer };
const eventsByCaller = new Map<string, object[]>();

process.on("message", (task: InvokeTask) => void run(task).then((result) => process.send?.(result)));
console.log("port 1");

async function run(task: InvokeTask): Promise<number | number[] | string> {
  const { token, server, body, headers, connections, ms, times } = task;
  const key = JSON.stringify([server, token, body, headers]);
  const events = eventsByCaller.get(key) ?? (await makeEvents(task));
  eventsByCaller.set(key, events);
  const next = () => events[Math.floor(Math.random() * EVENTS)] as object;
  if (times === 0) return (await invoke(next())).headers["mcp-session-id"] ?? "";
  if (times === undefined) return await countCalls(next, connections, ms);
  const perConnection = Array.from({ length: connections }, () => firstEventTimes(next, times));
  return (await Promise.all(perConnection)).flat();
}

/** Parses each event from text, as the runtime does. */
async function makeEvents({ token, server, body, headers }: InvokeTask): Promise<object[]> {
  const { context } = await authorize(authorizerEvent(token, server));
  const text = JSON.stringify(proxyEvent(token, context, body, server, { method: "POST", headers }));
  return Array.from({ length: EVENTS }, () => JSON.parse(text) as object);
}

async function countCalls(next: () => object, connections: number, ms: number): Promise<number> {
  const endAt = performance.now() + ms;
  let calls = 0;
  const keepCalling = async () => {
    while (performance.now() < endAt) {
      await invoke(next());
      calls += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, keepCalling));
  return calls;
}

async function firstEventTimes(next: () => object, times: number): Promise<number[]> {
  const micros: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const startedAt = performance.now();
    const { firstByteAt = Number.NaN } = await invoke(next());
    micros.push((firstByteAt - startedAt) * 1_000);
  }
  return micros;
}

async function invoke(event: object): Promise<Response> {
  const response = new Response();
  await handler(event, response, CONTEXT);
  if (response.status !== 200) throw new Error(`the handler responded with ${response.status}`);
  return response;
}

class Response extends Writable {
  status: number | undefined;
  headers: Readonly<Record<string, string>> = {};
  firstByteAt: number | undefined;

  begin(status: number, headers: Record<string, string>): void {
    this.status = status;
    this.headers = headers;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length > 0) this.firstByteAt ??= performance.now();
    done();
  }
}
