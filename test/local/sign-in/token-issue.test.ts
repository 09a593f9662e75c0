import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";

let server: SignInServer;
beforeAll(async () => {
  server = await startLocalSignIn();
});
afterAll(() => server.close());

describe("issued tokens", () => {
  it("have Descope's claims for the free user", async () => {
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
      exp: (payload.iat as number) + 60,
      jti: expect.any(String),
    });
  });

  it("have Descope's claims for the pro user, and the requested scope", async () => {
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

  it("can replace or remove claims", async () => {
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

  it("can be of another kind", async () => {
    const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/P2test/.well-known/jwks.json`));
    const refresh = await jwtVerify(await server.issueToken({ user: "free", kind: "refresh_token" }), keys);
    expect(refresh.payload["token_type"]).toBe("refresh_token");
    const typed = await jwtVerify(
      await server.issueToken({ user: "free", kind: "rfc9068_access_token" }),
      keys,
    );
    expect(typed.protectedHeader.typ).toBe("at+jwt");
    await expect(server.issueToken({ user: "free", kind: "toString" })).rejects.toThrow(
      'Unknown kind of token "toString".',
    );
  });

  it("can be expired", async () => {
    const token = await server.issueToken({ user: "free", expiresInSeconds: -60 });
    const keys = createRemoteJWKSet(new URL(`${server.baseUrl}/P2test/.well-known/jwks.json`));
    await expect(jwtVerify(token, keys)).rejects.toMatchObject({ code: "ERR_JWT_EXPIRED" });
  });

  it("are rejected for an unknown user, listing the known ones", async () => {
    await expect(server.issueToken({ user: "max" })).rejects.toThrow(
      'Unknown user "max". Known users: free (Frida Free), pro (Petra Pro).',
    );
  });
});
