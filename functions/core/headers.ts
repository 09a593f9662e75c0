// Which headers pass, in both directions. Headers to the MCP server are built from an allow-list, never by copying and deleting: it gets no
// cookies, credentials, X-Forwarded-* or hop-by-hop headers of the client. The gateway sets the headers that say how to read the request.
import { isForwardable, normalHeaderName } from "./config/header-names.ts";
import { acceptedTypes, EVENT_STREAM_TYPE, JSON_TYPE } from "./media-types.ts";

/** Header names are lower case; every header has one value. */
export type Headers = Record<string, string>;

const REQUEST_HEADERS: ReadonlySet<string> = new Set([
  "baggage",
  "last-event-id",
  "mcp-method",
  "mcp-name",
  "mcp-protocol-version",
  "mcp-session-id",
  "traceparent",
  "tracestate",
]);

// RFC 9110 §5.1: a name is a token. Node throws for any other.
const PARAMETER_HEADER = /^mcp-param-[\w!#$%&'*+.^`|~-]*$/;

const RESPONSE_HEADERS = [
  "allow",
  "cache-control",
  "content-type",
  "mcp-session-id",
  "retry-after",
  "x-accel-buffering",
];

/** The client's headers: all values of each in order, by lower-case name. */
export type InboundHeaders = ReadonlyMap<string, readonly string[]>;

/** The sources of the headers to the MCP server. Later ones override earlier ones. */
export type DownstreamHeaderParts = {
  /** HTTP method */
  method: string;
  inbound: InboundHeaders;
  /** client headers that the configuration forwards, with their new names */
  forward: readonly { from: string; to: string }[];
  /** identity headers made by the gateway */
  identity: Readonly<Record<string, string>>;
  /** every identity header name configured on any server, and the defaults, as `normalHeaderName` writes them: no client may set one */
  identityNames: ReadonlySet<string>;
};

/**
 * Builds the headers of the downstream request.
 *
 * @param parts client headers, configured headers and identity; later ones override earlier ones
 */
export function downstreamRequestHeaders(parts: DownstreamHeaderParts): Headers {
  const reserved = parts.identityNames;
  const hopByHop = connectionOptions(parts.inbound);
  const headers: Headers = {};
  const fromClient = (from: string, to: string, values: readonly string[] = []) => {
    if (values.length === 0 || hopByHop.has(from) || reserved.has(normalHeaderName(to))) return;
    const value = values.join(", ");
    if (isFieldValue(value)) headers[to] = value;
  };

  for (const [name, values] of parts.inbound) {
    if (REQUEST_HEADERS.has(name) || PARAMETER_HEADER.test(name)) fromClient(name, name, values);
  }
  for (const { from, to } of parts.forward) {
    const names = [from, to].map(normalHeaderName);
    if (!names.every((name) => isForwardable(name) && !reserved.has(name))) continue;
    fromClient(from.toLowerCase(), to.toLowerCase(), parts.inbound.get(from.toLowerCase()));
  }
  for (const [name, value] of Object.entries(parts.identity)) headers[name.toLowerCase()] = value;
  return Object.assign(headers, ownStatements(parts.method, parts.inbound.get("accept")));
}

/**
 * The static headers of a server, by lower-case name. `Authorization` may contain the operator's credential for the server; no other
 * header that contains an identity on any server may have a fixed value.
 *
 * @param configured the server's `headers`
 * @param identityNames every identity header name configured on any server, and the defaults
 */
export function staticHeaders(
  configured: Readonly<Record<string, string>>,
  identityNames: ReadonlySet<string>,
): Headers {
  const allowed = Object.entries(configured).filter(([name]) => {
    const normal = normalHeaderName(name);
    return normal === "authorization" || !identityNames.has(normal);
  });
  return Object.fromEntries(allowed.map(([name, value]) => [name.toLowerCase(), value]));
}

/** The headers that say how to read the request. The gateway sets them, so that the server reads what the gateway checked. */
function ownStatements(method: string, accept: readonly string[] | undefined): Headers {
  // Responses are relayed as they are: a client could not decode an encoding that only the gateway requested.
  const encoding = { "accept-encoding": "identity" };
  switch (method) {
    case "POST": {
      // Servers require both types, and some choose the response's type by them.
      const types = acceptedTypes(accept, [JSON_TYPE, EVENT_STREAM_TYPE]);
      return { ...encoding, accept: types.join(", "), "content-type": JSON_TYPE };
    }
    case "GET":
      return { ...encoding, accept: EVENT_STREAM_TYPE };
    default:
      return { ...encoding, accept: "*/*" };
  }
}

/**
 * The headers of the MCP server's response that are relayed. `Set-Cookie` never is.
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
  // Clients treat an empty session id as none.
  if (allowed["mcp-session-id"] === "") delete allowed["mcp-session-id"];
  return allowed;
}

// RFC 9110 §5.3: several fields of one name are one list; a media type and a time are no lists.
function oneValue(name: string, values: readonly string[]): string {
  return name === "content-type" || name === "retry-after" ? (values[0] as string) : values.join(", ");
}

const NO_OPTIONS: ReadonlySet<string> = new Set();

// RFC 9110 §7.6.1: headers that Connection names are hop-by-hop. This removes client headers only, never the gateway's.
function connectionOptions(inbound: InboundHeaders): ReadonlySet<string> {
  const values = inbound.get("connection");
  if (values === undefined) return NO_OPTIONS;
  return new Set(values.flatMap((value) => value.split(",")).map((name) => name.trim().toLowerCase()));
}

// RFC 9110 §5.5: visible characters, spaces and tabs; obs-text passes as Latin-1. CR, LF and NUL never.
function isFieldValue(value: string): boolean {
  return /^[\t\x20-\x7e\x80-\xff]*$/.test(value);
}
