// Error responses of the gateway itself: status, code, a stable reason, and a message that says what was expected and what to do.

import type { RawJson } from "./json.ts";

/** JSON-RPC request id, or null if it is not known. A number keeps the digits that it was sent with. */
export type RequestId = string | number | RawJson | null;

/**
 * An error response of the gateway. `headers`: additional response headers, such as `allow` for a 405. `scopes`: all scopes that the
 * request needs, for insufficient_scope. `logged`: the reason in the log if the client gets a less specific one.
 */
export type ErrorResponse = {
  status: number;
  code: number;
  reason: ErrorReason;
  logged?: DenialReason;
  message: string;
  headers?: Readonly<Record<string, string>>;
  scopes?: readonly string[];
  /** page on which the user connects the account that the server needs */
  connectUrl?: string | undefined;
  /** the rate limit that denies the request */
  limit?: { name: string; retryAfterSeconds?: number };
};
/** Reasons in the log for what an access rule denies. The client gets `unknown_name` or `unknown_method`, as if it did not exist. */
export type DenialReason = "tool_denied" | "prompt_denied" | "resource_denied" | "method_denied";

/** Values of `error.data.reason`. They do not change between versions. */
export type ErrorReason =
  | "principal_missing"
  | "unauthorized"
  | "blocked"
  | "unknown_server"
  | "not_found"
  | "configuration_unavailable"
  | "method_not_allowed"
  | "origin_not_allowed"
  | "unsupported_media_type"
  | "not_acceptable"
  | "request_too_large"
  | "not_json"
  | "not_a_request"
  | "batch_not_supported"
  | "header_mismatch"
  | "session_unknown"
  | "event_unknown"
  | "cursor_unknown"
  | "unknown_name"
  | "unknown_method"
  | "insufficient_scope"
  | "tenant_required"
  | "connection_required"
  | "connection_denied"
  | "exchange_denied"
  | "upstream_token_limited"
  | "upstream_token_unavailable"
  | "upstream_token_timeout"
  | "rate_limited"
  | "rate_limit_claim_missing"
  | "rate_limit_unavailable"
  | "identity_too_large"
  | "identity_unavailable"
  | "downstream_unreachable"
  | "downstream_invalid_response"
  | "downstream_unauthorized"
  | "downstream_timeout"
  | "authorization_server_unavailable"
  | "internal_error";

// JSON-RPC 2.0 §5.1 and MCP have codes of their own for some; every other response has the HTTP status as its code.
const STATUS_AND_CODE: Record<ErrorReason, readonly [status: number, code: number]> = {
  principal_missing: [403, 403],
  unauthorized: [401, 401],
  blocked: [403, 403],
  unknown_server: [404, 404],
  not_found: [404, 404],
  configuration_unavailable: [503, 503],
  method_not_allowed: [405, 405],
  origin_not_allowed: [403, 403],
  unsupported_media_type: [415, 415],
  not_acceptable: [406, 406],
  request_too_large: [413, 413],
  not_json: [400, -32700],
  not_a_request: [400, -32600],
  batch_not_supported: [400, -32600],
  header_mismatch: [400, -32020],
  session_unknown: [404, 404],
  event_unknown: [400, 400],
  // As servers respond to an unknown cursor, name or method: a JSON-RPC error with status 200.
  cursor_unknown: [200, -32602],
  unknown_name: [200, -32602],
  unknown_method: [200, -32601],
  insufficient_scope: [403, 403],
  tenant_required: [403, 403],
  // Never 401: clients would sign in again, and again.
  connection_required: [403, 403],
  connection_denied: [403, 403],
  exchange_denied: [403, 403],
  upstream_token_limited: [503, 503],
  upstream_token_unavailable: [502, 502],
  upstream_token_timeout: [504, 504],
  rate_limited: [429, 429],
  rate_limit_claim_missing: [403, 403],
  rate_limit_unavailable: [503, 503],
  identity_too_large: [403, 403],
  identity_unavailable: [502, 502],
  downstream_unreachable: [502, 502],
  downstream_invalid_response: [502, 502],
  downstream_unauthorized: [502, 502],
  downstream_timeout: [504, 504],
  authorization_server_unavailable: [502, 502],
  internal_error: [500, 500],
};

/** Whether a text is a reason of the gateway. */
export function isErrorReason(text: string): text is ErrorReason {
  return Object.hasOwn(STATUS_AND_CODE, text);
}

/** Makes an error response. @param message for the client's user: what was expected and what to do; no internals */
export function errorResponse(reason: ErrorReason, message: string): ErrorResponse {
  const [status, code] = STATUS_AND_CODE[reason];
  return { status, code, reason, message };
}

/**
 * The body of an error response. Always JSON-RPC: clients of both protocol eras treat a 4xx without one as a legacy server.
 *
 * @param id the request's id, or null
 * @param requestId API Gateway's request id, with which operators find the log line
 */
export function errorBody(denied: ErrorResponse, id: RequestId, requestId: string): string {
  const { code, message, reason, scopes, connectUrl, limit } = denied;
  const data = {
    reason,
    request_id: requestId,
    ...(scopes && { scopes }),
    ...(connectUrl && { connect_url: connectUrl }),
    ...(limit && { limit: limit.name, retry_after_seconds: limit.retryAfterSeconds }),
  };
  return JSON.stringify({ jsonrpc: "2.0", id, error: { code, message, data } });
}

/** The reason of an error response in the log: what was decided, whatever the client is told of it. */
export function loggedReason({ reason, logged }: ErrorResponse): ErrorReason | DenialReason {
  return logged ?? reason;
}
