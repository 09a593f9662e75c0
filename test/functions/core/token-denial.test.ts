import { describe, expect, it } from "vitest";
import { responseToTokenDenial, type TokenDenialReason } from "../../../functions/core/token-denial.ts";

const STATUS: Record<TokenDenialReason, number> = {
  token_missing: 401,
  scheme_unsupported: 401,
  token_too_long: 403,
  token_malformed: 401,
  token_encrypted: 401,
  algorithm_not_allowed: 401,
  crit_not_supported: 401,
  kid_missing: 401,
  key_unknown: 401,
  signature_invalid: 401,
  exp_missing: 401,
  token_expired: 401,
  token_not_yet_valid: 401,
  token_issued_in_future: 401,
  token_too_old: 401,
  iat_missing: 401,
  sub_missing: 401,
  proof_of_possession: 401,
  refresh_token: 401,
  id_token: 401,
  not_access_token: 401,
  token_inactive: 401,
  issuer_mismatch: 401,
  audience_mismatch: 401,
  claim_missing: 403,
  claim_mismatch: 403,
  blocked: 403,
  principal_too_large: 403,
  keys_unavailable: 503,
  configuration_invalid: 503,
};

describe("responseToTokenDenial", () => {
  it.each(Object.entries(STATUS))("responds to %s with %i", (reason, status) => {
    const denial = { reason: reason as TokenDenialReason, expected: "expected-text", actual: "got-text" };
    expect(responseToTokenDenial(denial).status).toBe(status);
  });

  it("contains only the status for 401 and 503", () => {
    for (const reason of ["signature_invalid", "keys_unavailable"] as const) {
      const response = responseToTokenDenial({ reason, expected: "expected-text", actual: "got-text" });
      expect(Object.keys(response)).toEqual(["status"]);
    }
  });

  it("names the missing claim and where to add it", () => {
    const denial = { reason: "claim_missing", claim: "email", expected: "e", actual: "g" } as const;
    expect(responseToTokenDenial(denial)).toEqual({
      status: 403,
      reason: "claim_missing",
      message:
        'This server requires the claim "email", which the access token lacks or holds empty. Signing in again does not help: ask the administrator to add it in Descope (custom claim or JWT template) or to the user.',
    });
  });

  it("names the claim that does not match, but neither its value nor the configured values", () => {
    const denial = {
      reason: "claim_mismatch",
      claim: "tier",
      expected: "exact pro",
      actual: "no match",
    } as const;
    expect(responseToTokenDenial(denial)).toEqual({
      status: 403,
      reason: "claim_mismatch",
      message:
        'The claim "tier" of the access token has a value that this server does not admit. Signing in again does not help: ask the administrator for access.',
    });
  });

  it("says that a token is too long, and does not advise to sign in again", () => {
    const denial = {
      reason: "token_too_long",
      expected: "at most 8192 bytes",
      actual: "8193 bytes",
    } as const;
    expect(responseToTokenDenial(denial)).toEqual({
      status: 403,
      reason: "token_too_long",
      message:
        "The access token is too long for this gateway: at most 8192 bytes, got 8193 bytes. Another token of the same kind would be as long: ask the administrator to put fewer claims, tenants or roles into tokens.",
    });
  });

  it("says how large the claims are and which are the largest", () => {
    const denial = {
      reason: "principal_too_large",
      expected: "at most 6144 bytes",
      actual: "9000 bytes; largest claims: bio",
    } as const;
    expect(responseToTokenDenial(denial)).toEqual({
      status: 403,
      reason: "principal_too_large",
      message:
        "The claims that this server receives are too large to be forwarded: at most 6144 bytes, got 9000 bytes; largest claims: bio. Ask the administrator to shorten include_claims or the claims in Descope.",
    });
  });
});
