// A function's first request in a fresh process: loads the bundle, runs one event, prints the figures. The benchmark bundles it to CommonJS,
// so that only the function is loaded in the measured time.
import { readFileSync } from "node:fs";
import { Writable } from "node:stream";
import { CONTEXT, installAwsLambda } from "../services/runtime.ts";

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
  const stream = new Discard();
  const streams = process.env["BENCH_STREAMS"] === "1";
  const result = (await (streams ? handler(event, stream, CONTEXT) : handler(event, CONTEXT))) ?? {
    statusCode: stream.status,
  };
  const doneMs = performance.now();
  const { user, system } = process.cpuUsage();
  const figures = { doneMs, cpuMs: (user + system) / 1_000, result: JSON.stringify(result) };
  process.stdout.write(`\nfigures ${JSON.stringify(figures)}\n`, () => process.exit(0));
}

void run();
