// The protocol's headers against the body. Headers alone are the client's word: whoever routes or filters by them must be able to
// trust that they say what the body says (MCP 2026-07-28, streamable HTTP; error -32020 HeaderMismatch).
import { type McpMessage, subjectOf } from "./mcp-message.ts";

/** Gives all values of a header by lower-case name. */
export type HeaderValues = ReadonlyMap<string, readonly string[]>;

const PROTOCOL_VERSION_META = "io.modelcontextprotocol/protocolVersion";
const ENCODED_VALUE = /^=\?base64\?([A-Za-z0-9+/]*={0,2})\?=$/;

/**
 * Finds the first header that contradicts the body.
 *
 * @param headers the request's headers
 * @param messages the body's messages
 * @returns the header's name, or undefined where all agree; a header that is absent contradicts nothing
 */
export function mismatchedHeader(headers: HeaderValues, messages: readonly McpMessage[]): string | undefined {
  const message = messages.length === 1 ? messages[0] : undefined;
  for (const name of ["mcp-method", "mcp-name", "mcp-protocol-version"]) {
    const values = headers.get(name);
    if (values === undefined) continue;
    const stated = values.length === 1 ? decoded(values[0] as string) : undefined;
    const inBody = message && bodyValue(name, message);
    // Revisions up to 2025-11-25 state the version in the header alone; a method or a name must be in the body to be real.
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
      return subjectOf(message);
    default: {
      const meta = message.params["_meta"];
      const version =
        meta !== null && typeof meta === "object"
          ? (meta as Record<string, unknown>)[PROTOCOL_VERSION_META]
          : undefined;
      return typeof version === "string" ? version : undefined;
    }
  }
}

// Values that a header can't hold travel as `=?base64?…?=`, in UTF-8.
function decoded(value: string): string | undefined {
  const encoded = ENCODED_VALUE.exec(value.trim())?.[1];
  if (encoded === undefined) return value.trim();
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(Buffer.from(encoded, "base64"));
  } catch {
    return undefined;
  }
}

/** A value as the routing headers carry it: plain where a header can hold it, else as `=?base64?…?=`. */
export function encodedHeaderValue(value: string): string {
  const isPlain = /^[\x21-\x7e](?:[\x20-\x7e]*[\x21-\x7e])?$/.test(value) && !value.startsWith("=?base64?");
  return isPlain ? value : `=?base64?${Buffer.from(value).toString("base64")}?=`;
}
