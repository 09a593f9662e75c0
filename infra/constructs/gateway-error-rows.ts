// The error responses of API Gateway itself, with status, JSON-RPC code, reason and message. Messages are inserted into a JSON string
// of a gateway response template: no quotes, backslashes or dollar signs.

/** One gateway response. Without `status`, API Gateway's own is kept. */
export type GatewayErrorRow = {
  readonly type: string;
  readonly status?: string;
  readonly code: number;
  readonly reason: string;
  readonly message: string;
  readonly retryAfterSeconds?: string;
};

const NAMED_METADATA = "the metadata URL in WWW-Authenticate";
// API Gateway cannot insert the URL of the server that was called.
const WELL_KNOWN_METADATA =
  "the metadata of this MCP server at /.well-known/oauth-protected-resource/{server}/mcp";

const NOT_FOUND = {
  status: "404",
  code: 404,
  reason: "not_found",
  message:
    "Nothing is served at this path. The path of an MCP server is /{server}/mcp: check the server name and the path of the URL.",
};

const THROTTLED = {
  status: "429",
  code: 429,
  reason: "throttled",
  message:
    "Too many requests at once. Wait for the seconds given in Retry-After, then send the request again.",
  retryAfterSeconds: "1",
};

const AUTHORIZER_UNAVAILABLE = {
  status: "503",
  code: 503,
  reason: "authorizer_unavailable",
  message:
    "The access token could not be checked, so the request was denied. Try again in a few seconds; if the problem persists, tell the administrator the request_id.",
  retryAfterSeconds: "5",
};

/**
 * @param headerKey header that carries the token
 * @param namesMetadata whether the challenge of a 401 names a metadata document
 */
export function gatewayErrorRows(headerKey: string, namesMetadata: boolean): readonly GatewayErrorRow[] {
  return [
    {
      type: "UNAUTHORIZED",
      status: "401",
      code: 401,
      reason: "unauthorized",
      message: `A valid access token was expected in the ${headerKey} header, as: Bearer <token>. Sign in at the authorization server that ${namesMetadata ? NAMED_METADATA : WELL_KNOWN_METADATA} names, then send its token.`,
    },
    {
      type: "ACCESS_DENIED",
      status: "403",
      code: 403,
      reason: "$context.authorizer.reason",
      message: "$context.authorizer.message",
    },
    { type: "MISSING_AUTHENTICATION_TOKEN", ...NOT_FOUND },
    { type: "RESOURCE_NOT_FOUND", ...NOT_FOUND },
    // On an unknown route API Gateway may read a bearer token as a broken or outdated AWS signature.
    { type: "INVALID_SIGNATURE", ...NOT_FOUND },
    { type: "EXPIRED_TOKEN", ...NOT_FOUND },
    { type: "THROTTLED", ...THROTTLED },
    { type: "QUOTA_EXCEEDED", ...THROTTLED },
    {
      type: "REQUEST_TOO_LARGE",
      status: "413",
      code: 413,
      reason: "request_too_large",
      message: "The request body or its headers are too large for the gateway. Send less in one request.",
    },
    {
      type: "UNSUPPORTED_MEDIA_TYPE",
      status: "415",
      code: 415,
      reason: "unsupported_media_type",
      message: "The request body must be JSON. Send it with the header Content-Type: application/json.",
    },
    {
      type: "WAF_FILTERED",
      status: "403",
      code: 403,
      reason: "waf_filtered",
      message:
        "The web application firewall blocked this request. Tell the administrator the request_id if it was legitimate.",
    },
    { type: "AUTHORIZER_FAILURE", ...AUTHORIZER_UNAVAILABLE },
    { type: "AUTHORIZER_CONFIGURATION_ERROR", ...AUTHORIZER_UNAVAILABLE },
    {
      type: "INTEGRATION_FAILURE",
      status: "504",
      code: 504,
      reason: "integration_failure",
      message:
        "The gateway could not process the request. Try again; if the problem persists, tell the administrator the request_id.",
    },
    {
      type: "INTEGRATION_TIMEOUT",
      status: "504",
      code: 504,
      reason: "integration_timeout",
      message:
        "The response timed out. Try again; if the problem persists, tell the administrator the request_id.",
    },
    {
      type: "DEFAULT_4XX",
      code: 400,
      reason: "bad_request",
      message:
        "API Gateway could not accept this request. Check its URL, method and headers against the MCP specification.",
    },
    {
      type: "DEFAULT_5XX",
      code: 500,
      reason: "internal_error",
      message:
        "The gateway failed to handle this request. Try again; if the problem persists, tell the administrator the request_id.",
    },
  ];
}
