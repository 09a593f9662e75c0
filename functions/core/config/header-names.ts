// Which header names (RFC 9110, section 5.1) a configuration may use, by purpose.
import { quoteText } from "./faults.ts";

const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,128}$/;
const VALUE = /^[\t\x20-\x7e]*$/;

/** Hop-by-hop headers (RFC 9110 §7.6.1). */
const HOP_BY_HOP = [
  "connection",
  "http2-settings",
  "keep-alive",
  "proxy-authenticate",
  "proxy-authorization",
  "proxy-connection",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
];

/** Set by the gateway, in particular headers that determine how the body is parsed and framed. */
const GATEWAY_OWN = [
  "accept",
  "accept-encoding",
  "content-encoding",
  "content-length",
  "content-range",
  "content-transfer-encoding",
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

/** Never forwarded from a client: credentials and client addresses. */
const NEVER_FORWARDED = [
  "authorization",
  "cookie",
  "cookie2",
  "set-cookie",
  "set-cookie2",
  "forwarded",
  "api-key",
  "apikey",
  "x-access-token",
  "x-api-key",
  "x-auth-token",
  "x-portkey-api-key",
  "via",
  // Behind CloudFront, it contains the secret that identifies the distribution to the API.
  "referer",
  "x-real-ip",
];
const NEVER_FORWARDED_PREFIXES = ["proxy-", "x-forwarded-", "x-amz-", "x-amzn-"];

/** Headers with which some servers replace the method or path of the request. */
const REQUEST_OVERRIDES = [
  "x-http-method",
  "x-http-method-override",
  "x-method-override",
  "x-original-url",
  "x-rewrite-url",
];

/** Identifies the gateway to servers; `headers` may set it, clients may not. */
const USER_AGENT = "user-agent";

/** Default identity header by method of `user_identity_forwarding`. */
export const IDENTITY_HEADER_BY_METHOD = {
  claims_header: "X-User-Claims",
  jwt_header: "X-User-JWT",
  bearer: "Authorization",
} as const;

export type IdentityMethod = keyof typeof IDENTITY_HEADER_BY_METHOD;

/** A header name for comparison: lower case, and `_` replaced with `-`, because many servers treat them as equal. */
export function normalHeaderName(name: string): string {
  return name.toLowerCase().replaceAll("_", "-");
}

/**
 * Whether a client's header may be forwarded if the configuration names it.
 *
 * @param normal its {@link normalHeaderName}
 */
export function isForwardable(normal: string): boolean {
  const isTaken = isHopByHop(normal) || isGatewayOwn(normal) || isNeverForwarded(normal);
  return !isTaken && !REQUEST_OVERRIDES.includes(normal) && normal !== USER_AGENT;
}

function isHopByHop(normal: string): boolean {
  return HOP_BY_HOP.includes(normal);
}

function isGatewayOwn(normal: string): boolean {
  return GATEWAY_OWN.includes(normal) || normal.startsWith(GATEWAY_OWN_PREFIX);
}

function isNeverForwarded(normal: string): boolean {
  return (
    NEVER_FORWARDED.includes(normal) || NEVER_FORWARDED_PREFIXES.some((prefix) => normal.startsWith(prefix))
  );
}

/** The error of a header that the gateway is to set; undefined if valid. */
export function headerNameFault(name: string): string | undefined {
  const normal = normalHeaderName(name);
  if (!TOKEN.test(name)) {
    return `expected a header name (letters, digits, "-"), got ${quoteText(name)}.`;
  }
  if (isHopByHop(normal)) {
    return `${name} is a hop-by-hop header and cannot be set. Choose another name.`;
  }
  if (isGatewayOwn(normal)) {
    return `${name} is set by the gateway. Choose another name.`;
  }
  return undefined;
}

/** The error of the header that tokens are read from; undefined if valid. */
export function tokenHeaderFault(name: string): string | undefined {
  return normalHeaderName(name) === "cookie"
    ? `${name} contains cookies, not a token. Remove "headerKey" to use Authorization, or name another header.`
    : headerNameFault(name);
}

/** The error of a client's header that is to be forwarded; undefined if valid. */
export function forwardedNameFault(name: string): string | undefined {
  const fault = headerNameFault(name);
  if (fault !== undefined) return fault;
  const normal = normalHeaderName(name);
  if (isNeverForwarded(normal)) {
    return `${name} carries credentials or the caller's address and is never forwarded. Remove it; to send a credential of the gateway, use "headers".`;
  }
  if (REQUEST_OVERRIDES.includes(normal)) {
    return `${name} lets a client replace the method or path of the request and is never forwarded. Remove it.`;
  }
  if (normal === USER_AGENT) {
    return `${name} identifies the gateway to servers and is never forwarded. Remove it; set a fixed value in "headers".`;
  }
  if (Object.values(IDENTITY_HEADER_BY_METHOD).some((identity) => normalHeaderName(identity) === normal)) {
    return `${name} carries the identity that servers trust, so a client must not set it. Remove it.`;
  }
  return undefined;
}

/** Whether a text is safe as a header value: ASCII without control characters. */
export function isHeaderValue(value: string): boolean {
  return VALUE.test(value);
}
