// Error responses for credentials that could not be fetched. Only error codes are copied from the other side, no free text.
import {
  CONNECTION_SCOPE,
  type ConnectionCredential,
  type EndpointCredential,
} from "../config/upstream/credential.ts";
import { type ErrorResponse, errorResponse } from "../error-response.ts";
import { objectOrEmpty } from "../json.ts";
import { UPSTREAM_TOKEN_LIMITED_SECONDS } from "../limits.ts";

/** A response without a token. */
export type FailedFetch = { status: number; json: unknown; retryAfterSeconds: number | undefined };

/** The error response, and the cause for the log. */
export type CredentialFailure = { errorResponse: ErrorResponse; cause: string };

const NOT_CONNECTED = "E111504";
const CONSENT_GONE = "E063302";
/**
 * OAuth errors that deny this caller a token for this server (RFC 6749 §5.2). `invalid_request` is the code for a subject token that a policy
 * does not accept (RFC 8693 §2.2.2).
 */
const EXCHANGE_DENIALS = [
  "access_denied",
  "invalid_grant",
  "invalid_request",
  "invalid_scope",
  "invalid_target",
  "unauthorized_client",
];
const MAX_RETRY_AFTER_SECONDS = 3_600;

/** The error response if a token endpoint returned an error (RFC 6749 §5.2, RFC 8693 §2.2.2). */
export function endpointFailure({ type }: EndpointCredential, failed: FailedFetch): CredentialFailure {
  const code = errorCode(failed.json, "error", /^[a-z_]{1,64}$/);
  const cause = causeOf("the token endpoint", failed.status, code);
  if (failed.status === 429) return { errorResponse: limited(failed), cause };
  const isDenied = failed.status === 403 || EXCHANGE_DENIALS.includes(code ?? "");
  if (type === "token_exchange" && isDenied && failed.status < 500) {
    const message =
      "You may not reach this MCP server: no token was issued for it in your name. Ask the administrator for access.";
    return { errorResponse: errorResponse("exchange_denied", message), cause };
  }
  return { errorResponse: unavailableToken(), cause };
}

/**
 * Maps an error response of Descope's Connections.
 *
 * @param scopes the scopes of the caller's token
 */
export function connectionFailure(
  credential: Pick<ConnectionCredential, "appId" | "connectUrl" | "managementKey">,
  failed: FailedFetch,
  scopes: readonly string[],
): CredentialFailure {
  const { appId, connectUrl, managementKey } = credential;
  const code = errorCode(failed.json, "errorCode", /^E\d{1,12}$/);
  const cause = causeOf("Descope's Connections", failed.status, code);
  if (code === NOT_CONNECTED || code === CONSENT_GONE) {
    return { errorResponse: connectionRequired(appId, connectUrl), cause };
  }
  if (failed.status === 429) return { errorResponse: limited(failed), cause };
  const isDenied = (failed.status === 401 || failed.status === 403) && managementKey === undefined;
  if (!isDenied) return { errorResponse: unavailableToken(), cause };
  if (!scopes.includes(CONNECTION_SCOPE)) {
    const message = `This MCP server needs the scope ${CONNECTION_SCOPE}. Sign in again and ask for it.`;
    return {
      errorResponse: { ...errorResponse("insufficient_scope", message), scopes: [CONNECTION_SCOPE] },
      cause,
    };
  }
  const message = `You may not use the connection to ${appId}: a policy does not allow it. Ask the administrator for access.`;
  return { errorResponse: errorResponse("connection_denied", message), cause };
}

/** The response if the credential could not be fetched, for any reason but a denial or a timeout. */
export function unavailableToken(): ErrorResponse {
  const message =
    "The gateway could not get its credential for the MCP server. Try again later; if the problem persists, tell the administrator.";
  return errorResponse("upstream_token_unavailable", message);
}

/** The response if fetching the credential timed out. */
export function lateToken(): ErrorResponse {
  const message =
    "The gateway's credential for the MCP server did not arrive in time. Nothing was sent to the server. Try again later.";
  return errorResponse("upstream_token_timeout", message);
}

function connectionRequired(appId: string, connectUrl: string | undefined): ErrorResponse {
  const advice =
    connectUrl === undefined
      ? "Sign in again and allow it, or ask the administrator where accounts are connected."
      : `Open ${connectUrl} to connect it, then try again.`;
  const message = `Your ${appId} account is not connected, so this MCP server can't be used for you. ${advice}`;
  return { ...errorResponse("connection_required", message), connectUrl };
}

/** The response if the endpoint limits requests: 503 with the time after which to retry. */
export function limited({
  retryAfterSeconds = UPSTREAM_TOKEN_LIMITED_SECONDS,
}: Pick<FailedFetch, "retryAfterSeconds">): ErrorResponse {
  const message = "Too many credentials were requested at the same time. Try again later.";
  const seconds = Math.min(Math.max(retryAfterSeconds, 1), MAX_RETRY_AFTER_SECONDS);
  return {
    ...errorResponse("upstream_token_limited", message),
    headers: { "retry-after": String(seconds) },
  };
}

function errorCode(json: unknown, key: string, form: RegExp): string | undefined {
  const code = objectOrEmpty(json)[key];
  return typeof code === "string" && form.test(code) ? code : undefined;
}

function causeOf(who: string, status: number, code: string | undefined): string {
  return `${who} returned ${status}${code === undefined ? "" : ` ${code}`}`;
}
