// OAuth requests as a public MCP client sends them, over plain HTTP, for tests of the local sign-in server.
import { createHash, randomBytes } from "node:crypto";

export type Metadata = {
  authorization_endpoint: string;
  token_endpoint: string;
  registration_endpoint: string;
};
export type TokenResponse = {
  access_token: string;
  refresh_token?: string;
  scope?: string;
  token_type: string;
  expires_in: number;
};

export async function discover(issuer: string): Promise<Metadata> {
  return (await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json()) as Metadata;
}

export async function register(endpoint: string, metadata: Record<string, unknown>): Promise<Response> {
  const headers = { "content-type": "application/json" };
  return fetch(endpoint, { method: "POST", headers, body: JSON.stringify(metadata) });
}

export type Attempt = { url: URL; verifier: string };

/** An authorization request with PKCE; `params` may replace or (with undefined) leave out a parameter. */
export function authorizationRequest(
  metadata: Metadata,
  clientId: string,
  redirectUri: string,
  params: Record<string, string | undefined> = {},
): Attempt {
  const verifier = randomBytes(32).toString("base64url");
  const url = new URL(metadata.authorization_endpoint);
  const all = {
    response_type: "code",
    client_id: clientId,
    redirect_uri: redirectUri,
    code_challenge: createHash("sha256").update(verifier).digest("base64url"),
    code_challenge_method: "S256",
    state: "state-1",
    ...params,
  };
  for (const [name, value] of Object.entries(all)) if (value !== undefined) url.searchParams.set(name, value);
  return { url, verifier };
}

export async function tokenRequest(
  metadata: Metadata,
  params: Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Response> {
  return fetch(metadata.token_endpoint, { method: "POST", headers, body: new URLSearchParams(params) });
}
