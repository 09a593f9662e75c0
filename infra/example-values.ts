// Finds example values: Descope ids that contain "example", and reserved host names (RFC 2606). A gateway deployed with one of them would
// deny every caller, or redirect callers to another host.
import { dirname, join, resolve } from "node:path";
import { formatPath } from "../functions/core/config/faults.ts";
import { scanJson } from "../functions/core/config/parse-config.ts";
import { terminalText } from "../functions/core/safe-text.ts";
import { type ConfigSource, readConfigSource } from "./config-source.ts";
import { PACKAGE_ROOT } from "./package-paths.ts";

const EXAMPLE_ID = /(?<![A-Za-z0-9])(?:P\d?|MS\d?)example[A-Za-z0-9]*/i;
const EXAMPLE_HOST =
  /(?<![A-Za-z0-9-])(?:[A-Za-z0-9-]+\.)*(?:example\.(?:com|net|org)|[A-Za-z0-9-]+\.example)(?![A-Za-z0-9-])/i;

/** The repository's examples, recognised by their location. */
const EXAMPLES = [join(PACKAGE_ROOT, "config"), join(PACKAGE_ROOT, "examples/cdk-app/config")];

/** Context key with which tests and the local run, which deploy nothing, skip this check. */
export const EXAMPLES_ALLOWED_CONTEXT = "mcp-gateway:examplesAllowed";

/** The example host in a text; undefined without one. */
export function exampleHostIn(text: string): string | undefined {
  return EXAMPLE_HOST.exec(text)?.[0];
}

/** True for the starter as `init` writes it, and for one of the repository's examples in its own place while all of it is an example. */
export function isUntouchedExample(source: ConfigSource): boolean {
  if (isStarter(source)) return true;
  if (!EXAMPLES.includes(dirname(resolve(source.gateway.file)))) return false;
  return [source.gateway, ...source.servers].every(({ text }) =>
    stringsIn(text).every(({ path, value }) => isExampleLike(path, value)),
  );
}

function isStarter({ gateway, servers }: ConfigSource): boolean {
  const original = readConfigSource(join(PACKAGE_ROOT, "starter/config"));
  const texts = (source: ConfigSource["servers"]) => source.map(({ name, text }) => [name, text]);
  return (
    gateway.text === original.gateway.text &&
    JSON.stringify(texts(servers)) === JSON.stringify(texts(original.servers))
  );
}

/** One line for each example id and host in the configuration: file, line, path, and what to do. */
export function exampleFaults(source: ConfigSource): string[] {
  return [source.gateway, ...source.servers].flatMap(({ file, text }) =>
    stringsIn(text).flatMap(({ path, line, value }) => {
      const id = EXAMPLE_ID.exec(value)?.[0];
      const found = id ?? exampleHostIn(value);
      if (found === undefined) return [];
      const advice = id === undefined ? "Set the real host." : "Set the id that the Descope console shows.";
      return [terminalText(`${file}:${line}: ${path}: ${found} is an example. ${advice}`)];
    }),
  );
}

/** Whether a value is an id or a URL that is not an example. */
function isExampleLike(path: string, value: string): boolean {
  const isReal = /^https?:\/\//i.test(value) || /(?:^|\.)(?:project_id|mcp_server_id)$/.test(path);
  return !isReal || EXAMPLE_ID.test(value) || exampleHostIn(value) !== undefined;
}

/** Every string value of a JSON text, with its path and line. Invalid JSON is reported elsewhere. */
function stringsIn(text: string): { path: string; line: number; value: string }[] {
  const { faults, lines } = scanJson(text);
  if (faults.some(({ path }) => path === "")) return [];
  const walk = (
    value: unknown,
    keys: readonly (string | number)[],
  ): { path: string; line: number; value: string }[] => {
    if (typeof value === "string") {
      const path = formatPath(keys);
      return [{ path, line: lines.get(path) ?? 1, value }];
    }
    if (typeof value !== "object" || value === null) return [];
    const isList = Array.isArray(value);
    return Object.entries(value)
      .filter(([key]) => key !== "$schema")
      .flatMap(([key, item]) => walk(item, [...keys, isList ? Number(key) : key]));
  };
  return walk(JSON.parse(text), []);
}
