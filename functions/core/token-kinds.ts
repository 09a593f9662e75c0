// Tells access tokens from other kinds. An issuer signs access, refresh, ID, logout and event tokens with the same keys, and often with the
// same `iss` and `aud`; only access tokens are allowed (RFC 8725 sections 3.11 and 3.12, RFC 9068 section 4).
import { type Claims, readClaim } from "./claims.ts";
import type { TokenDenialReason } from "./token-denial.ts";

/** The kind of token that a value such as `token_type` means. */
type Statement = "access" | TokenDenialReason;

const WORDS: Readonly<Record<string, readonly string[]>> = {
  access: [
    "access",
    "access_token",
    "access-token",
    "accesstoken",
    "bearer",
    "at+jwt",
    "urn:ietf:params:oauth:token-type:access_token",
  ],
  refresh_token: [
    "refresh",
    "refresh_token",
    "refresh-token",
    "refreshtoken",
    "offline",
    "rt+jwt",
    "urn:ietf:params:oauth:token-type:refresh_token",
  ],
  id_token: [
    "id",
    "id_token",
    "id-token",
    "idtoken",
    "id_token+jwt",
    "id+jwt",
    "urn:ietf:params:oauth:token-type:id_token",
  ],
  proof_of_possession: ["dpop", "pop"],
};

const STATEMENTS: ReadonlyMap<string, Statement> = new Map(
  Object.entries(WORDS).flatMap(([statement, words]) =>
    words.map((word): [string, Statement] => [word, statement as Statement]),
  ),
);

/** Claims that only ID tokens have (OpenID Connect Core 1.0, sections 2 and 3.3.2.11). `sid` is not one: access tokens have it too. */
const ID_TOKEN_CLAIMS = ["nonce", "at_hash", "c_hash", "s_hash"] as const;

/** Claims in which issuers state the kind: Descope's OIDC tokens and RFC 7662, Amazon Cognito, Keycloak. */
const KIND_CLAIMS = ["token_type", "token_use", "typ"] as const;

/** A claim that may say that the token is not an access token. */
export type KindClaim = {
  /** the claim, or a description of several */
  name: string;
  expected: string;
  /** Why the token is not an access token, or undefined. */
  denial(claims: Claims): { reason: TokenDenialReason; actual: string } | undefined;
};

/** The checks of a token's kind, in order. Absent, null and empty claims are ignored. */
export const KIND_CLAIM_CHECKS: readonly KindClaim[] = [
  {
    name: "drn",
    expected: "absent or DS",
    denial: ({ drn }) => {
      if (drn === undefined || drn === null || drn === "" || drn === "DS") return undefined;
      return drn === "DSR"
        ? { reason: "refresh_token", actual: "DSR, a Descope refresh token" }
        : { reason: "not_access_token", actual: "an unsupported kind" };
    },
  },
  ...KIND_CLAIMS.map((name) => ({
    name,
    expected: "absent, access token or Bearer",
    denial: (claims: Claims) => denialOf(statementOf(claims, name)),
  })),
  {
    name: "ID token claims",
    expected: `no ${ID_TOKEN_CLAIMS.join(", ")}`,
    denial: (claims) => {
      const found = ID_TOKEN_CLAIMS.filter((name) => readClaim(claims, name) !== undefined);
      // Keycloak before version 24 put the nonce, and nothing else of these, into access tokens as well, which say "typ": "Bearer".
      const isExplained = found.every((name) => name === "nonce") && saysAccessToken(claims);
      if (found.length === 0 || isExplained) return undefined;
      return { reason: "id_token", actual: found.join(", ") };
    },
  },
  {
    name: "events",
    expected: "absent",
    denial: (claims) =>
      Object.hasOwn(claims, "events")
        ? { reason: "not_access_token", actual: "a security event or logout token" }
        : undefined,
  },
];

/**
 * Checks the `typ` of a token's header.
 *
 * Access tokens of real issuers have none, `JWT` or `at+jwt`; Okta's own server writes `application/okta-internal-at+jwt`.
 *
 * @param typ `typ` of the header; a media type with or without `application/` (RFC 7515 section 4.1.9)
 * @returns why the token is not an access token, or undefined
 */
export function headerTypeDenial(typ: unknown): { reason: TokenDenialReason; actual: string } | undefined {
  if (typ === undefined) return undefined;
  if (typeof typ !== "string") return { reason: "not_access_token", actual: "a typ that is not a string" };
  const type = typ.toLowerCase().replace(/^application\//, "");
  if (type === "jwt" || /^(?:[\w-]+-)?at\+jwt$/.test(type)) return undefined;
  const statement = STATEMENTS.get(type);
  return denialOf(statement === "access" ? "not_access_token" : (statement ?? "not_access_token"));
}

function saysAccessToken(claims: Claims): boolean {
  return KIND_CLAIMS.some((name) => statementOf(claims, name) === "access");
}

function statementOf(claims: Claims, name: (typeof KIND_CLAIMS)[number]): Statement | undefined {
  const value = readClaim(claims, name);
  if (value === undefined) return undefined;
  if (typeof value !== "string") return "not_access_token";
  const word = value.toLowerCase();
  // The same as the header's `typ`: JWT.
  if (name === "typ" && word === "jwt") return undefined;
  return STATEMENTS.get(word.replace(/^application\//, "")) ?? "not_access_token";
}

const KIND_WORDS: Readonly<Partial<Record<TokenDenialReason, string>>> = {
  refresh_token: "a refresh token",
  id_token: "an ID token",
  proof_of_possession: "a token bound to a key",
};

function denialOf(statement: Statement | undefined) {
  if (statement === undefined || statement === "access") return undefined;
  return { reason: statement, actual: KIND_WORDS[statement] ?? "an unsupported kind" };
}
