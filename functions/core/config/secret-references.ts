// `{{ssm:/name}}` stands for a secret that lives in SSM (SecureString) or Secrets Manager, never in a file, and never below the
// configuration's own path: whatever is there is read as configuration, by every function.
import { type ConfigFault, formatPath } from "./faults.ts";

const REFERENCE = /\{\{ssm:(\/[A-Za-z0-9_.+=@:\-/]{1,1010})\}\}/g;

/** The SSM names that a text refers to, in order. */
export function secretNames(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map((match) => match[1] as string);
}

/** Puts secrets into a text. `secretOf` gets the SSM name. */
export function fillSecrets(text: string, secretOf: (name: string) => string): string {
  return text.replaceAll(REFERENCE, (_reference, name: string) => secretOf(name));
}

/** True when the text is one reference and nothing else. */
export function isSecretReference(text: string): boolean {
  return text.replace(REFERENCE, "") === "" && secretNames(text).length === 1;
}

/** True when the text holds `{{` or `}}` outside a well-formed reference. */
export function hasBrokenReference(text: string): boolean {
  return /\{\{|\}\}/.test(text.replaceAll(REFERENCE, ""));
}

// Where a gateway keeps its configuration unless it has a name of its own: `/mcp-gateway/<stage>`.
const DEFAULT_PREFIX = /^\/mcp-gateway\/[^/]+/;

/**
 * True when a name is the configuration's path or lies below it.
 *
 * @param name SSM name, with or without a version or label
 * @param prefix SSM path of the configuration; left out where it is not known: the path of any gateway with the default name
 */
export function isBelowConfiguration(name: string, prefix?: string): boolean {
  const path = normalPath(name);
  if (prefix === undefined) return DEFAULT_PREFIX.test(path);
  const own = normalPath(prefix);
  return path === own || path.startsWith(`${own}/`);
}

/**
 * The references in a configuration to what lies below its own path.
 *
 * @param config a checked configuration, whole
 * @param prefix as for {@link isBelowConfiguration}
 */
export function misplacedSecretFaults(config: unknown, prefix?: string): ConfigFault[] {
  return misplacedIn(config, [], prefix);
}

function misplacedIn(
  value: unknown,
  path: readonly (string | number)[],
  prefix: string | undefined,
): ConfigFault[] {
  if (typeof value === "string") {
    const misplaced = secretNames(value).filter((name) => isBelowConfiguration(name, prefix));
    return misplaced.map((name) => ({ path: formatPath(path), message: misplacedMessage(name) }));
  }
  if (value === null || typeof value !== "object") return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  return entries.flatMap(([key, item]) => misplacedIn(item, [...path, key], prefix));
}

function misplacedMessage(name: string): string {
  return (
    `the secret ${name} lies below the SSM path of a gateway's configuration, where it is read as configuration by every function. ` +
    `Store it elsewhere, such as below /mcp-gateway-secrets, and name it here.`
  );
}

// Without a version or label, and with slashes in a row as one.
function normalPath(name: string): string {
  return name
    .replace(/:.*/s, "")
    .replace(/\/{2,}/g, "/")
    .replace(/(?<=.)\/$/, "");
}
