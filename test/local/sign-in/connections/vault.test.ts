// The double of Descope's Connections token vault: who gets which token, and each documented variant of its responses.
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../../support/local-sign-in.ts";

const FRIDA = "U2fridaFree00000000000000001";
const PETRA = "U2petraPro000000000000000001";
const PRO_TENANT = "T2proTenant00000000000000001";
const FETCH = "openid outbound.token.fetch";

let server: SignInServer;
beforeEach(async () => {
  server = await startLocalSignIn({
    scopes: ["outbound.token.fetch"],
    upstreamResources: ["https://notes.example.com/mcp"],
  });
});
afterEach(() => server.close());

type Token = { accessToken: string; accessTokenExpiry?: string; scopes: string[] };

async function ask(
  path: string,
  body: unknown,
  credential?: string,
): Promise<{ status: number; headers: Headers; body: { token: Token; errorCode?: string } }> {
  const token = credential ?? (await server.issueToken({ user: "pro", scope: FETCH }));
  const response = await fetch(`${server.baseUrl}/v1/mgmt/outbound/app/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer P2test:${token}`, "content-type": "application/json" },
    body: typeof body === "string" ? body : JSON.stringify(body),
  });
  const received = (await response.json()) as { token: Token; errorCode?: string };
  return { status: response.status, headers: response.headers, body: received };
}

const ofPetra = { appId: "linear", userId: PETRA };

describe("a connected account in the vault", () => {
  beforeEach(() => server.connections.connect(ofPetra, { scopes: ["read", "write"] }));

  it("returns its user's token, the same one until it expires", async () => {
    const [first, second] = [
      await ask("user/token/latest", ofPetra),
      await ask("user/token/latest", ofPetra),
    ];
    expect(first).toMatchObject({
      status: 200,
      body: {
        token: {
          appId: "linear",
          userId: PETRA,
          accessTokenType: "bearer",
          hasRefreshToken: true,
          scopes: ["read", "write"],
        },
      },
    });
    expect(first.body.token).not.toHaveProperty("refreshToken");
    expect(second.body.token.accessToken).toBe(first.body.token.accessToken);
    expect(server.connections.accountOf(first.body.token.accessToken)).toEqual(ofPetra);
  });

  it("returns a new token on a forced refresh, and revokes the earlier one", async () => {
    const first = await ask("user/token/latest", ofPetra);
    const options = { forceRefresh: true, withRefreshToken: true };
    const second = await ask("user/token/latest", { ...ofPetra, options });
    expect(second.body.token).toHaveProperty("refreshToken");
    expect(second.body.token.accessToken).not.toBe(first.body.token.accessToken);
    expect(server.connections.accountOf(first.body.token.accessToken)).toBeUndefined();
  });

  it("returns a new token after the service revoked the earlier one", async () => {
    const first = await ask("user/token/latest", ofPetra);
    server.connections.revoke(first.body.token.accessToken);
    const second = await ask("user/token/latest", ofPetra);
    expect(second.body.token.accessToken).not.toBe(first.body.token.accessToken);
  });

  it("returns no token after it is disconnected, while issued tokens stay valid", async () => {
    const { body } = await ask("user/token/latest", ofPetra);
    server.connections.disconnect(ofPetra);
    expect(await ask("user/token/latest", ofPetra)).toMatchObject({ status: 404 });
    expect(server.connections.accountOf(body.token.accessToken)).toEqual(ofPetra);
  });

  it.each([
    ["the newest", "user/token/latest", {}, 200],
    ["exactly its scopes", "user/token", { scopes: ["write", "read"] }, 200],
    ["fewer scopes", "user/token", { scopes: ["read"] }, 404],
    ["more scopes", "user/token", { scopes: ["read", "write", "admin"] }, 404],
    ["another app", "user/token/latest", { appId: "notion" }, 404],
    ["the user in a tenant", "user/token/latest", { tenantId: PRO_TENANT }, 404],
    ["the tenant's own", "tenant/token/latest", { tenantId: PRO_TENANT }, 404],
  ])("returns the documented response for %s", async (_case, path, more, status) => {
    const response = await ask(path, { ...ofPetra, ...more });
    expect(response.status).toBe(status);
    if (status === 404) {
      expect(response.body).toEqual({
        errorCode: "E111504",
        errorDescription: "Outbound application token not found",
        errorMessage: "Outbound application token not found",
      });
    }
  });

  it.each([
    ["epoch_seconds", /^\d{10}$/],
    ["epoch_milliseconds", /^\d{13}$/],
    ["rfc_3339", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.000Z$/],
    ["zero", /^0$/],
    ["empty", /^$/],
  ] as const)("its expiry is a string: %s", async (form, pattern) => {
    server.vault.expiryForm = form;
    const { body } = await ask("user/token/latest", ofPetra);
    expect(body.token.accessTokenExpiry).toMatch(pattern);
  });

  it("may have no expiry", async () => {
    server.vault.expiryForm = "absent";
    const { body } = await ask("user/token/latest", ofPetra);
    expect(body.token).not.toHaveProperty("accessTokenExpiry");
  });

  it.each([
    ["policy_denied", 403, "E999403", null],
    ["policy_denied_401", 401, "E999403", null],
    ["consent_withdrawn", 403, "E063302", null],
    ["rate_limited", 429, "E130429", "30"],
    ["failing", 500, "E999500", null],
  ] as const)("can be out of reach: %s", async (variant, status, errorCode, retryAfter) => {
    server.vault.variant = variant;
    const response = await ask("user/token/latest", ofPetra);
    expect(response).toMatchObject({ status, body: { errorCode } });
    expect(response.headers.get("retry-after")).toBe(retryAfter);
  });
});

