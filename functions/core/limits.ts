// The fixed limits of the gateway: sizes in bytes, durations in milliseconds unless the name says otherwise.

/** Longest accepted access token. A Descope token with many tenants is around 4 KiB; API Gateway caps all headers at 10,240 bytes. */
export const TOKEN_MAX_BYTES = 8 * 1024;

/** Largest authorizer context, keys and values together. AWS documents no limit for REST APIs; 8 KB has been seen to work. */
export const AUTHORIZER_CONTEXT_MAX_BYTES = 6 * 1024;

/** How long one JWKS request may take, from DNS to the last byte. */
export const JWKS_TIMEOUT_MS = 5_000;

/** Largest JWKS document. It bounds the number of keys too: all of them are read. */
export const JWKS_MAX_BYTES = 256 * 1024;

/** Most reasons for skipped keys of one document in the log. */
export const JWKS_MAX_REJECTIONS = 20;

/** Age at which cached keys are refreshed in the background. */
export const JWKS_REFRESH_AFTER_MS = 4 * 60_000;

/**
 * Age at which cached keys must be refreshed before use, unless their endpoint is down. API Gateway caches an Allow for up to 5 minutes
 * more: in total, a revoked key is accepted for at most 10 minutes.
 */
export const JWKS_FRESH_MS = 5 * 60_000;

/** Shortest age at which keys are refreshed, whatever `cacheMaxAge` says: 0 must not cause a request per request. */
export const JWKS_MIN_REFRESH_MS = 30_000;

/** How long stale keys are used while their endpoint is down. After that every token is denied. */
export const JWKS_STALE_MS = 60 * 60_000;

/** Shortest time between two refetches that an unknown `kid` may cause. */
export const JWKS_UNKNOWN_KID_COOLDOWN_MS = 30_000;

/** Smallest accepted RSA modulus (RFC 7518 §3.3). */
export const RSA_MIN_MODULUS_BITS = 2048;

/** Smallest accepted RSA public exponent: with 3, forged signatures pass verifiers that read padding laxly (FIPS 186-5 section 5.4). */
export const RSA_MIN_PUBLIC_EXPONENT = 65_537;

/** Age at which configuration is refreshed in the background. */
export const CONFIG_REFRESH_AFTER_MS = 60_000;

/**
 * Age above which a request waits for a refresh of the configuration: the longest spread of {@link CONFIG_REFRESH_AFTER_MS}. It is what bounds
 * the time until an entry of `blocked` takes effect in an environment that was frozen.
 */
export const CONFIG_MAX_AGE_MS = 75_000;

/**
 * How long a request waits for such a refresh: one attempt at Parameter Store and a margin. Then the last valid configuration is used, and no
 * other request waits until the next retry.
 */
export const CONFIG_STALE_WAIT_MS = 2_500;

/**
 * Timeout of one read of the configuration, retries included; in a cold start, requests then get a 503. Lambda's init phase is limited to
 * 10 s, and API Gateway waits 10 s for the authorizer.
 */
export const CONFIG_LOAD_TIMEOUT_MS = 8_000;

/**
 * How long a function's init phase waits for its first reads. Lambda ends the phase after 10 s, loading included, and then starts the function
 * again.
 *
 * @see https://docs.aws.amazon.com/lambda/latest/dg/lambda-runtime-environment.html#runtimes-lifecycle-ib
 */
export const INIT_READ_TIMEOUT_MS = 9_000;

/** Back-off after a failed read while there is no configuration; varied by up to a quarter. */
export const CONFIG_RETRY_AFTER_MS = 2_000;

/** How long one attempt of a call to Parameter Store may take; the SDK then tries again. */
export const SSM_ATTEMPT_MS = 2_000;

/** Idle time after which a keep-alive connection is not reused: a function that was frozen may have a dead one. */
export const KEEP_ALIVE_IDLE_MS = 4_000;

/** Age at which a secret is read again. */
export const SECRET_REFRESH_AFTER_MS = 5 * 60_000;

