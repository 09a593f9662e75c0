// A function's first request in a fresh process: loads the bundle, runs one event, prints when it was done. Bundled to CommonJS by the
// benchmark, so that nothing but the function is loaded in the measured time.
import { readFileSync, writeSync } from "node:fs";
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
  const loadedAt = performance.now();
  const stream = new Discard();
  const answer =
    process.env["BENCH_STREAMS"] === "1" ? handler(event, stream, CONTEXT) : handler(event, CONTEXT);
  const outcome = JSON.stringify((await answer) ?? { statusCode: stream.status });
  const { user, system } = process.cpuUsage();
  const figures = { doneMs: performance.now(), loadedMs: loadedAt, cpuMs: (user + system) / 1_000, outcome };
  writeSync(1, `\nfigures ${JSON.stringify(figures)}\n`);
  process.exit(0);
}

void run();
