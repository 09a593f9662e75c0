// Token exchange at the project's token endpoint: the caller's token for one with another Resource as its audience.
import { createRemoteJWKSet, exportJWK, generateKeyPair, type JWTPayload, jwtVerify, SignJWT } from "jose";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SignInServer, startSignIn } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";
import { startHttp } from "../../support/loopback-server.ts";

const NOTES = "https://notes.example.com/mcp";
const REPORTS = "https://reports.example.com/mcp";
const EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange";
const ACCESS_TOKEN = "urn:ietf:params:oauth:token-type:access_token";

let server: SignInServer;
beforeEach(async () => {
  server = await startLocalSignIn({
    scopes: ["notes:read", "notes:write"],
    upstreamResources: [NOTES, REPORTS],
    tokenLifetimeSeconds: 900,
  });
});
afterEach(() => server.close());

const basic = (id: string, secret: string) => `Basic ${btoa(`${id}:${secret}`)}`;
const GATEWAY = basic("local-gateway", "local-gateway-secret");

function post(form: Record<string, string>, authorization = GATEWAY): Promise<Response> {
  return fetch(`${server.baseUrl}/oauth2/v1/apps/token`, {
    method: "POST",
    headers: authorization === "" ? {} : { authorization },
    body: new URLSearchParams(form),
  });
}

async function exchangeForm(more: Record<string, string> = {}): Promise<Record<string, string>> {
  return {
    grant_type: EXCHANGE,
    subject_token: await server.issueToken({ user: "pro" }),
    subject_token_type: ACCESS_TOKEN,
    ...more,
  };
}

