// Starts of a function in a fresh process, up to its first answer.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { type BuildOptions, build } from "esbuild";
import type { GatewayServices } from "./gateway-services.ts";

/** Milliseconds from the start of the process; `outcome` is the answer. */
export type ColdFigures = {
  doneMs: number;
  loadedMs: number;
  cpuMs: number;
  /** how long each call after the first took */
  warmMs: number[];
  outcome: string;
};

/** What is started: a bundle and a file with its event; `streams` for a function that answers by a stream. */
export type ColdStart = { bundle: string; event: string; streams: boolean; env?: Record<string, string> };

/** Bundles a subject as the functions are; gives its file. `cold-function` is the program of {@link startOnce}. */
export async function bundleSubject(subject: string, folder: string): Promise<string> {
  const outfile = join(folder, `${subject}.cjs`);
  const entryPoints = [join(import.meta.dirname, "..", "subjects", `${subject}.ts`)];
  const format = {
    platform: "node",
    target: "node24",
    format: "cjs",
    mainFields: ["module", "main"],
  } satisfies BuildOptions;
  await build({ entryPoints, outfile, bundle: true, minify: true, ...format, logLevel: "error" });
  return outfile;
}

/** Makes one. @throws Error where the answer is not a good one */
export async function startOnce(
  program: string,
  services: Pick<GatewayServices, "environment">,
  { bundle, event, streams, env: more = {} }: ColdStart,
): Promise<ColdFigures> {
  const env = {
    ...services.environment,
    ...more,
    BENCH_BUNDLE: bundle,
    BENCH_EVENT: event,
    BENCH_STREAMS: streams ? "1" : "",
  };
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env, maxBuffer: 64_000_000 });
  const line = /^figures (.*)$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`no figures: ${stdout}`);
  const figures = JSON.parse(line) as ColdFigures;
  if (!/"Allow"|"statusCode":200/.test(figures.outcome))
    throw new Error(`a wrong answer: ${figures.outcome} ${stdout}`);
  return figures;
}
