// Which header names (RFC 9110, section 5.1) a configuration may use, and for what.

import { quoteText } from "./describe-value.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const VALUE = /^[\t\x20-\x7e]*$/;

const HOP_BY_HOP = [
  "connection",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Set by the gateway from the request, the protocol or the connection. */
const GATEWAY_OWN = [
  "accept",
  "accept-encoding",
  "content-encoding",
  "content-length",
  "content-type",
  "expect",
  "host",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
];
const GATEWAY_OWN_PREFIX = "mcp-param-";

/** What a client may never pass on: its credentials, and what names the caller's address. */
const NEVER_FORWARDED = [
  "authorization",
  "cookie",
  "cookie2",
  "set-cookie",
  "forwarded",
  "x-api-key",
  "x-real-ip",
];
const NEVER_FORWARDED_PREFIXES = ["x-forwarded-", "x-amz-", "x-amzn-"];

/** Names that carry identity unless a block says otherwise. */
const DEFAULT_IDENTITY_HEADERS = ["X-User-Claims", "X-User-JWT"] as const;

/** A header name for comparing: lower case, with `_` read as `-` as many servers do. */
export function normalHeaderName(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/** What is wrong with a header that the gateway sets on its own account, or undefined. */
export function headerNameFault(name: string): string | undefined {
  const normal = normalHeaderName(name);
  if (!TOKEN.test(name)) {
    return `expected a header name (letters, digits, "-"), got ${quoteText(name)}.`;
  }
  if (HOP_BY_HOP.includes(normal)) {
    return `${name} belongs to a single connection (hop-by-hop) and cannot be set. Choose another name.`;
  }
  if (GATEWAY_OWN.includes(normal) || normal.startsWith(GATEWAY_OWN_PREFIX)) {
    return `${name} is set by the gateway itself. Choose another name.`;
  }
  return undefined;
}

/** What is wrong with a client's header that is to be let through, or undefined. */
export function forwardedNameFault(name: string): string | undefined {
  const fault = headerNameFault(name);
  if (fault !== undefined) return fault;
  const normal = normalHeaderName(name);
  if (
    NEVER_FORWARDED.includes(normal) ||
    NEVER_FORWARDED_PREFIXES.some((prefix) => normal.startsWith(prefix))
  ) {
    return `${name} carries credentials or the caller's address and is never let through. Remove it; use "headers" for the gateway's own.`;
  }
  if (normal === "user-agent") {
    return `${name} names the gateway to servers, so a client's is never let through. Remove it; a fixed value goes into "headers".`;
  }
  if (DEFAULT_IDENTITY_HEADERS.some((identity) => normalHeaderName(identity) === normal)) {
    return `${name} carries the identity that downstream servers trust, so a client must not set it. Remove it.`;
  }
  return undefined;
}

/** True for text that is safe as a header value: ASCII without control characters. */
export function isHeaderValue(value: string): boolean {
  return VALUE.test(value);
}
