// `{{ssm:/name}}` references a secret in SSM (SecureString) or Secrets Manager. It must not be below the configuration's SSM path,
// because every function reads all parameters there.
import { type ConfigFault, formatPath } from "./faults.ts";

const REFERENCE = /\{\{ssm:(\/[A-Za-z0-9_.+=@:\-/]{1,1010})\}\}/g;

/** The SSM names that a text refers to, in order. */
export function secretNames(text: string): string[] {
  return [...text.matchAll(REFERENCE)].map((match) => match[1] as string);
}

/** Replaces the references in a text. `secretOf` receives the SSM name. */
export function fillSecrets(text: string, secretOf: (name: string) => string): string {
  return text.replaceAll(REFERENCE, (_reference, name: string) => secretOf(name));
}

/** Whether the text is exactly one reference. */
export function isSecretReference(text: string): boolean {
  return text.replace(REFERENCE, "") === "" && secretNames(text).length === 1;
}

/** Whether the text contains `{{` or `}}` outside a well-formed reference. */
export function hasBrokenReference(text: string): boolean {
  return /\{\{|\}\}/.test(text.replaceAll(REFERENCE, ""));
}

// The default SSM path of a gateway's configuration: `/mcp-gateway/<stage>`.
const DEFAULT_PREFIX = /^\/mcp-gateway\/[^/]+/;

/**
 * Whether a name is the configuration's path or below it.
 *
 * @param name SSM name, with or without a version or label
 * @param prefix SSM path of the configuration; by default, the path of any gateway with the default name
 */
export function isBelowConfiguration(name: string, prefix?: string): boolean {
  const path = normalPath(name);
  if (prefix === undefined) return DEFAULT_PREFIX.test(path);
  const own = normalPath(prefix);
  return path === own || path.startsWith(`${own}/`);
}

/** Finds references to secrets below the configuration's path. @param config a checked configuration */
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
    `the secret ${name} is below the SSM path of a gateway's configuration, which every function reads. ` +
    `Store it elsewhere, such as below /mcp-gateway-secrets, and reference it here.`
  );
}

// Removes the version or label, and repeated slashes.
function normalPath(name: string): string {
  return name
    .replace(/:.*/s, "")
    .replace(/\/{2,}/g, "/")
    .replace(/(?<=.)\/$/, "");
}
