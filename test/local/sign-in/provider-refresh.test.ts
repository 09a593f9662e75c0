import { createRemoteJWKSet, type JWTPayload, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SignInServer, startSignIn } from "../../../local/sign-in/sign-in-server.ts";
import {
  authorizationRequest,
  discover,
  type Metadata,
  register,
  type TokenResponse,
  tokenRequest,
} from "../../support/oauth-requests.ts";
import { signInAs } from "../../support/sign-in-driver.ts";

const REDIRECT = "http://127.0.0.1:33418/callback";
const RESOURCE = "http://127.0.0.1:8787/whoami/mcp";

let server: SignInServer;
let metadata: Metadata;
let clientId: string;

beforeAll(async () => {
  server = await startSignIn({
    projectId: "P2test",
    mcpServerId: "MS2test",
    resource: "http://127.0.0.1:8787",
    resources: ["http://127.0.0.1:8787"],
    scopes: ["tools:read", "tools:write"],
    tokenLifetimeSeconds: 900,
  });
  metadata = await discover(server.issuer);
  const response = await register(metadata.registration_endpoint, {
    client_name: "Test client",
    redirect_uris: [REDIRECT],
    token_endpoint_auth_method: "none",
    grant_types: ["authorization_code", "refresh_token"],
    response_types: ["code"],
  });
  clientId = ((await response.json()) as { client_id: string }).client_id;
});
afterAll(() => server.close());

async function verified(token: string): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/P2test/.well-known/jwks.json`));
  return (await jwtVerify(token, keys, { issuer: server.issuer, audience: "http://127.0.0.1:8787" })).payload;
}

async function signIn(
  user: "free" | "pro",
  params: Record<string, string> = {},
  onPage?: (page: string) => void,
): Promise<TokenResponse> {
  const { url, verifier } = authorizationRequest(metadata, clientId, REDIRECT, {
    resource: RESOURCE,
    ...params,
  });
  const back = await signInAs(url, user, onPage && { onPage });
  expect(back.searchParams.get("error")).toBeNull();
  const response = await tokenRequest(metadata, {
    grant_type: "authorization_code",
    client_id: clientId,
    code: back.searchParams.get("code") ?? "",
    redirect_uri: REDIRECT,
    code_verifier: verifier,
    resource: params["resource"] ?? RESOURCE,
  });
  expect(response.status).toBe(200);
  return (await response.json()) as TokenResponse;
}

function refresh(refreshToken: string | undefined, scope?: string): Promise<Response> {
  return tokenRequest(metadata, {
    grant_type: "refresh_token",
    client_id: clientId,
    refresh_token: refreshToken ?? "",
    resource: RESOURCE,
    ...(scope !== undefined && { scope }),
  });
}

describe("refresh tokens", () => {
  it("are issued without offline_access, rotate, and keep the user and the scope", async () => {
    const first = await signIn("pro", { scope: "tools:read" });
    const response = await refresh(first.refresh_token);
    expect(response.status).toBe(200);
    const second = (await response.json()) as TokenResponse;
    expect(second.refresh_token).not.toBe(first.refresh_token);
    expect(await verified(second.access_token)).toMatchObject({
      sub: "U2petraPro000000000000000001",
      scope: "tools:read",
      subscription: "pro",
    });
  });

  it.each([
    ["without a prompt", {}],
    ["with prompt=login", { prompt: "login" }],
    ["with prompt=consent", { prompt: "consent" }],
    ["with prompt=select_account", { prompt: "select_account" }],
  ])(
    "come with offline_access %s, which is asked for, granted, and may be named again",
    async (_case, more) => {
      const pages: string[] = [];
      const scope = "openid offline_access tools:read";
      const first = await signIn("pro", { scope, ...more }, (page) => pages.push(page));
      expect(pages.at(-1)).toContain("<code>offline_access</code> <span>stay signed in</span>");
      expect(first.scope).toBe(scope);
      const response = await refresh(first.refresh_token, scope);
      expect(response.status).toBe(200);
      expect(await response.json()).toMatchObject({ scope, refresh_token: expect.any(String) });
    },
  );

  it("can be used once", async () => {
    const { refresh_token } = await signIn("free");
    expect((await refresh(refresh_token)).status).toBe(200);
    const again = await refresh(refresh_token);
    expect(again.status).toBe(400);
    expect(await again.json()).toMatchObject({ error: "invalid_grant" });
  });

  it("are invalid after revocation", async () => {
    const { refresh_token = "" } = await signIn("free");
    const revoked = await fetch(`${server.baseUrl}/oauth2/v1/apps/P2test/revoke`, {
      method: "POST",
      body: new URLSearchParams({ client_id: clientId, token: refresh_token }),
    });
    expect(revoked.status).toBe(200);
    expect((await refresh(refresh_token)).status).toBe(400);
  });

  it("cannot be revoked by another client", async () => {
    const { refresh_token = "" } = await signIn("free");
    await fetch(`${server.baseUrl}/oauth2/v1/apps/P2test/revoke`, {
      method: "POST",
      body: new URLSearchParams({ client_id: "local-client", token: refresh_token }),
    });
    expect((await refresh(refresh_token)).status).toBe(200);
  });
});
