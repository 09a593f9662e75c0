// A function's first request in a fresh process: loads the bundle, runs one event, prints when it was done. Bundled to CommonJS by the
// benchmark, so that nothing but the function is loaded in the measured time. With JOIN_GROUP it goes on with a share of a core once it is
// loaded, as Lambda's functions do, and with WARM_CALLS it runs the event so many times more.
import { readFileSync, writeFileSync } from "node:fs";
import { Writable } from "node:stream";
import { CONTEXT, installAwsLambda } from "../services/awslambda.ts";

declare const require: (file: string) => { handler: (...args: unknown[]) => Promise<unknown> };

class Discard extends Writable {
  status: number | undefined;

  begin(status: number): void {
    this.status = status;
  }

  override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
    done();
  }
}

async function run(): Promise<void> {
  installAwsLambda();
  const event = JSON.parse(readFileSync(process.env["BENCH_EVENT"] ?? "", "utf8"));
  const { handler } = require(process.env["BENCH_BUNDLE"] ?? "");
  const loadedMs = performance.now();
  const group = process.env["JOIN_GROUP"];
  if (group !== undefined) writeFileSync(group, String(process.pid));
  const call = async () => {
    const stream = new Discard();
    const answer =
      process.env["BENCH_STREAMS"] === "1" ? handler(event, stream, CONTEXT) : handler(event, CONTEXT);
    return (await answer) ?? { statusCode: stream.status };
  };
  const outcome = JSON.stringify(await call());
  const doneMs = performance.now();
  const { user, system } = process.cpuUsage();
  const warmMs: number[] = [];
  for (let left = Number(process.env["WARM_CALLS"] ?? 0); left > 0; left -= 1) {
    const startedAt = performance.now();
    await call();
    warmMs.push(performance.now() - startedAt);
  }
  const figures = { doneMs, loadedMs, cpuMs: (user + system) / 1_000, warmMs, outcome };
  process.stdout.write(`\nfigures ${JSON.stringify(figures)}\n`, () => process.exit(0));
}

void run();