/** How long one read of a secret may take, retries included. */
export const SECRET_TIMEOUT_MS = 3_000;

/** Back-off after a failed read of a secret while its stale value is used. */
export const SECRET_RETRY_AFTER_MS = 30_000;

/** How long one call to KMS may take, retries included. */
export const KMS_TIMEOUT_MS = 4_000;

/** How long a stale secret is used while it cannot be read. */
export const SECRET_STALE_MS = 60 * 60_000;

/**
 * Largest list that is read for filtering: a JSON response, or one event of a stream. A larger response to a request that lists is an
 * error; a larger event of another stream is passed on while it is watched for lists.
 */
export const FILTERED_MESSAGE_MAX_BYTES = 16 * 1024 * 1024;

/** Most tools, prompts and resources that one body may name if the server has rules: each costs a decision. */
export const ACCESS_TARGETS_MAX = 1_000;

/** Longest session id of a server: sealed for the client, and with the token, it must fit API Gateway's 10,240 bytes of headers. */
export const DOWNSTREAM_SESSION_ID_MAX_CHARS = 1_500;

/** Maximum size of the relayed response headers, names included: API Gateway allows 10,240 bytes in total. */
export const RELAYED_HEADERS_MAX_BYTES = 8 * 1024;

/** How often the caller of an open event stream is looked up in `blocked` again. */
export const STREAM_BLOCKED_CHECK_MS = 10_000;

/**
 * Longest time of a `retry` field at the combined endpoint. Clients use the last one for all their streams: with a long one, a member would keep a
 * client from the notifications of the others. Beyond 2^31, official clients reconnect without a pause.
 */
export const COMBINED_RETRY_MAX_MS = 60_000;

/** Wait before resuming a stream again that the server is still sending to a closed connection. */
export const STREAM_TAKEN_RETRY_MS = 500;

/** How long before the function's timeout an event stream is ended, so that the client can resume it. */
export const STREAM_END_MARGIN_MS = 10_000;

/** How long one introspection request may take, from DNS to the last byte. */
export const INTROSPECTION_TIMEOUT_MS = 5_000;

/** Shortest validity of a caller whose introspection response has no `exp`: the request must have time to reach its server. */
export const INTROSPECTED_CALLER_MIN_SECONDS = 30;

/** Largest introspection response. */
export const INTROSPECTION_MAX_BYTES = 64 * 1024;

/** Relayed metadata of an authorization server: one fetch, its maximum age, and the back-off after a failed fetch. */
export const AS_METADATA = {
  timeoutMs: 5_000,
  maxBytes: 64 * 1024,
  freshMs: 10 * 60_000,
  staleMs: 60 * 60_000,
  retryAfterMs: 5_000,
};

/** A credential for an MCP server: one fetch from DNS to the last byte, and the largest response. */
export const UPSTREAM_TOKEN = { timeoutMs: 3_000, maxBytes: 64 * 1024 };

/** How long a credential without an expiry is cached. */
export const UNKNOWN_LIFETIME_MS = 60_000;

/** Back-off after a 429 without `Retry-After`: clients that retry at once would keep the limit exceeded. */
export const UPSTREAM_TOKEN_LIMITED_SECONDS = 5;

/** Back-off before a credential is renewed again, after the MCP server has rejected the renewed one as well. */
export const UPSTREAM_TOKEN_RENEWAL_BACKOFF_MS = 30_000;

/** How long one attempt of a call to DynamoDB may take; the SDK then tries once more. */
export const RATE_LIMIT_ATTEMPT_MS = 1_000;

/** Timeout of one counter, retries included. Then `on_store_failure` decides. */
export const RATE_LIMIT_TIMEOUT_MS = 2_500;

/**
 * Maximum time for which an environment caches that a limit is reached: after this time, a counter that an operator has reset takes effect
 * everywhere.
 */
export const RATE_LIMIT_CACHE_MS = 60_000;
