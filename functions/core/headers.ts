// Which headers pass, in both directions. Outgoing headers are built from an allow-list and never by copying and deleting:
// what is not named here does not exist for the downstream server (cookies, credentials, X-Forwarded-*, hop-by-hop).
import { normalHeaderName } from "./config/header-names.ts";

/** Header names are lower case; every header has one value. */
export type Headers = Record<string, string>;

const REQUEST_HEADERS: ReadonlySet<string> = new Set([
  "accept",
  "baggage",
  "content-type",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
  "traceparent",
  "tracestate",
]);

const RESPONSE_HEADERS = [
  "cache-control",
  "content-type",
  "mcp-session-id",
  "retry-after",
  "x-accel-buffering",
];

/** Headers that describe one hop or the request's frame; no configuration can let them through (RFC 9110 §7.6.1). */
const NEVER_FORWARDED =
  /^(?:connection|keep-alive|te|trailer|transfer-encoding|upgrade|host|content-length|expect|via|user-agent|cookie2?|set-cookie2?|authorization|proxy-.*|forwarded|x-forwarded-.*|x-amzn?-.*|x-real-ip)$/;

/** The client's headers: all values of each in order, by lower-case name. */
export type InboundHeaders = ReadonlyMap<string, readonly string[]>;

/** What the headers to the downstream server are made of. Later parts win over earlier ones. */
export type DownstreamHeaderParts = {
  inbound: InboundHeaders;
  /** client headers that the configuration lets through, with their new names */
  forward: readonly { from: string; to: string }[];
  /** static headers of the configuration */
  configured: Readonly<Record<string, string>>;
  /** identity headers made by the gateway */
  identity: Readonly<Record<string, string>>;
  /** every identity header name configured on any server, and the defaults, as `normalHeaderName` writes them: no client may set one */
  identityNames: ReadonlySet<string>;
};

/**
 * Builds the headers of the downstream request.
 *
 * @param parts client headers, configured headers and identity, in rising order of precedence
 */
export function downstreamRequestHeaders(parts: DownstreamHeaderParts): Headers {
  const reserved = parts.identityNames;
  const hopByHop = connectionOptions(parts.inbound);
  const headers: Headers = {};
  const fromClient = (from: string, to: string, values: readonly string[] = []) => {
    if (values.length === 0 || hopByHop.has(from) || isForbidden(to, reserved)) return;
    const value = values.join(", ");
    if (isFieldValue(value)) headers[to] = value;
  };

  for (const [name, values] of parts.inbound) {
    if (REQUEST_HEADERS.has(name) || name.startsWith("mcp-param-")) fromClient(name, name, values);
  }
  for (const { from, to } of parts.forward) {
    const name = from.toLowerCase();
    if (!isForbidden(name, reserved)) fromClient(name, to.toLowerCase(), parts.inbound.get(name));
  }
  for (const [name, value] of Object.entries(parts.configured)) {
    // Authorization is where the operator's own credential for the server goes; no other identity name may be fixed for all callers.
    const canonical = normalHeaderName(name);
    if (canonical === "authorization" || !reserved.has(canonical)) headers[name.toLowerCase()] = value;
  }
  for (const [name, value] of Object.entries(parts.identity)) headers[name.toLowerCase()] = value;
  // The answer is relayed as it comes: an encoding that only this hop asked for could not be undone by the client.
  headers["accept-encoding"] = "identity";
  return headers;
}

/**
 * The headers of a downstream answer that reach the client. `Set-Cookie` never does.
 *
 * @param headers by name in lower case, with all values of what was sent several times
 */
export function clientResponseHeaders(
  headers: Readonly<Record<string, string | string[] | undefined>>,
): Headers {
  const allowed: Headers = {};
  for (const name of RESPONSE_HEADERS) {
    const value = headers[name];
    if (value !== undefined) allowed[name] = typeof value === "string" ? value : oneValue(name, value);
  }
  return allowed;
}

// RFC 9110 §5.3: several fields of one name are one list; a media type and a time are no lists.
function oneValue(name: string, values: readonly string[]): string {
  return name === "content-type" || name === "retry-after" ? (values[0] as string) : values.join(", ");
}

// RFC 9110 §7.6.1: what Connection names belongs to the client's hop. Only client headers are dropped so, never the gateway's.
function connectionOptions(inbound: InboundHeaders): ReadonlySet<string> {
  const values = inbound.get("connection") ?? [];
  return new Set(values.flatMap((value) => value.split(",")).map((name) => name.trim().toLowerCase()));
}

// `_` reads as `-` for many servers (CGI, WSGI): X_User_Claims must not pass for X-User-Claims.
function isForbidden(name: string, reserved: ReadonlySet<string>): boolean {
  const canonical = normalHeaderName(name);
  return reserved.has(canonical) || NEVER_FORWARDED.test(canonical);
}

// RFC 9110 §5.5: visible characters, spaces and tabs; obs-text passes as Latin-1. CR, LF and NUL never.
function isFieldValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