async function verified(token: string, audience: string): Promise<JWTPayload> {
  const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/P2test/.well-known/jwks.json`));
  const issuer = `${server.baseUrl}/v1/apps/P2test`;
  return (await jwtVerify(token, keys, { issuer, audience })).payload;
}

describe("token exchange", () => {
  it.each([
    ["resource", NOTES],
    ["audience", REPORTS],
  ])("returns a token of the same user for the %s %s", async (parameter, target) => {
    const response = await post(await exchangeForm({ [parameter]: target, scope: "notes:read" }));
    const tokens = (await response.json()) as { access_token: string };
    expect(tokens).toMatchObject({
      issued_token_type: ACCESS_TOKEN,
      token_type: "Bearer",
      expires_in: 900,
      scope: "notes:read",
    });
    expect(await verified(tokens.access_token, target)).toMatchObject({
      sub: "U2petraPro000000000000000001",
      aud: target,
      act: { sub: "local-gateway" },
      client_id: "local-gateway",
      dct: "T2proTenant00000000000000001",
      scope: "notes:read",
    });
  });

  it.each([
    ["no target", {}, "invalid_target"],
    ["two targets", { resource: NOTES, audience: REPORTS }, "invalid_target"],
    ["a Resource that is not there", { resource: "https://other.example.com/mcp" }, "invalid_target"],
    ["a target below a Resource", { resource: `${NOTES}/more` }, "invalid_target"],
    ["a subject token of another type", { resource: NOTES, subject_token_type: "x" }, "invalid_request"],
    ["no subject token", { resource: NOTES, subject_token: "" }, "invalid_request"],
    ["a subject token that is not a JWT", { resource: NOTES, subject_token: "a.b.c" }, "invalid_request"],
    [
      "another type of token",
      { resource: NOTES, requested_token_type: "urn:ietf:params:oauth:token-type:id_token" },
      "invalid_request",
    ],
  ])("denies %s", async (_case, more, error) => {
    const response = await post(await exchangeForm(more));
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status: 400,
      body: { error },
    });
  });

  it.each(["refresh_token", "id_token", "session"])("denies a subject token of the kind %s", async (kind) => {
    const subject = await server.issueToken({ user: "pro", kind });
    const response = await post(await exchangeForm({ resource: NOTES, subject_token: subject }));
    expect(response.status).toBe(400);
  });

  it("denies a subject token that has expired", async () => {
    const subject = await server.issueToken({ user: "pro", expiresInSeconds: -60 });
    const response = await post(await exchangeForm({ resource: NOTES, subject_token: subject }));
    expect(response.status).toBe(400);
  });

  it.each([
    ["no client", ""],
    ["a wrong secret", basic("local-gateway", "guess")],
  ])("denies %s", async (_case, authorization) => {
    const response = await post(await exchangeForm({ resource: NOTES }), authorization);
    expect({ ok: response.ok, body: await response.json() }).toMatchObject({
      ok: false,
      body: { error: expect.stringMatching(/^invalid_(client|request)$/) },
    });
  });

  it.each([
    ["invalid_target", 400],
    ["invalid_request", 400],
    ["access_denied", 400],
  ] as const)("can be denied by a policy: %s", async (error, status) => {
    server.exchange.denial = error;
    const response = await post(await exchangeForm({ resource: NOTES }));
    expect({ status: response.status, body: await response.json() }).toMatchObject({
      status,
      body: { error },
    });
    server.exchange.denial = undefined;
    expect((await post(await exchangeForm({ resource: NOTES }))).status).toBe(200);
  });
});

describe("client credentials", () => {
  const form = { grant_type: "client_credentials", scope: "notes:read", resource: REPORTS };

  it("return a token of the client for the Resource", async () => {
    const response = await post(form);
    const tokens = (await response.json()) as { access_token: string };
    expect(tokens).toMatchObject({ token_type: "Bearer", expires_in: 900, scope: "notes:read" });
    const claims = await verified(tokens.access_token, REPORTS);
    expect(claims).toMatchObject({ sub: "local-gateway", aud: REPORTS, token_type: "access_token" });
    expect(claims).not.toHaveProperty("tenants");
  });

  it("accept the secret in the body from the client that is registered for it", async () => {
    const secret = { client_id: "local-gateway-post", client_secret: "local-gateway-secret" };
    expect((await post({ ...form, ...secret }, "")).status).toBe(200);
  });

  it("accept an assertion signed by the gateway's key", async () => {
    const { privateKey, publicKey } = await generateKeyPair("ES256");
    const jwk = { ...(await exportJWK(publicKey)), kid: "k1", alg: "ES256" };
    const gateway = await startHttp((request, response) => {
      const found = request.url === "/.well-known/jwks.json";
      response.writeHead(found ? 200 : 404, { "content-type": "application/json" });
      response.end(JSON.stringify({ keys: [jwk] }));
    });
    const own = await startSignIn({
      ...{ projectId: "P2test", mcpServerId: "MS2test", scopes: ["notes:read"] },
      resource: gateway.origin,
      upstreamResources: [REPORTS],
    });
    const tokenUrl = `${own.baseUrl}/oauth2/v1/apps/token`;
    const assertion = (audience: string) =>
      new SignJWT({ jti: crypto.randomUUID() })
        .setProtectedHeader({ alg: "ES256", kid: "k1" })
        .setIssuer("local-gateway-jwt")
        .setSubject("local-gateway-jwt")
        .setAudience(audience)
        .setExpirationTime("60s")
        .sign(privateKey);
    const statusWith = async (audience: string) => {
      const proof = {
        client_id: "local-gateway-jwt",
        client_assertion_type: "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        client_assertion: await assertion(audience),
      };
      return (await fetch(tokenUrl, { method: "POST", body: new URLSearchParams({ ...form, ...proof }) }))
        .status;
    };
    expect(await statusWith(tokenUrl)).toBe(200);
    expect(await statusWith("https://other.example.com/token")).toBe(401);
    await Promise.all([own.close(), gateway.close()]);
  });

  it("are for the only Resource if the request names none", async () => {
    const response = await post({ grant_type: "client_credentials" });
    const { access_token: token } = (await response.json()) as { access_token: string };
    expect(await verified(token, NOTES)).toMatchObject({ aud: NOTES });
  });

  it("deny an unknown Resource", async () => {
    const response = await post({ ...form, resource: "https://other.example.com" });
    expect(await response.json()).toMatchObject({ error: "invalid_target" });
  });
});
