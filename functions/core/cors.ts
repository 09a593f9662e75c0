// CORS answers for browser clients, for configured origins only. No credentials mode: the token travels in a header of its own.

/** Response headers for a request from an allowed origin; none for any other. */
export type CorsHeaders = Record<string, string>;

const REQUEST_HEADERS =
  "authorization, content-type, accept, mcp-protocol-version, mcp-session-id, mcp-method, mcp-name, last-event-id";
const EXPOSED_HEADERS = "www-authenticate, x-amzn-remapped-www-authenticate, mcp-session-id, retry-after";

/**
 * Headers that let a page of an allowed origin read an answer.
 *
 * @param origin the request's `Origin`
 * @param allowedOrigins the configuration's `allowed_origins`
 * @see https://fetch.spec.whatwg.org/#http-cors-protocol
 */
export function corsHeaders(origin: string | undefined, allowedOrigins: readonly string[]): CorsHeaders {
  const allowed = allowedOrigins.find((entry) => entry === origin);
  if (allowed === undefined) return {};
  return {
    "access-control-allow-origin": allowed,
    "access-control-expose-headers": EXPOSED_HEADERS,
    vary: "origin",
  };
}

/**
 * The answer to a preflight request; without an allowed origin the browser takes it as a refusal.
 *
 * @param origin the request's `Origin`
 * @param allowedOrigins the configuration's `allowed_origins`
 * @param requestedHeaders `Access-Control-Request-Headers`; `Mcp-Param-*` names are only known from it
 */
export function preflightHeaders(
  origin: string | undefined,
  allowedOrigins: readonly string[],
  requestedHeaders: string | undefined,
): CorsHeaders {
  const headers = corsHeaders(origin, allowedOrigins);
  if (Object.keys(headers).length === 0) return {};
  const parameters = (requestedHeaders ?? "")
    .toLowerCase()
    .split(",")
    .map((name) => name.trim())
    .filter((name) => /^mcp-param-[a-z0-9-]+$/.test(name));
  return {
    ...headers,
    "access-control-allow-methods": "GET, POST, DELETE, OPTIONS",
    "access-control-allow-headers": [REQUEST_HEADERS, ...parameters].join(", "),
    "access-control-max-age": "600",
  };
}
