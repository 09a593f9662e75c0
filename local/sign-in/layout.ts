// Descope's URL paths for one MCP Server of one project, below any base URL.
// Discovery is appended to the issuer (OpenID Connect Discovery 1.0 section 4); the RFC 8414 form, which puts
// `/.well-known/…` in front of the issuer's path, is not served, as at Descope.

/** Absolute paths (without host) that the sign-in server serves. */
export type SignInLayout = {
  readonly issuer: string;
  readonly discovery: readonly string[];
  readonly jwks: readonly string[];
  readonly authorize: string;
  readonly token: string;
  readonly register: string;
  readonly userinfo: string;
  readonly revoke: string;
  /** `iss` of tokens from the project's token endpoint. */
  readonly projectIssuer: string;
  /** The project's token endpoint: client credentials and token exchange. */
  readonly projectToken: string;
  /** Followed by `user/token`, `tenant/token` and the like: the Connections token vault. */
  readonly vault: string;
  /** The page on which accounts are connected; at Descope a hosted flow, named in the query. */
  readonly connections: string;
  /** Followed by `/<interaction id>`: the login and consent pages. */
  readonly pages: string;
  /** Not a path of Descope: issues a token to a program on this machine, see local-token.ts. */
  readonly localToken: string;
};

/** @param projectId Descope project id (`P…`) @param mcpServerId Descope MCP server id (`MS…` or `RS…`) */
export function signInLayout(projectId: string, mcpServerId: string): SignInLayout {
  const issuer = `/v1/apps/agentic/${projectId}/${mcpServerId}`;
  return {
    issuer,
    discovery: [
      `${issuer}/.well-known/openid-configuration`,
      `${issuer}/.well-known/oauth-authorization-server`,
    ],
    jwks: [`/${projectId}/.well-known/jwks.json`, `/v2/keys/${projectId}`],
    authorize: `/oauth2${issuer}/authorize`,
    token: `/oauth2${issuer}/token`,
    register: `/v1/mgmt/mcp/client/${projectId}/${mcpServerId}/register`,
    userinfo: `/oauth2/v1/apps/${projectId}/userinfo`,
    revoke: `/oauth2/v1/apps/${projectId}/revoke`,
    projectIssuer: `/v1/apps/${projectId}`,
    projectToken: "/oauth2/v1/apps/token",
    vault: "/v1/mgmt/outbound/app/",
    connections: `/${projectId}`,
    pages: "/sign-in",
    localToken: "/local/token",
  };
}
