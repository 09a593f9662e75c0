// Detects plain-text secrets in a configuration file: in headers, in URL queries, and any string with the form of a known credential.
// Runs when a configuration is validated, pushed and deployed, not in the functions: a false positive must not stop a running gateway.

import { quote } from "../../safe-text.ts";
import { type ConfigFault, formatPath } from "../faults.ts";
import { secretNames } from "../secret-references.ts";
import { credentialParameters, hasSecretShape, isCredentialHeader } from "./secret-shapes.ts";

type Key = string | number;

const REPLACE = "Replace the credential if this file was shared.";
const HEADER_KEYS: readonly Key[] = ["headers", "passthrough_headers"];

/** `${NAME}`, `$NAME`, `{ssm:/name}`. */
const OTHER_PLACEHOLDER = /\$\{[^{}]*\}|^\$[A-Z_][A-Z0-9_]*$|(?<![{$])\{(?:ssm|secret|env)\b[^{}]*\}(?!\})/i;

/**
 * Finds plain-text secrets. Messages never contain one.
 *
 * @param config a checked configuration
 */
export function plainSecretFaults(config: unknown): ConfigFault[] {
  return secretsIn(config, []);
}

function secretsIn(value: unknown, path: readonly Key[]): ConfigFault[] {
  if (typeof value === "string") {
    const message =
      path.length === 2 && HEADER_KEYS.includes(path[0] as Key)
        ? headerMessage(String(path[1]), value)
        : textMessage(value, path);
    return message === undefined ? [] : [{ path: formatPath(path), message }];
  }
  if (value === null || typeof value !== "object") return [];
  const entries = Array.isArray(value) ? [...value.entries()] : Object.entries(value);
  // Inline keys are public; the schema rejects private members.
  return entries.filter(([key]) => key !== "jwks").flatMap(([key, item]) => secretsIn(item, [...path, key]));
}

function headerMessage(name: string, value: string): string | undefined {
  if (OTHER_PLACEHOLDER.test(value))
    return 'contains an unsupported placeholder, which would be sent literally. Write "{{ssm:/name}}" with the SSM name of the secret.';
  const isSecret =
    hasSecretShape(value) || (secretNames(value).length === 0 && isCredentialHeader(name, value));
  return isSecret
    ? `looks like a credential in plain text (not shown). Store it in SSM and write "{{ssm:/name}}" here. ${REPLACE}`
    : undefined;
}

function textMessage(value: string, path: readonly Key[]): string | undefined {
  const [parameter] = /^https?:\/\//i.test(value) ? credentialParameters(value) : [];
  if (parameter !== undefined) {
    const isServer = path.length === 1 && path[0] === "url";
    const advice = isServer
      ? `Remove it from the URL and send the credential as a header: "headers": {"X-Api-Key": "{{ssm:/name}}"}, with the header that the server expects.`
      : "Remove it from the URL.";
    return `the query parameter ${quote(parameter)} looks like a credential in plain text (not shown), and URLs end up in logs. ${advice} ${REPLACE}`;
  }
  return hasSecretShape(value)
    ? `looks like a credential in plain text (not shown). Remove it; put secrets in "headers" as "{{ssm:/name}}". ${REPLACE}`
    : undefined;
}
