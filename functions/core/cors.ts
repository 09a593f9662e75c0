// CORS for browser clients of configured origins. Credentials mode is not used: the token is in a header.
import { gatewayHeaderKey } from "./config/effective-tokens.ts";
import type { ConfigSnapshot } from "./config-snapshot.ts";

/** Response headers. `vary` is always set, since the other headers depend on the origin. */
export type CorsHeaders = Record<string, string>;

const REQUEST_HEADERS = [
  "authorization",
  "content-type",
  "accept",
  "mcp-protocol-version",
  "mcp-session-id",
  "mcp-method",
  "mcp-name",
  "last-event-id",
  "traceparent",
  "tracestate",
  "baggage",
];
const EXPOSED_HEADERS =
  "www-authenticate, x-amzn-remapped-www-authenticate, mcp-session-id, retry-after, ratelimit, ratelimit-policy";

/**
 * Headers that let a page of an allowed origin read a response.
 *
 * @param allowedOrigins the configuration's `allowed_origins`
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function corsHeaders(origin: string | undefined, allowedOrigins: readonly string[]): CorsHeaders {
  const allowed = allowedOrigins.find((entry) => entry === origin);
  if (allowed === undefined) return { vary: "origin" };
  return {
    "access-control-allow-origin": allowed,
    "access-control-expose-headers": EXPOSED_HEADERS,
    vary: "origin",
  };
}

/**
 * The headers of the response to a preflight request; without an allowed origin the browser does not send the request itself.
 *
 * @param config its allowed origins, the header that carries tokens, and the headers that any server gets from clients
 * @param requestedHeaders `Access-Control-Request-Headers`; `Mcp-Param-*` names are only known from it
 */
export function preflightHeaders(
  origin: string | undefined,
  config: ConfigSnapshot,
  requestedHeaders: string | undefined,
): CorsHeaders {
  const { gateway, servers } = config;
  const headers = corsHeaders(origin, gateway.allowed_origins);
  if (headers["access-control-allow-origin"] === undefined) return headers;
  const forwarded = [...servers.values()].flatMap(({ forwardHeaders }) => forwardHeaders);
  const parameters = (requestedHeaders ?? "")
    .split(",")
    .map((name) => name.trim())
    .filter((name) => /^mcp-param-[a-z0-9-]+$/i.test(name));
  const names = [
    ...REQUEST_HEADERS,
    gatewayHeaderKey(gateway),
    ...forwarded.map(({ from }) => from),
    ...parameters,
  ].map((name) => name.toLowerCase());
  return {
    ...headers,
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
    "access-control-allow-headers": [...new Set(names)].join(", "),
    "access-control-max-age": "600",
  };
}
