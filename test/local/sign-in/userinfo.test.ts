import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";

let server: SignInServer;
beforeAll(async () => {
  server = await startLocalSignIn({
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
