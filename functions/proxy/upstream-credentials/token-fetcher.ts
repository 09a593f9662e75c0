// Fetches a credential with one POST, limited in time and size and without redirects.

import type { ErrorResponse } from "../../core/error-response.ts";
import { objectOrEmpty } from "../../core/json.ts";
import { UPSTREAM_TOKEN } from "../../core/limits.ts";
import {
  type CredentialFailure,
  type FailedFetch,
  lateToken,
  unavailableToken,
} from "../../core/upstream/failure.ts";
import type { TokenReading, UpstreamToken } from "../../core/upstream/token.ts";
import type { TokenRequest } from "../../core/upstream/token-request.ts";
import { ConnectionError } from "../../platform/connection-fault.ts";
import { postForJson } from "../../platform/http-fetch.ts";
import { TimeLimitPassed } from "../../platform/within-time.ts";

/** The credential could not be fetched. `cause` is for the log and never contains a credential. */
export class CredentialError extends Error {
  override name = "CredentialError";
  readonly errorResponse: ErrorResponse;

  constructor({ errorResponse, cause }: { errorResponse: ErrorResponse; cause: unknown }) {
    super(`no credential: ${errorResponse.reason}`, { cause });
    this.errorResponse = errorResponse;
  }
}

const TIMEOUTS = ["connect_timeout", "first_byte_timeout", "idle_timeout"];

/**
 * @param read reads the body of a response with status 200
 * @param toFailure maps any other response, and an error with status 200
 * @throws CredentialError
 */
export async function fetchToken(
  { url, headers, body }: TokenRequest,
  read: (json: unknown) => TokenReading,
  toFailure: (failed: FailedFetch) => CredentialFailure,
): Promise<UpstreamToken> {
  const limits = { ...UPSTREAM_TOKEN, readsErrors: true } as const;
  const response = await postForJson(url, { headers, body, ...limits }).catch((cause: unknown) => {
    const isLate =
      cause instanceof TimeLimitPassed ||
      (cause instanceof ConnectionError && TIMEOUTS.includes(cause.fault));
    throw new CredentialError({ errorResponse: isLate ? lateToken() : unavailableToken(), cause });
  });
  if (response.status !== 200) throw new CredentialError(toFailure(response));
  const reading = read(response.json);
  if (reading.ok) return reading.token;
  // Some endpoints send their errors with status 200.
  if (typeof objectOrEmpty(response.json)["error"] === "string")
    throw new CredentialError(toFailure(response));
  throw new CredentialError({ errorResponse: unavailableToken(), cause: reading.fault });
}
