import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { type SignInServer, startSignIn } from "../../../../infra/local/sign-in/sign-in-server.ts";

const options = {
  projectId: "P2test",
  mcpServerId: "MS2test",
  resource: "http://127.0.0.1:8787",
  resources: ["http://127.0.0.1:8787"],
  scopes: ["tools:read", "tools:write"],
};

let server: SignInServer;
beforeAll(async () => {
  server = await startSignIn(options);
});
afterAll(() => server.close());

function rawStatus(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const url = `${server.baseUrl}/P2test/.well-known/jwks.json`;
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("discovery", () => {
  it.each(["openid-configuration", "oauth-authorization-server"])(
    "is appended to the issuer: %s",
    async (name) => {
      const base = server.baseUrl;
      expect(server.issuer).toBe(`${base}/v1/apps/agentic/P2test/MS2test`);
      const response = await fetch(`${server.issuer}/.well-known/${name}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        issuer: `${base}/v1/apps/agentic/P2test/MS2test`,
        authorization_endpoint: `${base}/oauth2/v1/apps/agentic/P2test/MS2test/authorize`,
        token_endpoint: `${base}/oauth2/v1/apps/agentic/P2test/MS2test/token`,
        registration_endpoint: `${base}/v1/mgmt/mcp/client/P2test/MS2test/register`,
        jwks_uri: `${base}/P2test/.well-known/jwks.json`,
        userinfo_endpoint: `${base}/oauth2/v1/apps/P2test/userinfo`,
        revocation_endpoint: `${base}/oauth2/v1/apps/P2test/revoke`,
        scopes_supported: ["openid", "profile", "email", "offline_access", "tools:read", "tools:write"],
        response_types_supported: ["code"],
        response_modes_supported: ["form_post", "fragment", "query"],
        grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
        client_id_metadata_document_supported: true,
        authorization_response_iss_parameter_supported: true,
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        claim_types_supported: ["normal"],
        claims_parameter_supported: false,
        claims_supported: ["sub", "name", "email", "sid", "auth_time", "iss"],
        request_uri_parameter_supported: false,
      });
    },
  );

  it.each([
    "/.well-known/oauth-authorization-server/v1/apps/agentic/P2test/MS2test",
    "/.well-known/openid-configuration/v1/apps/agentic/P2test/MS2test",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/v1/apps/agentic/P2other/MS2test/.well-known/openid-configuration",
    "/",
  ])("is not served at %s", async (path) => {
    const response = await fetch(server.baseUrl + path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: "not_found" });
  });

  it("can be read by a client in a web page", async () => {
    const response = await fetch(`${server.issuer}/.well-known/openid-configuration`, {
      headers: { origin: "http://localhost:6274" },
    });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it.each([
    "/v1/mgmt/mcp/client/P2test/MS2test/register",
    "/oauth2/v1/apps/agentic/P2test/MS2test/token",
    "/P2test/.well-known/jwks.json",
  ])("answers the preflight of %s", async (path) => {
    const response = await fetch(server.baseUrl + path, {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:6274",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,mcp-protocol-version",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-headers")).toBe("content-type,mcp-protocol-version");
  });

  it("refuses a Host that is not its own, as DNS rebinding sends it", async () => {
    expect(await rawStatus("attacker.example:8788")).toBe(421);
    expect(await rawStatus(new URL(server.baseUrl).host)).toBe(200);
  });
});

describe("issued tokens", () => {
  it("carry the claims of Descope for the free user", async () => {
    const token = await server.issueToken({ user: "free", expiresInSeconds: 60 });
    const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/P2test/.well-known/jwks.json`));
    const { payload, protectedHeader } = await jwtVerify(token, keys, { issuer: server.issuer });
    expect(protectedHeader).toEqual({
      alg: "RS256",
      typ: "JWT",
      kid: expect.stringMatching(/^SK2[0-9a-f]{25}$/),
    });
    expect(payload).toEqual({
      iss: server.issuer,
      aud: ["http://127.0.0.1:8787", "P2test", "local-client"],
      sub: "U2fridaFree00000000000000001",
      azp: "local-client",
      client_id: "local-client",
      scope: "tools:read tools:write",
      drn: "DS",
      amr: ["email"],
      dct: "T2freeTenant0000000000000001",
      tenants: { T2freeTenant0000000000000001: { roles: ["viewer"], permissions: ["reports.read"] } },
      roles: ["viewer"],
      permissions: ["reports.read"],
      email: "frida@example.com",
      name: "Frida Free",
      subscription: "free",
      iat: expect.any(Number),
      exp: (payload.iat as number) + 60,
      jti: expect.any(String),
    });
  });

  it("carry the claims of Descope for the pro user, and the scope that was asked for", async () => {
    const token = await server.issueToken({ user: "pro", scope: "tools:read" });
    const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/v2/keys/P2test`));
    const { payload } = await jwtVerify(token, keys, { issuer: server.issuer });
    expect(payload).toMatchObject({
      sub: "U2petraPro000000000000000001",
      scope: "tools:read",
      dct: "T2proTenant00000000000000001",
      tenants: {
        T2proTenant00000000000000001: {
          roles: ["editor", "admin"],
          permissions: ["reports.read", "reports.write"],
        },
      },
      subscription: "pro",
      exp: (payload.iat as number) + 3600,
    });
  });

  it("take claims that replace or remove their own", async () => {
    const token = await server.issueToken({
      user: "free",
      claims: { iss: "P2test", sub: undefined, extra: 1 },
    });
    const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/P2test/.well-known/jwks.json`));
    const { payload } = await jwtVerify(token, keys);
    expect(payload.iss).toBe("P2test");
    expect(payload["extra"]).toBe(1);
    expect(payload).not.toHaveProperty("sub");
  });

  it("can have expired already", async () => {
    const token = await server.issueToken({ user: "free", expiresInSeconds: -60 });
    const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/P2test/.well-known/jwks.json`));
    await expect(jwtVerify(token, keys)).rejects.toMatchObject({ code: "ERR_JWT_EXPIRED" });
  });

  it("are refused for a user that does not exist, naming those that do", async () => {
    await expect(server.issueToken({ user: "max" })).rejects.toThrow(
      'There is no user "max" here. Known users: free (Frida Free), pro (Petra Pro).',
    );
  });
});

describe("key rotation", () => {
  it("signs with a new key and keeps the earlier ones, until they are revoked", async () => {
    const own = await startSignIn(options);
    const kids = async (): Promise<string[]> => {
      const { keys } = (await (await fetch(`${own.baseUrl}/P2test/.well-known/jwks.json`)).json()) as {
        keys: { kid: string }[];
      };
      return keys.map((key) => key.kid);
    };
    const kidOf = async () => decodeProtectedHeader(await own.issueToken({ user: "free" })).kid;
    const first = await kidOf();
    expect(await kids()).toEqual([first]);
    await own.rotateKeys();
    const second = await kidOf();
    expect(second).not.toBe(first);
    expect(await kids()).toEqual([second, first]);
    await own.rotateKeys({ revoke: true });
    const third = await kidOf();
    expect(await kids()).toEqual([third]);
    expect([first, second]).not.toContain(third);
    await own.close();
  });

  it("publishes no private key part", async () => {
    const { keys } = (await (await fetch(`${server.baseUrl}/v2/keys/P2test`)).json()) as { keys: object[] };
    expect(keys).toEqual([
      {
        kty: "RSA",
        n: expect.any(String),
        e: "AQAB",
        kid: expect.any(String),
        alg: "RS256",
        use: "sig",
      },
    ]);
  });
});

describe("the server", () => {
  it("prints nothing when it starts", async () => {
    const log = vi.spyOn(process.stdout, "write");
    const errorLog = vi.spyOn(process.stderr, "write");
    const consoles = (["log", "info", "warn", "error"] as const).map((name) => vi.spyOn(console, name));
    const own = await startSignIn(options);
    await fetch(`${own.issuer}/.well-known/openid-configuration`);
    await own.close();
    for (const spy of [log, errorLog, ...consoles]) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  it("names the port when it is taken", async () => {
    const blocker = createServer().listen(0, "127.0.0.1");
    await new Promise((resolve) => blocker.once("listening", resolve));
    const { port } = blocker.address() as AddressInfo;
    await expect(startSignIn({ ...options, port })).rejects.toThrow(
      `Port ${port} is taken: stop the program that uses it, or choose another port for the sign-in server.`,
    );
    blocker.close();
  });
});
