// Why a token is denied: a closed union for the log and `explain`, and one switch that maps it to what the client is told.

/** Reasons for denying a token. They appear in logs, metrics and 403 responses, and do not change between versions. */
export type TokenDenialReason =
  | "token_missing"
  | "scheme_unsupported"
  | "token_too_long"
  | "token_malformed"
  | "token_encrypted"
  | "algorithm_not_allowed"
  | "crit_not_supported"
  | "kid_missing"
  | "key_unknown"
  | "signature_invalid"
  | "exp_missing"
  | "token_expired"
  | "token_not_yet_valid"
  | "token_issued_in_future"
  | "token_too_old"
  | "iat_missing"
  | "sub_missing"
  | "proof_of_possession"
  | "refresh_token"
  | "id_token"
  | "not_access_token"
  | "token_inactive"
  | "issuer_mismatch"
  | "audience_mismatch"
  | "claim_missing"
  | "claim_mismatch"
  | "blocked"
  | "principal_too_large"
  | "keys_unavailable"
  | "configuration_invalid";

/** A failed check: the expected and the actual value, for operators. Holds claim names, never claim values or tokens. */
export type TokenDenial = {
  reason: TokenDenialReason;
  expected: string;
  actual: string;
  /** the claim that the check is about, if any */
  claim?: string;
  /** `reason` of the entry of `blocked` */
  blockReason?: string;
  cause?: unknown;
};

/** The response to a denied token: 401 if signing in again can help, 403 if not, 503 if nothing could be decided. */
export type TokenResponse =
  | { status: 401 }
  | { status: 403; reason: TokenDenialReason; message: string }
  | { status: 503 };

/** What a blocked caller is told: neither which entry names it nor why. */
export const BLOCKED_MESSAGE =
  "Access with this account, client or token has been blocked. Signing in again does not help: ask the administrator.";

/** Maps a denial to what the client is told. A 401 has no detail, since it comes from a gateway response. */
export function responseToTokenDenial(denial: TokenDenial): TokenResponse {
  switch (denial.reason) {
    case "claim_missing":
      return {
        status: 403,
        reason: denial.reason,
        message:
          `This server requires the claim "${denial.claim}", which the access token lacks or holds empty. ` +
          "Signing in again does not help: ask the administrator to add it in Descope (custom claim or JWT template) or to the user.",
      };
    case "claim_mismatch":
      return {
        status: 403,
        reason: denial.reason,
        message:
          `The claim "${denial.claim}" of the access token has a value that this server does not admit. ` +
          "Signing in again does not help: ask the administrator for access.",
      };
    // 403 and not 401: after a 401, the client would get another token, which would be denied too or would bypass the block.
    case "blocked":
      return { status: 403, reason: denial.reason, message: BLOCKED_MESSAGE };
    case "principal_too_large":
      return {
        status: 403,
        reason: denial.reason,
        message:
          `The claims that this server receives are too large to be forwarded: ${denial.expected}, got ${denial.actual}. ` +
          "Ask the administrator to shorten include_claims or the claims in Descope.",
      };
    case "keys_unavailable":
    case "configuration_invalid":
      return { status: 503 };
    case "token_too_long":
      return {
        status: 403,
        reason: denial.reason,
        message:
          `The access token is too long for this gateway: ${denial.expected}, got ${denial.actual}. ` +
          "Another token of the same kind would be as long: ask the administrator to put fewer claims, tenants or roles into tokens.",
      };
    case "token_missing":
    case "scheme_unsupported":
    case "token_malformed":
    case "token_encrypted":
    case "algorithm_not_allowed":
    case "crit_not_supported":
    case "kid_missing":
    case "key_unknown":
    case "signature_invalid":
    case "exp_missing":
    case "token_expired":
    case "token_not_yet_valid":
    case "token_issued_in_future":
    case "token_too_old":
    case "iat_missing":
    case "sub_missing":
    case "proof_of_possession":
    case "refresh_token":
    case "id_token":
    case "not_access_token":
    case "token_inactive":
    case "issuer_mismatch":
    case "audience_mismatch":
      return { status: 401 };
  }
}
