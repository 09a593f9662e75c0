// Compares MCP's routing headers with the body, so that proxies can rely on them (MCP 2026-07-28, streamable HTTP;
// error -32020 HeaderMismatch).

import { accessTargets } from "./access.ts";
import { objectOrEmpty } from "./json.ts";
import type { McpMessage } from "./mcp-message.ts";
import { META } from "./protocol-keys.ts";
import { decodeUtf8 } from "./utf8.ts";

/** Returns all values of a header, by lower-case name. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>;

const ENCODED_VALUE = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;

/**
 * Finds the first header that contradicts the body.
 *
 * @returns the header's name, or undefined if all agree; an absent header contradicts nothing
 */
export function mismatchedHeader(headers: HeaderValues, messages: readonly McpMessage[]): string | undefined {
  const message = messages.length === 1 ? messages[0] : undefined;
  for (const name of ["mcp-method", "mcp-name", "mcp-protocol-version"]) {
    const values = headers.get(name);
    if (values === undefined) continue;
    const stated = values.length === 1 ? decodedHeaderValue(values[0] as string) : undefined;
    const inBody = message && bodyValue(name, message);
    // Revisions up to 2025-11-25 state the version only in the header; a method or a name must be in the body to count.
    const agrees =
      inBody === undefined ? stated !== undefined && name === "mcp-protocol-version" : stated === inBody;
    if (!agrees) return name;
  }
  return undefined;
}

/** The protocol revision that a request states, in its header or its body. */
export function protocolVersionOf(
  headers: HeaderValues,
  messages: readonly McpMessage[],
): string | undefined {
  const [message] = messages;
  return headers.get("mcp-protocol-version")?.[0] ?? (message && bodyValue("mcp-protocol-version", message));
}

function bodyValue(header: string, message: McpMessage): string | undefined {
  switch (header) {
    case "mcp-method":
      return message.method;
    case "mcp-name":
      return subjectName(message);
    default: {
      const version = objectOrEmpty(message.params["_meta"])[META.protocolVersion];
      return typeof version === "string" ? version : undefined;
    }
  }
}

/** The expected value of `Mcp-Name`: the target of the message, or the `name` of a method that MCP does not have. */
function subjectName(message: McpMessage): string | undefined {
  const targets = accessTargets(message);
  if (targets.length > 0) return targets.length === 1 ? targets[0]?.name : undefined;
  const { name } = message.params;
  return typeof name === "string" ? name : undefined;
}

/**
 * The text of a routing header. Values with characters that are invalid in headers are sent as `=?base64?…?=`, in UTF-8.
 *
 * @returns undefined if readers may understand the value differently
 */
export function decodedHeaderValue(value: string): string | undefined {
  // RFC 9110 §5.5: servers read other bytes as Latin-1 or as UTF-8.
  if (/[^\t\x20-\x7e]/.test(value)) return undefined;
  const text = value.trim();
  const encoded = ENCODED_VALUE.exec(text)?.[1];
  if (encoded === undefined) return text;
  const bytes = Buffer.from(encoded, "base64");
  // Only some readers accept another spelling of the same bytes.
  if (bytes.toString("base64") !== encoded) return undefined;
  return decodeUtf8(bytes);
}

/** A value for a routing header: unchanged if it is valid in a header, otherwise as `=?base64?…?=`. */
export function encodedHeaderValue(value: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith("=?base64?");
  return isPlain ? value : `=?base64?${Buffer.from(value).toString("base64")}?=`;
}
