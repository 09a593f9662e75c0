// The functions' bundles as a deployment would upload them: taken from the synthesised stack, not built by the benchmark's own rules.
import { statSync } from "node:fs";
import { join } from "node:path";
import { readConfigSource } from "../../../infra/config-source.ts";
import { synthesise } from "../../../infra/local/synthesise.ts";
import { readFunctions } from "../../../infra/local/template/functions.ts";

export type FunctionName = "authorizer" | "proxy" | "metadata";

/** Bundle files by function, and their sizes. `remove` deletes them. */
export type Bundles = {
  files: Record<FunctionName, string>;
  kilobytes: Record<FunctionName, number>;
  remove(): Promise<void>;
};

/** Synthesises the stack of the example configuration. */
export async function buildBundles(): Promise<Bundles> {
  const configSource = readConfigSource(join(import.meta.dirname, "..", "..", "..", "config"));
  const stack = await synthesise({ stage: "bench", configSource, publicUrl: "https://mcp.example.com" });
  const specs = readFunctions(stack, () => true);
  const fileOf = (name: string) => {
    const spec = specs.find((candidate) => candidate.name.toLowerCase().includes(`${name}function`));
    if (spec === undefined)
      throw new Error(`the template has no function ${name}: ${specs.map((s) => s.name)}`);
    return join(spec.taskRoot, "index.js");
  };
  const files = { authorizer: fileOf("authorizer"), proxy: fileOf("proxy"), metadata: fileOf("metadata") };
  const kilobytes = Object.fromEntries(
    Object.entries(files).map(([name, file]) => [name, statSync(file).size / 1_000]),
  ) as Record<FunctionName, number>;
  return { files, kilobytes, remove: stack.remove };
}
