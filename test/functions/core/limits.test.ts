// The fixed limits (sizes in bytes, durations in milliseconds), and the conditions between them.
import { describe, expect, it } from "vitest";
import * as limits from "../../../functions/core/limits.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

it("the limits have exactly these fixed values", () => {
  expect({ ...limits }).toEqual({
    TOKEN_MAX_BYTES: 8_192,
    AUTHORIZER_CONTEXT_MAX_BYTES: 6_144,
    JWKS_TIMEOUT_MS: 5_000,
    JWKS_MAX_BYTES: 262_144,
    JWKS_MAX_REJECTIONS: 20,
    JWKS_REFRESH_AFTER_MS: 240_000,
    JWKS_FRESH_MS: 300_000,
    JWKS_MIN_REFRESH_MS: 30_000,
    JWKS_STALE_MS: 3_600_000,
    RATE_LIMIT_ATTEMPT_MS: 1_000,
    RATE_LIMIT_TIMEOUT_MS: 2_500,
    RATE_LIMIT_CACHE_MS: 60_000,
    JWKS_UNKNOWN_KID_COOLDOWN_MS: 30_000,
    RSA_MIN_MODULUS_BITS: 2_048,
    RSA_MIN_PUBLIC_EXPONENT: 65_537,
    CONFIG_REFRESH_AFTER_MS: 60_000,
    CONFIG_MAX_AGE_MS: 75_000,
    CONFIG_STALE_WAIT_MS: 2_500,
    CONFIG_LOAD_TIMEOUT_MS: 8_000,
    INIT_READ_TIMEOUT_MS: 9_000,
    CONFIG_RETRY_AFTER_MS: 2_000,
    SSM_ATTEMPT_MS: 2_000,
    KEEP_ALIVE_IDLE_MS: 4_000,
    SECRET_REFRESH_AFTER_MS: 300_000,
    SECRET_TIMEOUT_MS: 3_000,
    SECRET_RETRY_AFTER_MS: 30_000,
    KMS_TIMEOUT_MS: 4_000,
    SECRET_STALE_MS: 3_600_000,
    FILTERED_MESSAGE_MAX_BYTES: 16_777_216,
    ACCESS_TARGETS_MAX: 1_000,
    DOWNSTREAM_SESSION_ID_MAX_CHARS: 1_500,
    RELAYED_HEADERS_MAX_BYTES: 8_192,
    STREAM_END_MARGIN_MS: 10_000,
    STREAM_BLOCKED_CHECK_MS: 10_000,
    UNKNOWN_LIFETIME_MS: 60_000,
    UPSTREAM_TOKEN: { timeoutMs: 3_000, maxBytes: 65_536 },
    UPSTREAM_TOKEN_RENEWAL_BACKOFF_MS: 30_000,
    UPSTREAM_TOKEN_LIMITED_SECONDS: 5,
    COMBINED_RETRY_MAX_MS: 60_000,
    STREAM_TAKEN_RETRY_MS: 500,
    INTROSPECTION_TIMEOUT_MS: 5_000,
    INTROSPECTED_CALLER_MIN_SECONDS: 30,
    INTROSPECTION_MAX_BYTES: 65_536,
    AS_METADATA: {
      timeoutMs: 5_000,
      maxBytes: 65_536,
      freshMs: 600_000,
      staleMs: 3_600_000,
      retryAfterMs: 5_000,
    },
  });
});

describe("the limits fit each other:", () => {
  it("a revoked key is rejected after ten minutes, although API Gateway caches an Allow for five", () => {
    expect(limits.JWKS_FRESH_MS + 5 * MINUTE).toBeLessThanOrEqual(10 * MINUTE);
  });

  it("keys are refreshed before they become too old to be used, and more than once", () => {
    expect(limits.JWKS_REFRESH_AFTER_MS + limits.JWKS_TIMEOUT_MS).toBeLessThan(limits.JWKS_FRESH_MS);
    expect(limits.JWKS_MIN_REFRESH_MS).toBeLessThan(limits.JWKS_REFRESH_AFTER_MS);
    expect(limits.JWKS_FRESH_MS).toBeLessThan(limits.JWKS_STALE_MS);
  });

  it("a cold start and all waiting within a request end before API Gateway's authorizer timeout of 10 s", () => {
    expect(limits.CONFIG_LOAD_TIMEOUT_MS).toBeLessThan(10 * SECOND);
    expect(limits.JWKS_TIMEOUT_MS).toBeLessThan(10 * SECOND);
    expect(limits.INTROSPECTION_TIMEOUT_MS).toBeLessThan(10 * SECOND);
    expect(limits.SECRET_TIMEOUT_MS + limits.KMS_TIMEOUT_MS).toBeLessThan(10 * SECOND);
  });

  it("a read attempt that hangs leaves time for another attempt", () => {
    expect(2 * limits.SSM_ATTEMPT_MS).toBeLessThan(limits.CONFIG_LOAD_TIMEOUT_MS);
    expect(limits.SSM_ATTEMPT_MS).toBeLessThan(limits.SECRET_TIMEOUT_MS);
    expect(limits.SSM_ATTEMPT_MS).toBeLessThan(limits.CONFIG_STALE_WAIT_MS);
    expect(limits.CONFIG_REFRESH_AFTER_MS).toBeLessThan(limits.CONFIG_MAX_AGE_MS);
  });

  it("the longest token and the longest session id fit into API Gateway's 10,240 bytes of headers", () => {
    expect(limits.TOKEN_MAX_BYTES + 2_048).toBeLessThanOrEqual(10_240);
  });
});
