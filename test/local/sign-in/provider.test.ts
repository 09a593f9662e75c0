import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import {
  REDIRECT,
  registerPublicClient,
  signInForTokens,
  startLocalSignIn,
  verifiedClaims,
} from "../../support/local-sign-in.ts";
import { authorizationRequest, discover, type Metadata, tokenRequest } from "../../support/oauth-requests.ts";
import { CookieJar, signInAs } from "../../support/sign-in-driver.ts";

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

const signIn = (user: "free" | "pro", params?: Record<string, string>) =>
  signInForTokens(metadata, clientId, user, params);

describe("authorization code flow", () => {
  it("returns a code with state and issuer, and a token with the free user's claims", async () => {
    const { url } = authorizationRequest(metadata, clientId, REDIRECT, { scope: "openid tools:read" });
    const back = await signInAs(url, "free");
    expect(back.origin + back.pathname).toBe(REDIRECT);
    expect(back.searchParams.get("state")).toBe("state-1");
    expect(back.searchParams.get("iss")).toBe(server.issuer);

    const response = await signIn("free", { scope: "openid tools:read" });
    expect(response).toMatchObject({ token_type: "Bearer", expires_in: 900, scope: "openid tools:read" });
    expect(decodeProtectedHeader(response.access_token)).toMatchObject({ alg: "RS256", typ: "JWT" });
    const claims = await verified(response.access_token);
    expect(claims).toEqual({
      iss: server.issuer,
      aud: ["http://127.0.0.1:8787", "P2test", clientId],
      sub: "U2fridaFree00000000000000001",
      azp: clientId,
      client_id: clientId,
      scope: "openid tools:read",
      token_type: "access_token",
      amr: ["email"],
      dct: "T2freeTenant0000000000000001",
      tenants: { T2freeTenant0000000000000001: { roles: ["viewer"], permissions: ["reports.read"] } },
      roles: ["viewer"],
      permissions: ["reports.read"],
      email: "frida@example.com",
      name: "Frida Free",
      subscription: "free",
      iat: expect.any(Number),
      exp: (claims.iat as number) + 900,
      jti: expect.any(String),
    });
  });

  it("returns a token with the pro user's claims", async () => {
    const claims = await verified((await signIn("pro", { scope: "tools:read" })).access_token);
    expect(claims).toMatchObject({
      sub: "U2petraPro000000000000000001",
      dct: "T2proTenant00000000000000001",
      subscription: "pro",
      roles: ["editor", "admin"],
    });
  });

  it("grants all scopes of the MCP Server to a client that requests none", async () => {
    expect((await signIn("free")).scope).toBe("tools:read tools:write");
  });

  it.each(["select_account", "login", "login select_account", "select_account consent"])(
    "shows the choice of users once for prompt=%s",
    async (prompt) => {
      const { url } = authorizationRequest(metadata, clientId, REDIRECT, { prompt });
      const pages: string[] = [];
      const back = await signInAs(url, "pro", {
        onPage: (page) => pages.push(/<h1>(.*?)<\/h1>/.exec(page)?.[1] ?? ""),
      });
      expect(pages).toEqual(["Sign in", "Allow Test client to use your account?"]);
      expect(back.searchParams.get("code")).toMatch(/.+/);
    },
  );

  it("rejects prompt=none, because every sign-in shows a page, also for offline_access", async () => {
    for (const scope of ["openid", "openid offline_access"]) {
      const { url } = authorizationRequest(metadata, clientId, REDIRECT, { prompt: "none", scope });
      const back = new URL((await fetch(url, { redirect: "manual" })).headers.get("location") ?? "");
      expect(back.searchParams.get("error")).toBe("login_required");
    }
  });

  it("accepts an authorization request as a form", async () => {
    const { url } = authorizationRequest(metadata, clientId, REDIRECT, { scope: "openid offline_access" });
    const response = await fetch(url.origin + url.pathname, {
      method: "POST",
      body: url.searchParams,
      redirect: "manual",
    });
    expect(response.status).toBe(303);
    expect(response.headers.get("location")).toMatch(/^\/sign-in\/.+/);
  });

  it("returns access_denied to the client if the user denies", async () => {
    const { url } = authorizationRequest(metadata, clientId, REDIRECT, { scope: "tools:read" });
    const back = await signInAs(url, "free", { consent: false });
    expect(back.searchParams.get("error")).toBe("access_denied");
    expect(back.searchParams.get("state")).toBe("state-1");
    expect(back.searchParams.get("code")).toBeNull();
  });

  it("asks who signs in and for consent each time, also in a browser that has signed in before", async () => {
    const jar = new CookieJar();
    const pages: string[] = [];
    const onPage = (page: string) => pages.push(/<h1>(.*?)<\/h1>/.exec(page)?.[1] ?? "");
    await signInAs(authorizationRequest(metadata, clientId, REDIRECT).url, "free", { jar });
    await signInAs(authorizationRequest(metadata, clientId, REDIRECT).url, "pro", { jar, onPage });
    expect(pages).toEqual(["Sign in", "Allow Test client to use your account?"]);
  });

  it.each([
    ["no PKCE", { code_challenge: undefined, code_challenge_method: undefined }],
    ["PKCE with the plain method", { code_challenge_method: "plain" }],
  ])("rejects %s", async (_case, params) => {
    const { url } = authorizationRequest(metadata, clientId, REDIRECT, params);
    const response = await fetch(url, { redirect: "manual" });
    const back = new URL(response.headers.get("location") ?? "");
    expect(back.searchParams.get("error")).toBe("invalid_request");
  });

  it("rejects an invalid code verifier", async () => {
    const { url } = authorizationRequest(metadata, clientId, REDIRECT);
    const back = await signInAs(url, "free");
    const response = await tokenRequest(metadata, {
      grant_type: "authorization_code",
      client_id: clientId,
      code: back.searchParams.get("code") ?? "",
      redirect_uri: REDIRECT,
      code_verifier: "x".repeat(43),
    });
    expect(response.status).toBe(400);
    expect(await response.json()).toMatchObject({ error: "invalid_grant" });
  });

  it("signs with the new key after a rotation", async () => {
    const before = decodeProtectedHeader((await signIn("free")).access_token).kid;
    await server.rotateKeys();
    const { access_token } = await signIn("free");
    expect(decodeProtectedHeader(access_token).kid).not.toBe(before);
    await verified(access_token);
  });
});

describe("resource indicators", () => {
  it.each(["http://127.0.0.1:8787", "http://127.0.0.1:8787/", "http://127.0.0.1:8787/everything/mcp"])(
    "accepts %s",
    async (resource) => {
      const claims = await verified((await signIn("free", { resource })).access_token);
      expect(claims.aud).toEqual(["http://127.0.0.1:8787", "P2test", clientId]);
    },
  );

  it("rejects another server", async () => {
    const { url } = authorizationRequest(metadata, clientId, REDIRECT, {
      resource: "https://other.example/mcp",
    });
    const back = new URL((await fetch(url, { redirect: "manual" })).headers.get("location") ?? "");
    expect(back.searchParams.get("error")).toBe("invalid_target");
    expect(back.searchParams.get("error_description")).toBe(
      "unknown resource https://other.example/mcp: expected a URL at or below http://127.0.0.1:8787",
    );
  });
});
