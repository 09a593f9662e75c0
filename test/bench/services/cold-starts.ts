// Starts of a function in a fresh process, up to its first response.
import { execFile } from "node:child_process";
import { promisify } from "node:util";
import type { GatewayServices } from "./gateway-services.ts";

/**
 * Milliseconds since the start of the process, its CPU time until then, and how much of it belongs to the request, after loading; `result` is
 * the function's return value.
 */
export type ColdFigures = { doneMs: number; cpuMs: number; requestCpuMs: number; result: string };

/** The function to start: a bundle and a file with its event; `streams` for a function with a response stream. */
export type ColdStart = { bundle: string; event: string; streams: boolean; env?: Record<string, string> };

/**
 * Starts a function once.
 *
 * @param program the bundled subject `cold-function`
 * @throws Error if the function fails
 */
export async function startOnce(
  program: string,
  services: Pick<GatewayServices, "environment">,
  { bundle, event, streams, env: more = {} }: ColdStart,
): Promise<ColdFigures> {
  const settings = { BENCH_BUNDLE: bundle, BENCH_EVENT: event, BENCH_STREAMS: streams ? "1" : "" };
  const env = { ...services.environment, ...more, ...settings };
  const { stdout } = await promisify(execFile)(process.execPath, [program], { env, maxBuffer: 64_000_000 });
  const line = /^figures (.*)$/m.exec(stdout)?.[1];
  if (line === undefined) throw new Error(`no figures: ${stdout}`);
  const figures = JSON.parse(line) as ColdFigures;
  if (!/"Allow"|"statusCode":200/.test(figures.result))
    throw new Error(`failed: ${figures.result} ${stdout}`);
  return figures;
}
