// The conditions between the fixed limits.
import { describe, expect, it } from "vitest";
import * as limits from "../../../functions/core/limits.ts";

const SECOND = 1_000;
const MINUTE = 60_000;

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
