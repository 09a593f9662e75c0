// The claims of an access token, as Descope issues them.
import type { JWTPayload } from "jose";
import type { LocalUser } from "./users.ts";

/** The issuer: its URL, the project, and the MCP Server URL as set in Descope's console. */
export type TokenIssuer = { readonly issuer: string; readonly projectId: string; readonly resource: string };

export type TokenGrant = {
  readonly clientId: string;
  /** Absent for the client credentials grant: the client is the subject. */
  readonly user?: LocalUser | undefined;
  /** Space-separated; omitted from the token if empty. */
  readonly scope: string | undefined;
  readonly jti: string;
  /** Seconds since the epoch. */
  readonly issuedAt: number;
  readonly expiresAt: number;
};

/** Claims of an access token. `email`, `name` and `subscription` stand for custom claims of a JWT template. */
export function accessTokenClaims(from: TokenIssuer, grant: TokenGrant): JWTPayload {
  return {
    iss: from.issuer,
    aud: [from.resource, from.projectId, grant.clientId],
    sub: grant.user?.id ?? grant.clientId,
    azp: grant.clientId,
    client_id: grant.clientId,
    ...(grant.scope ? { scope: grant.scope } : {}),
    token_type: "access_token",
    ...(grant.user ? userClaims(grant.user) : {}),
    iat: grant.issuedAt,
    exp: grant.expiresAt,
    jti: grant.jti,
  };
}

function userClaims(user: LocalUser): JWTPayload {
  const { roles, permissions } = user;
  return {
    amr: ["email"],
    dct: user.tenant,
    tenants: { [user.tenant]: { roles, permissions } },
    roles,
    permissions,
    email: user.email,
    name: user.name,
    subscription: user.subscription,
  };
}
