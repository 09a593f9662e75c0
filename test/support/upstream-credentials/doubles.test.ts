// The doubles of a token endpoint and a Connections vault: what they issue, and how they fail.
import { UnsecuredJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ConnectionsVault, startConnectionsVault } from "./connections-vault.ts";
import { REDIRECTS, UNREADABLE_RESPONSES, UNUSABLE_TOKEN_RESPONSES } from "./misbehaviours.ts";
import { startTokenEndpoint, type TokenEndpoint } from "./token-endpoint.ts";

let endpoint: TokenEndpoint;
let vault: ConnectionsVault;
beforeEach(async () => {
  [endpoint, vault] = await Promise.all([startTokenEndpoint(), startConnectionsVault()]);
});
afterEach(() => Promise.all([endpoint.close(), vault.close()]));

const callerToken = (sub: string, scope = "outbound.token.fetch") =>
  new UnsecuredJWT({ sub, scope }).encode();
const grant = (form: Record<string, string>, init: RequestInit = {}) =>
  fetch(endpoint.tokenUrl, { method: "POST", body: new URLSearchParams(form), redirect: "manual", ...init });
const clientCredentials = {
  grant_type: "client_credentials",
  client_id: "c1",
  resource: "https://a.example",
};
type Issued = { access_token: string };
type Stored = { token: { accessToken: string; accessTokenExpiry?: string } };
const issuedIn = (response: Response) => response.json() as Promise<Issued>;
const storedIn = (response: Response) => response.json() as Promise<Stored>;
const fetchToken = (path: string, body: object, credential = callerToken("U1")) =>
  fetch(`${vault.url}/v1/mgmt/outbound/app/${path}`, {
    method: "POST",
    headers: { authorization: `Bearer P2test:${credential}` },
    body: JSON.stringify(body),
  });

describe("the token endpoint", () => {
  it("issues another token each time and knows whom it was for", async () => {
    const [one, two] = await Promise.all([grant(clientCredentials), grant(clientCredentials)]);
    const [first, second] = [await issuedIn(one), await issuedIn(two)];
    expect(first).toMatchObject({ token_type: "Bearer", expires_in: 3600 });
    expect(first.access_token).not.toBe(second.access_token);
    expect(endpoint.ownerOf(first.access_token)).toEqual({
      grant: "client_credentials",
      clientId: "c1",
      subject: undefined,
      audience: "https://a.example",
      scope: undefined,
    });
    endpoint.revoke(first.access_token);
    expect(endpoint.ownerOf(first.access_token)).toBeUndefined();
  });

  it("exchanges a token for one of the same subject", async () => {
    const form = {
      grant_type: "urn:ietf:params:oauth:grant-type:token-exchange",
      subject_token: callerToken("U7"),
      subject_token_type: "urn:ietf:params:oauth:token-type:access_token",
      audience: "second",
      scope: "read",
    };
    const response = await grant(form, { headers: { authorization: `Basic ${btoa("c%20two:s3cret")}` } });
    expect(endpoint.ownerOf((await issuedIn(response)).access_token)).toEqual({
      grant: "token_exchange",
      clientId: "c two",
      subject: "U7",
      audience: "second",
      scope: "read",
    });
  });

  it.each([
    [{ ...clientCredentials, grant_type: "password" }, "unsupported_grant_type"],
    [{ grant_type: "client_credentials" }, "invalid_client"],
  ])("denies %j", async (form, error) => {
    const response = await grant(form);
    expect({ status: response.status, body: await response.json() }).toEqual({
      status: 400,
      body: { error },
    });
  });

  it.each(UNUSABLE_TOKEN_RESPONSES)("can respond with %s", async (how) => {
    endpoint.misbehave(how, 1);
    const body = await issuedIn(await grant(clientCredentials));
    expect(/^issued-token-\d+-[\w-]+$/.test(String(body.access_token))).toBe(false);
    const next = await issuedIn(await grant(clientCredentials));
    expect(next.access_token).toMatch(/^issued-token-2-/);
  });

  it.each(UNREADABLE_RESPONSES)("can respond with %s", async (how) => {
    endpoint.misbehave(how);
    const body = await (await grant(clientCredentials)).text();
    expect(body).not.toContain("issued-token");
  });

  it.each(REDIRECTS)("can redirect: %s", async (how) => {
    endpoint.misbehave(how);
    const response = await grant(clientCredentials);
    expect([response.status >= 300 && response.status < 400, response.headers.has("location")]).toEqual([
      true,
      true,
    ]);
  });

  it("can be out of reach and come back", async () => {
    await endpoint.stopListening();
    await expect(grant(clientCredentials)).rejects.toThrow();
    await endpoint.listenAgain();
    expect((await grant(clientCredentials)).status).toBe(200);
  });

  it("holds responses back until it is told to go on", async () => {
    const release = endpoint.hold();
    let responded = false;
    const response = grant(clientCredentials).then((value) => {
      responded = true;
      return value;
    });
    while (endpoint.requests.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(responded).toBe(false);
    release();
    expect((await response).status).toBe(200);
  });
});

describe("the Connections vault", () => {
  it("gives each user a token of their own", async () => {
    vault.connect({ appId: "linear", userId: "U1" });
    const response = await fetchToken("user/token/latest", { appId: "linear", userId: "U1" });
    const { token } = await storedIn(response);
    expect(vault.ownerOf(token.accessToken)).toEqual({ appId: "linear", userId: "U1" });
  });

  it.each([
    ["another app", "user/token/latest", { appId: "notion", userId: "U1" }],
    ["another tenant", "user/token/latest", { appId: "linear", userId: "U1", tenantId: "T1" }],
    ["other scopes", "user/token", { appId: "linear", userId: "U1", scopes: ["read"] }],
    ["the tenant's own", "tenant/token/latest", { appId: "linear", tenantId: "T1" }],
  ])("is not connected for %s", async (_case, path, body) => {
    vault.connect({ appId: "linear", userId: "U1", scopes: ["read", "write"] });
    const response = await fetchToken(path, body);
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 404,
      body: { errorCode: "E111504" },
    });
  });

  it.each([
    ["a token of another user", callerToken("U2")],
    ["a token without the scope", callerToken("U1", "openid")],
  ])("denies %s", async (_case, credential) => {
    vault.connect({ appId: "linear", userId: "U1" });
    const asked = { appId: "linear", userId: "U1" };
    expect((await fetchToken("user/token/latest", asked, credential)).status).toBe(403);
  });

  it.each([
    ["epoch seconds", /^1\d{9}$/],
    ["epoch milliseconds", /^1\d{12}$/],
    ["RFC 3339", /^20\d\d-\d\d-\d\dT[\d:.]+Z$/],
    ["zero", /^0$/],
    ["empty", /^$/],
    ["absent", undefined],
  ] as const)("writes the expiry as %s", async (form, pattern) => {
    vault.expiryForm = form;
    vault.connect({ appId: "linear", tenantId: "T1" });
    const asked = { appId: "linear", tenantId: "T1" };
    const { token } = await storedIn(await fetchToken("tenant/token/latest", asked, "K2management"));
    if (pattern === undefined) expect(token).not.toHaveProperty("accessTokenExpiry");
    else expect(token.accessTokenExpiry).toMatch(pattern);
  });
});
