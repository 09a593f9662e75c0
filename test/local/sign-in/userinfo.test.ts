import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type SignInServer, startSignIn } from "../../../local/sign-in/sign-in-server.ts";

let server: SignInServer;
beforeAll(async () => {
  server = await startSignIn({
    projectId: "P2test",
    mcpServerId: "MS2test",
    resource: "http://127.0.0.1:8787",
    resources: ["http://127.0.0.1:8787"],
    scopes: ["tools:read", "tools:write"],
    tokenLifetimeSeconds: 900,
  });
});
afterAll(() => server.close());

describe("userinfo", () => {
  const endpoint = () => `${server.baseUrl}/oauth2/v1/apps/P2test/userinfo`;

  it("accepts a user's access token", async () => {
    const authorization = `Bearer ${await server.issueToken({ user: "pro" })}`;
    expect(await (await fetch(endpoint(), { headers: { authorization } })).json()).toMatchObject({
      sub: "U2petraPro000000000000000001",
      email: "petra@example.com",
    });
  });

  it.each([
    ["no token", async () => undefined],
    ["an expired token", () => server.issueToken({ user: "pro", expiresInSeconds: -60 })],
    [
      "a token of another issuer",
      () => server.issueToken({ user: "pro", claims: { iss: "https://x.example" } }),
    ],
  ])("rejects %s", async (_case, token) => {
    const value = await token();
    const headers: Record<string, string> = value ? { authorization: `Bearer ${value}` } : {};
    expect((await fetch(endpoint(), { headers })).status).toBe(401);
  });
});
