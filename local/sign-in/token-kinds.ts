// The kinds of token that issuers sign with one key, in each issuer's form. The gateway must allow only access tokens; the others exist
// to test that. Descope's OIDC tokens name their kind in `token_type`, its session tokens in `drn`.
import { randomUUID } from "node:crypto";

/** The differences of a kind from the double's access token; `undefined` omits a claim or header parameter. */
export type TokenKind = {
  readonly header?: Readonly<Record<string, unknown>>;
  readonly claims?: Readonly<Record<string, unknown>>;
};

const LOGOUT_EVENT = "http://schemas.openid.net/event/backchannel-logout";
const REVOKED_EVENT = "https://schemas.openid.net/secevent/caep/event-type/session-revoked";
const HASH = "MTIzNDU2Nzg5MDEyMzQ1Ng";
const other = (claims: TokenKind["claims"], header?: TokenKind["header"]): TokenKind => ({
  claims: { token_type: undefined, ...claims },
  ...(header && { header }),
});

export const TOKEN_KINDS = {
  // Access tokens.
  access_token: {},
  session: other({ drn: "DS" }),
  rfc9068_access_token: other({}, { typ: "at+jwt" }),
  untyped_access_token: other({}, { typ: undefined }),
  okta_access_token: other({}, { typ: "application/okta-internal-at+jwt" }),
  cognito_access_token: other({ token_use: "access" }, { typ: undefined }),
  keycloak_access_token: other({ typ: "Bearer", sid: "session" }),
  keycloak_23_access_token: other({ typ: "Bearer", nonce: "n-0S6" }),
  // Everything else.
  refresh_token: { claims: { token_type: "refresh_token" } },
  session_refresh_token: other({ drn: "DSR" }),
  keycloak_refresh_token: other({ typ: "Refresh" }),
  keycloak_offline_token: other({ typ: "Offline" }),
  typed_refresh_token: other({}, { typ: "rt+jwt" }),
  id_token: { claims: { token_type: "id_token", nonce: "n-0S6", at_hash: HASH } },
  oidc_id_token: other({ nonce: "n-0S6" }),
  oidc_id_token_without_nonce: other({ at_hash: HASH }),
  hybrid_id_token: other({ c_hash: HASH }),
  fapi_id_token: other({ s_hash: HASH }),
  typed_id_token: other({}, { typ: "id_token+jwt" }),
  cognito_id_token: other({ token_use: "id" }, { typ: undefined }),
  keycloak_id_token: other({ typ: "ID" }),
  logout_token: other({ events: { [LOGOUT_EVENT]: {} } }, { typ: "logout+jwt" }),
  untyped_logout_token: other({ events: { [LOGOUT_EVENT]: {} } }),
  keycloak_logout_token: other({ typ: "Logout" }),
  security_event_token: other({ events: { [REVOKED_EVENT]: {} } }, { typ: "secevent+jwt" }),
  dpop_proof: other({ htm: "POST", htu: "https://mcp.example.com/mcp" }, { typ: "dpop+jwt" }),
  dpop_access_token: { claims: { cnf: { jkt: HASH } } },
  keycloak_dpop_access_token: other({ typ: "DPoP" }),
  authorization_request: other({}, { typ: "oauth-authz-req+jwt" }),
  client_assertion: other({}, { typ: "client-authentication+jwt" }),
  identity_assertion: other({}, { typ: "oauth-id-jag+jwt" }),
  introspection_response: other({}, { typ: "token-introspection+jwt" }),
  entity_statement: other({}, { typ: "entity-statement+jwt" }),
  verifiable_credential: other({}, { typ: "vc+sd-jwt" }),
} as const satisfies Record<string, TokenKind>;

export type TokenKindName = keyof typeof TOKEN_KINDS;

/** The kinds that are bearer access tokens. */
export const ACCESS_TOKEN_KINDS: readonly TokenKindName[] = [
  "access_token",
  "session",
  "rfc9068_access_token",
  "untyped_access_token",
  "okta_access_token",
  "cognito_access_token",
  "keycloak_access_token",
  "keycloak_23_access_token",
];

/** The kind of that name, or undefined. */
export function tokenKind(name: string): TokenKind | undefined {
  return Object.hasOwn(TOKEN_KINDS, name) ? TOKEN_KINDS[name as TokenKindName] : undefined;
}

/** An encrypted token of five parts that cannot be decrypted: only its form matters. */
export function encryptedToken(): string {
  const header = Buffer.from(JSON.stringify({ alg: "RSA-OAEP-256", enc: "A256GCM" })).toString("base64url");
  return [header, randomUUID(), "AAAAAAAAAAAAAAAA", randomUUID(), "AAAAAAAAAAAAAAAAAAAAAA"].join(".");
}
