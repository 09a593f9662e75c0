// Values for the `{{ssm:/name}}` references of a configuration on this machine, from a JSON file. No message contains a value or any
// text of the file.
import { existsSync, readFileSync, statSync } from "node:fs";
import { secretNames } from "../functions/core/config/secret-references.ts";
import { isJsonObject, readJson } from "../functions/core/json.ts";
import type { ConfigSource } from "../infra/config-source.ts";

/** Values by the name of their reference, such as `/mcp-gateway-secrets/prod/tools-key`. */
export type Secrets = ReadonlyMap<string, string>;

const EXAMPLE = '{ "/mcp-gateway-secrets/prod/tools-key": "the value" }';
const FOR_OTHERS = 0o077;

/**
 * Opens the secrets of a local run.
 *
 * @param file as named on the command line; undefined: `fallback`, which need not exist
 * @param report called with errors while the gateway runs; the previous values then stay in effect
 * @returns reads the file again for a configuration; throws the first time if the file is invalid or a reference has no value
 */
export function openSecrets(
  file: string | undefined,
  fallback: string,
  report: (text: string) => void,
): (source: ConfigSource) => Secrets {
  let known: Secrets | undefined;
  let warned = false;
  const warn = (text: string) => {
    if (!warned) report(text);
    warned = true;
  };
  return (source) => {
    try {
      const isThere = file !== undefined || existsSync(fallback);
      const secrets: Secrets = isThere ? readSecretsFile(file ?? fallback, warn) : new Map();
      const missing = missingSecrets(source, secrets);
      const text = missing.length === 0 ? undefined : missingSecretsText(missing, file ?? fallback);
      if (text !== undefined && known === undefined) throw new Error(text);
      if (text !== undefined) report(text);
      known = secrets;
    } catch (error) {
      if (known === undefined) throw error;
      report((error as Error).message);
    }
    return known;
  };
}

/**
 * Reads a file of secrets.
 *
 * @param warn called with a sentence if other users of this machine can read the file
 * @throws Error with the problem and the expected content
 */
function readSecretsFile(file: string, warn: (text: string) => void): Secrets {
  const secrets = checkedSecrets(file, textOf(file));
  // Windows has no such permissions: its mode always allows everyone to read.
  if (process.platform !== "win32" && (statSync(file).mode & FOR_OTHERS) !== 0) {
    warn(`Other users of this machine may read ${file}. Run: chmod 600 ${file}`);
  }
  return secrets;
}

/** A reference without a value, and a file that contains it. */
type MissingSecret = { readonly name: string; readonly file: string };

/** The references of a configuration that have no value, each once; those of servers that are not enabled are not read. */
function missingSecrets(source: ConfigSource, secrets: Secrets): MissingSecret[] {
  const missing = new Map<string, MissingSecret>();
  for (const { file, text } of [source.gateway, ...source.servers.filter(isEnabled)]) {
    for (const name of secretNames(text)) {
      if (!secrets.has(name) && !missing.has(name)) missing.set(name, { name, file });
    }
  }
  return [...missing.values()];
}

/** One sentence per missing reference, and what to write into which file. */
function missingSecretsText(missing: readonly MissingSecret[], file: string): string {
  const lines = missing.map((each) => `${each.file}: {{ssm:${each.name}}} has no value on this machine.`);
  const entries = Object.fromEntries(missing.map(({ name }) => [name, "the value"]));
  return [...lines, `Put into ${file}: ${JSON.stringify(entries)}`].join("\n");
}

function isEnabled({ text }: { text: string }): boolean {
  const read = readJson(text);
  return !read.ok || !isJsonObject(read.value) || read.value["enabled"] !== false;
}

function textOf(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const code = (cause as NodeJS.ErrnoException).code;
    const why = code === "ENOENT" ? "No such file:" : `The file cannot be read (${code}):`;
    throw new Error(`${why} ${file}. --secrets expects a JSON file such as ${EXAMPLE}`, { cause });
  }
}

function checkedSecrets(file: string, text: string): Secrets {
  const read = readJson(text);
  // The parser's message would quote the text.
  if (!read.ok) {
    const fault = read.fault === "duplicate_key" ? "names a reference twice" : "is not valid JSON";
    throw new Error(`${file} ${fault}. Expected an object such as ${EXAMPLE}`);
  }
  if (!isJsonObject(read.value))
    throw new Error(`${file} is not a JSON object. Expected one such as ${EXAMPLE}`);
  const secrets = new Map<string, string>();
  for (const [at, [name, value]] of Object.entries(read.value).entries()) {
    // The name is not shown: if name and value were swapped, it is the secret.
    if (secretNames(`{{ssm:${name}}}`)[0] !== name) {
      throw new Error(
        `${file}: entry ${at + 1} has an invalid name. Use the name of a reference without {{ssm: and }}, such as /name: ${EXAMPLE}`,
      );
    }
    if (typeof value !== "string" || value === "") {
      throw new Error(`${file}: the value of ${name} is not a non-empty string (value not shown).`);
    }
    secrets.set(name, value);
  }
  return secrets;
}
