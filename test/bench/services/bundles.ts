// The functions' bundles from the synthesised stack, as a deployment uploads them, and other programs bundled with the same options.
import { readdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { build } from "esbuild";
import { BUNDLING } from "../../../build/function-bundles.ts";
import { readConfigSource } from "../../../infra/config-source.ts";
import { synthesise } from "../../../local/synthesise.ts";
import { readFunctions } from "../../../local/template/functions.ts";

export type FunctionName = "authorizer" | "proxy" | "combined" | "metadata";

/** Bundle files by function, and their sizes with the files that they load, but without packages beside them. `remove` deletes the files. */
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
  const specOf = (name: FunctionName) => {
    const spec = specs.find((candidate) => candidate.name.toLowerCase().includes(`${name}function`));
    if (spec === undefined)
      throw new Error(`the template has no function ${name}: ${specs.map((s) => s.name)}`);
    return spec;
  };
  const specsOf = {
    authorizer: specOf("authorizer"),
    proxy: specOf("proxy"),
    combined: specOf("combined"),
    metadata: specOf("metadata"),
  };
  const of = <Value>(read: (spec: (typeof specs)[number]) => Value) =>
    Object.fromEntries(Object.entries(specsOf).map(([name, spec]) => [name, read(spec)])) as Record<
      FunctionName,
      Value
    >;
  const fileOf = ({ taskRoot }: (typeof specs)[number]) => join(taskRoot, "index.js");
  return {
    files: of(fileOf),
    kilobytes: of(({ taskRoot }) => {
      const code = readdirSync(taskRoot).filter((name) => name.endsWith(".js"));
      return code.reduce((sum, name) => sum + statSync(join(taskRoot, name)).size / 1_000, 0);
    }),
    remove: stack.remove,
  };
}

/**
 * Bundles a subject with the options of the functions, but with the SDK's default credential provider chain.
 *
 * @returns the file
 */
export async function bundleSubject(subject: string, folder: string): Promise<string> {
  const outfile = join(folder, `${subject}.cjs`);
  const entryPoints = [join(import.meta.dirname, "..", "subjects", `${subject}.ts`)];
  await build({ ...BUNDLING, alias: {}, entryPoints, outfile });
  return outfile;
}
