// The proxy's handler from the deployed bundle, called as Lambda's runtime calls it: with events, and no HTTP server before it. Told by
// messages how many calls to keep going and for how long. Audit lines go to standard output, as on Lambda. What the runtime does itself,
// to fetch an event and to parse it, is no part of it.
import { createRequire } from "node:module";
import { Writable } from "node:stream";
import { CONTEXT, installAwsLambda, type StreamingHandler } from "../services/awslambda.ts";
import { authorizerEvent, CALL_BODY, proxyEvent } from "../services/events.ts";
import type { DirectTask } from "../services/processes.ts";

type Authorizer = (event: object) => Promise<{ context: object }>;

installAwsLambda();
const load = createRequire(import.meta.url);
const { handler: proxy } = load(process.env["PROXY_BUNDLE"] ?? "") as { handler: StreamingHandler };
const { handler: authorize } = load(process.env["AUTHORIZER_BUNDLE"] ?? "") as { handler: Authorizer };
const events = new Map<string, readonly object[]>();
/** Events that take turns: none is the one that was just read. */
const EVENTS = 64;

process.on("message", (task: DirectTask) => void run(task).then((answer) => process.send?.(answer)));
console.log("port 1");

async function run({ token, server, connections, ms, times }: DirectTask): Promise<number | number[]> {
  const key = `${server} ${token}`;
  const own = events.get(key) ?? (await eventsOf(token, server));
  events.set(key, own);
  if (times === undefined) return await callFor(own, connections, ms);
  const onEach = Array.from({ length: connections }, () => firstEvents(own, times));
  return (await Promise.all(onEach)).flat();
}

// Each parsed from text, as the runtime does.
async function eventsOf(token: string, server: string): Promise<object[]> {
  const { context } = await authorize(authorizerEvent(token, server));
  const text = JSON.stringify(proxyEvent(token, context, CALL_BODY, server));
  return Array.from({ length: EVENTS }, () => JSON.parse(text) as object);
}

async function callFor(own: readonly object[], connections: number, ms: number): Promise<number> {
  const endAt = performance.now() + ms;
  let answered = 0;
  let next = 0;
  const callOn = async () => {
    while (performance.now() < endAt) {
      const stream = new Client();
      next += 1;
      await proxy(own[next % EVENTS] as object, stream, CONTEXT);
      if (stream.status !== 200) throw new Error(`the proxy answered ${stream.status}`);
      answered += 1;
    }
  };
  await Promise.all(Array.from({ length: connections }, callOn));
  return answered;
}

async function firstEvents(own: readonly object[], times: number): Promise<number[]> {
  const results: number[] = [];
  for (let index = 0; index < times; index += 1) {
    const stream = new Client();
    const startedAt = performance.now();
    await proxy(own[index % EVENTS] as object, stream, CONTEXT);
    if (stream.firstByteAt === undefined) throw new Error("no event");
    results.push((stream.firstByteAt - startedAt) * 1_000);
  }
  return results;
}

class Client extends Writable {
  status: number | undefined;
  firstByteAt: number | undefined;

  begin(status: number): void {
    this.status = status;
  }

  override _write(chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    if (chunk.length > 0) this.firstByteAt ??= performance.now();
    done();
  }
}