describe("the vault's credential", () => {
  const tenantToken = { appId: "linear", tenantId: PRO_TENANT };
  const clientToken = async () => {
    const response = await fetch(`${server.baseUrl}/oauth2/v1/apps/token`, {
      method: "POST",
      headers: { authorization: `Basic ${btoa("local-gateway:local-gateway-secret")}` },
      body: new URLSearchParams({ grant_type: "client_credentials" }),
    });
    return ((await response.json()) as { access_token: string }).access_token;
  };
  beforeEach(() => {
    server.connections.connect(ofPetra);
    server.connections.connect({ ...ofPetra, tenantId: PRO_TENANT });
    server.connections.connect({ appId: "linear", userId: FRIDA });
    server.connections.connect(tenantToken);
  });

  it.each([
    ["a user's token, for the user", "user/token/latest", ofPetra, FETCH, 200],
    ["a user's token, for the tenant", "user/token/latest", { ...ofPetra, ...tenantToken }, FETCH, 200],
    ["a user's token, for its tenant's own", "tenant/token/latest", tenantToken, FETCH, 200],
    ["a user's token without the scope", "user/token/latest", ofPetra, "openid", 403],
    ["a user's token, for another user", "user/token/latest", { ...ofPetra, userId: FRIDA }, FETCH, 403],
    [
      "a user's token, for another tenant",
      "tenant/token/latest",
      { appId: "linear", tenantId: "T2freeTenant0000000000000001" },
      FETCH,
      403,
    ],
  ])("%s", async (_case, path, body, scope, status) => {
    const token = await server.issueToken({ user: "pro", scope });
    expect(await ask(path, body, token)).toMatchObject({ status });
  });

  it("that is a client's token allows only tenants' tokens", async () => {
    const token = await clientToken();
    expect(await ask("tenant/token/latest", tenantToken, token)).toMatchObject({ status: 200 });
    expect(await ask("user/token/latest", ofPetra, token)).toMatchObject({ status: 403 });
  });

  it("that is a management key allows all tokens", async () => {
    const key = "local-management-key";
    expect(await ask("user/token/latest", { appId: "linear", userId: FRIDA }, key)).toMatchObject({
      status: 200,
    });
    expect(await ask("tenant/token/latest", tenantToken, key)).toMatchObject({ status: 200 });
  });

  it.each([
    ["an expired token", () => server.issueToken({ user: "pro", scope: FETCH, expiresInSeconds: -60 })],
    ["a refresh token", () => server.issueToken({ user: "pro", scope: FETCH, kind: "refresh_token" })],
    ["a session token", () => server.issueToken({ user: "pro", scope: FETCH, kind: "session" })],
    ["no token", async () => "guess"],
  ])("is denied: %s", async (_case, credential) => {
    expect(await ask("user/token/latest", ofPetra, await credential())).toMatchObject({ status: 401 });
  });

  it("is denied if the token is of another project, or lacks the project's id", async () => {
    const token = await server.issueToken({ user: "pro", scope: FETCH });
    for (const authorization of [`Bearer P2other:${token}`, `Bearer ${token}`, ""]) {
      const response = await fetch(`${server.baseUrl}/v1/mgmt/outbound/app/user/token/latest`, {
        method: "POST",
        headers: { authorization },
        body: JSON.stringify(ofPetra),
      });
      expect(response.status).toBe(401);
    }
  });
});

it.each([
  ["user/token/latest", { appId: "linear" }],
  ["user/token/latest", { userId: PETRA }],
  ["user/token", ofPetra],
  ["tenant/token/latest", ofPetra],
  ["user/token/latest", "no JSON"],
])("the vault rejects an invalid request to %s with %j", async (path, body) => {
  expect(await ask(path, body)).toMatchObject({ status: 400, body: { errorCode: "E011003" } });
});

it("the vault does not respond at another path", async () => {
  expect(await ask("user/tokens", ofPetra)).toMatchObject({ status: 404, body: { errorCode: "E999404" } });
});
