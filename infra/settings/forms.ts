// Checks for deployment settings that the configuration files do not have: host names, ARNs and ids of AWS resources. Each returns the
// error message, or undefined.
import { isIPv4 } from "node:net";
import { quoteText } from "../../functions/core/config/faults.ts";

const HOST_LABEL = /^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/;
const ARN = /^arn:(aws(?:-[a-z]+)*):([a-z0-9-]+):([a-z0-9-]*):(\d{12})?:(.+)$/;

/** Checks the name of a host or a DNS zone: lower case, at least two labels, no scheme, port or path. */
export function hostNameFault(text: string): string | undefined {
  const labels = text.split(".");
  const isHost =
    text.length <= 253 &&
    labels.length > 1 &&
    labels.every((label) => HOST_LABEL.test(label)) &&
    !isAddress(text);
  if (isHost) return undefined;
  return `expected a host name such as "mcp.acme.com", got ${quoteText(text)}.${hostAdvice(text)}`;
}

function hostAdvice(text: string): string {
  const url = /^[a-z]+:\/\//i.test(text) ? text : `https://${text}`;
  const { hostname } = URL.parse(url) ?? {};
  const meant = hostname?.replace(/\.$/, "");
  return meant !== undefined && meant !== text && meant !== "" && hostNameFault(meant) === undefined
    ? ` Write ${quoteText(meant)}.`
    : " Write only the name, in lower case, without https://, port, path or wildcard.";
}

function isAddress(text: string): boolean {
  return /^[\d.]+$/.test(text);
}

/** The parts of an ARN. */
export type Arn = { partition: string; service: string; region: string; account: string; resource: string };

/** Splits an ARN; undefined if the text is not one. */
export function arnParts(text: string): Arn | undefined {
  const match = ARN.exec(text);
  if (match === null) return undefined;
  const [, partition = "", service = "", region = "", account = "", resource = ""] = match;
  return { partition, service, region, account, resource };
}

/** A check for the ARN of a Regional resource. @param example shown in the error message */
export function arnFault(service: string, resource: RegExp, example: string) {
  return (text: string): string | undefined =>
    isArnOf(text, service, resource)
      ? undefined
      : `expected an ARN such as ${quoteText(example)}, got ${quoteText(text)}.`;
}

function isArnOf(text: string, service: string, resource: RegExp): boolean {
  const parts = arnParts(text);
  return (
    parts !== undefined &&
    parts.service === service &&
    /^[a-z]{2,}(?:-[a-z]+)+-\d$/.test(parts.region) &&
    parts.account !== "" &&
    resource.test(parts.resource)
  );
}

/** A check for the id of an AWS resource. */
export function idFault(form: RegExp, example: string) {
  return (text: string): string | undefined =>
    form.test(text) ? undefined : `expected an id such as ${quoteText(example)}, got ${quoteText(text)}.`;
}

/** Checks a destination of the proxy, `CIDR:port`. */
export function egressFault(text: string): string | undefined {
  const [, address = "", length, port] = /^([\d.]+)\/(\d{1,2}):(\d{1,5})$/.exec(text) ?? [];
  const isEgress = isIPv4(address) && Number(length) <= 32 && Number(port) >= 1 && Number(port) <= 65_535;
  if (isEgress) return undefined;
  return `expected IPv4 addresses and a port such as "10.0.0.0/16:443", got ${quoteText(text)}.`;
}

const PARAMETER_NAME = /^(?:\/[A-Za-z0-9_.+=@:-]+)+$/;
const SECRETS_MANAGER_ADVICE =
  'A secret of Secrets Manager has the name "/aws/reference/secretsmanager/NAME".';

/** Checks the SSM name of a secret. */
export function parameterNameFault(text: string): string | undefined {
  if (isParameterName(text)) return undefined;
  return `expected an SSM parameter name such as "/team/api-key", got ${quoteText(text)}. ${SECRETS_MANAGER_ADVICE}`;
}

/** Checks an entry of a list of secrets: an SSM name or the ARN of a parameter, optionally with `*` at the end. */
export function secretNameFault(text: string): string | undefined {
  const start = text.replace(/\/?\*$/, "");
  // Names of Secrets Manager secrets must be exact: the function's permission on the secret is derived from the name.
  if (isParameterName(start) || isArnOf(start, "ssm", /^parameter(?!\/aws\/)(?:\/[A-Za-z0-9_.+=@:-]+)+$/)) {
    return undefined;
  }
  return `expected an SSM parameter name such as "/team/api-key", or "/team/*" for all below, or the ARN of a parameter, got ${quoteText(text)}. ${SECRETS_MANAGER_ADVICE}`;
}

function isParameterName(text: string): boolean {
  return PARAMETER_NAME.test(text) && text.length <= 1011;
}
