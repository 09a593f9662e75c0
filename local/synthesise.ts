// Synthesises the template and bundles that a deployment of a configuration would use.
import { spawn } from "node:child_process";
import { readFile, rm } from "node:fs/promises";
import type { Readable } from "node:stream";
import { text } from "node:stream/consumers";
import type { ConfigSource } from "../infra/config-source.ts";
import { programPath } from "../infra/package-paths.ts";
import { makeOutputFolder } from "./output-folder.ts";
import { assetFolders, type SynthesisedStack } from "./template/cloudformation.ts";

const SYNTH_PROCESS = programPath(import.meta.dirname, "synth-process");

export type SynthResult =
  | { readonly ok: true; readonly templateFile: string }
  | { readonly ok: false; readonly message: string };

export type SynthOptions = {
  readonly stage: string;
  readonly configSource: ConfigSource;
  readonly publicUrl: string;
};

/** A synthesised stack with its folder, which `remove` deletes. */
export type StackOnDisk = SynthesisedStack & { remove(): Promise<void> };

/** Synthesises into a temporary folder. @throws Error with the configuration errors or the output of the bundler */
export async function synthesise(options: SynthOptions, signal?: AbortSignal): Promise<StackOnDisk> {
  const outdir = await makeOutputFolder();
  const remove = () => rm(outdir, { recursive: true, force: true });
  try {
    const templateFile = await runSynthesis({ ...options, outdir }, signal);
    const template = JSON.parse(await readFile(templateFile, "utf8"));
    const manifest = JSON.parse(
      await readFile(templateFile.replace(/\.template\.json$/, ".assets.json"), "utf8"),
    );
    return { template, assetFolders: assetFolders(manifest, outdir), remove };
  } catch (error) {
    await remove();
    throw error;
  }
}

function killGroup(pid: number | undefined): void {
  try {
    if (pid !== undefined) process.kill(-pid, "SIGKILL");
  } catch (error) {
    // The process has already exited.
    if ((error as NodeJS.ErrnoException).code !== "ESRCH") throw error;
  }
}

async function runSynthesis(options: object, signal: AbortSignal | undefined): Promise<string> {
  signal?.throwIfAborted();
  const child = spawn(process.execPath, [SYNTH_PROCESS], {
    stdio: ["pipe", "pipe", "pipe", "pipe"],
    // Its own process group, so that the bundler ends with it.
    detached: true,
  });
  const stop = () => killGroup(child.pid);
  signal?.addEventListener("abort", stop);
  child.stdin.on("error", () => {}).end(JSON.stringify(options));
  const closed = new Promise<void>((resolve, reject) => {
    child.once("error", reject);
    child.once("close", () => {
      signal?.removeEventListener("abort", stop);
      resolve();
    });
  });
  const [resultText, output, errors] = await Promise.all([
    text(child.stdio[3] as Readable),
    text(child.stdout),
    text(child.stderr),
    closed,
  ]);
  signal?.throwIfAborted();
  if (resultText === "") throw new Error(`The stack was not synthesised:\n${output}${errors}`);
  const result = JSON.parse(resultText) as SynthResult;
  if (result.ok) return result.templateFile;
  // The bundler reports code errors on its own output.
  throw new Error(result.message.includes("esbuild") ? `${result.message}\n${errors}` : result.message);
}
