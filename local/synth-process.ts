// Synthesises the stack in a child process: bundling blocks and writes to the terminal, and the CDK needs memory that a running
// gateway does not. Reads options as JSON from standard input, writes a JSON result to file descriptor 3.
import { readFileSync, writeFileSync } from "node:fs";
import { buildApp } from "../infra/gateway-app.ts";
import type { SynthResult } from "./synthesise.ts";

function synthesise(): SynthResult {
  try {
    const { stage, configSource, publicUrl, outdir } = JSON.parse(readFileSync(0, "utf8"));
    const app = buildApp({ stage, configSource, publicUrl, outdir });
    const [stack] = app.synth().stacks;
    if (stack === undefined) throw new Error("the app has no stack");
    return { ok: true, templateFile: stack.templateFullPath };
  } catch (error) {
    return { ok: false, message: (error as Error).message };
  }
}

writeFileSync(3, JSON.stringify(synthesise()));
