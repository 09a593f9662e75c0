import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import {
  RESOURCE,
  registerPublicClient,
  signInForTokens,
  startLocalSignIn,
  verifiedClaims,
} from "../../support/local-sign-in.ts";
import { discover, type Metadata, type TokenResponse, tokenRequest } from "../../support/oauth-requests.ts";

let server: SignInServer;
let metadata: Metadata;
let clientId: string;

beforeAll(async () => {
  server = await startLocalSignIn({
    tokenLifetimeSeconds: 900,
  });
  metadata = await discover(server.issuer);
  clientId = await registerPublicClient(metadata);
});
afterAll(() => server.close());

const verified = (token: string) => verifiedClaims(server, token);

const signIn = (user: "free" | "pro", params?: Record<string, string>, onPage?: (page: string) => void) =>
  signInForTokens(metadata, clientId, user, params, onPage);

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
