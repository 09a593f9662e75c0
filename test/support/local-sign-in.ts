// The local sign-in server for tests: project P2test, in front of a gateway at http://127.0.0.1:8787.
import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { expect } from "vitest";
import { type SignInOptions, type SignInServer, startSignIn } from "../../local/sign-in/sign-in-server.ts";
import {
  authorizationRequest,
  type Metadata,
  register,
  type TokenResponse,
  tokenRequest,
} from "./oauth-requests.ts";
import { signInAs } from "./sign-in-driver.ts";

const GATEWAY = "http://127.0.0.1:8787";

/** Redirect URI of the registered client. */
export const REDIRECT = "http://127.0.0.1:33418/callback";
/** A server of the gateway, which its clients name in `resource`. */
export const RESOURCE = `${GATEWAY}/whoami/mcp`;

/** Starts the server on a free port, with the scopes `tools:read` and `tools:write` unless others are given. */
export function startLocalSignIn(options: Partial<SignInOptions> = {}): Promise<SignInServer> {
  return startSignIn({
    projectId: "P2test",
    mcpServerId: "MS2test",
    resource: GATEWAY,
    scopes: ["tools:read", "tools:write"],
    ...options,
  });
}

/** The claims of a token for the gateway, verified with the server's published keys. */
export async function verifiedClaims(server: SignInServer, token: string): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/P2test/.well-known/jwks.json`));
  return (await jwtVerify(token, keys, { issuer: server.issuer, audience: GATEWAY })).payload;
}

/** Registers a public client with {@link REDIRECT}. @returns its client id */
export async function registerPublicClient(metadata: Metadata): Promise<string> {
  const response = await register(metadata.registration_endpoint, {
    client_name: "Test client",
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  });
  return ((await response.json()) as { client_id: string }).client_id;
}

/**
 * Signs a user in with the authorization code flow, for {@link RESOURCE} unless `params` names another.
 *
 * @param params more parameters of the authorization request
 * @param onPage called with the HTML of each page
 */
export async function signInForTokens(
  metadata: Metadata,
  clientId: string,
  user: "free" | "pro",
  params: Record<string, string> = {},
  onPage?: (page: string) => void,
): Promise<TokenResponse> {
  const resource = params["resource"] ?? RESOURCE;
  const { url, verifier } = authorizationRequest(metadata, clientId, REDIRECT, { ...params, resource });
  const back = await signInAs(url, user, onPage && { onPage });
  expect(back.searchParams.get("error")).toBeNull();
  const response = await tokenRequest(metadata, {
    grant_type: "authorization_code",
    client_id: clientId,
    code: back.searchParams.get("code") ?? "",
    redirect_uri: REDIRECT,
    code_verifier: verifier,
    resource,
  });
  expect(response.status).toBe(200);
  return (await response.json()) as TokenResponse;
}
