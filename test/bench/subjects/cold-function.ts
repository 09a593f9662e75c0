// A function's first request in a fresh process: loads the bundle, runs one event, prints the figures. The benchmark bundles it to CommonJS,
// so that only the function is loaded in the measured time.
import { readFileSync } from "node:fs";
import { Writable } from "node:stream";
import { CONTEXT, installAwsLambda } from "../services/runtime.ts";

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
  const { handler } = await import(process.env["BENCH_BUNDLE"] ?? "");
  const loaded = process.cpuUsage();
  const stream = new Discard();
  const streams = process.env["BENCH_STREAMS"] === "1";
  const result = (await (streams ? handler(event, stream, CONTEXT) : handler(event, CONTEXT))) ?? {
    statusCode: stream.status,
  };
  const doneMs = process.uptime() * 1_000;
  const figures = {
    doneMs,
    cpuMs: milliseconds(process.cpuUsage()),
    requestCpuMs: milliseconds(process.cpuUsage(loaded)),
    result: JSON.stringify(result),
  };
  process.stdout.write(`\nfigures ${JSON.stringify(figures)}\n`, () => process.exit(0));
}

function milliseconds({ user, system }: NodeJS.CpuUsage): number {
  return (user + system) / 1_000;
}

void run();
