import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";

let server: SignInServer;
beforeAll(async () => {
  server = await startLocalSignIn({
    scopes: ["tools:read"],
  });
});
afterAll(() => server.close());

function ask(body: string, headers: Record<string, string> = {}): Promise<Response> {
  return fetch(`${server.baseUrl}/local/token`, {
    method: "POST",
    headers: { "content-type": "application/json", ...headers },
    body,
  });
}

describe("POST /local/token", () => {
  it("returns a token with the requested user, scope and lifetime", async () => {
    const response = await ask('{"user":"pro","scope":"tools:read","expires_in":30}');
    expect(response.status).toBe(200);
    const { access_token } = (await response.json()) as { access_token: string };
    const { iat = 0, ...claims } = decodeJwt(access_token);
    expect(claims).toMatchObject({ subscription: "pro", scope: "tools:read", exp: iat + 30 });
  });

  it("returns a token of the requested kind", async () => {
    const response = await ask('{"user":"pro","kind":"id_token"}');
    const { access_token } = (await response.json()) as { access_token: string };
    expect(decodeJwt(access_token)["token_type"]).toBe("id_token");
  });

  it.each([
    [
      '{"user":"max"}',
      "unknown_user",
      'Unknown user "max". Known users: free (Frida Free), pro (Petra Pro).',
    ],
    ["{}", "unknown_user", "Unknown user null. Known users: free (Frida Free), pro (Petra Pro)."],
    ["not json", "unknown_user", "Unknown user null. Known users: free (Frida Free), pro (Petra Pro)."],
    ['{"user":"pro","scope":1}', "invalid_request", "scope must be a string of scopes separated by spaces."],
    ['{"user":"pro","expires_in":"1"}', "invalid_request", "expires_in must be a whole number of seconds."],
    [
      '{"user":"pro","kind":"other"}',
      "invalid_request",
      expect.stringMatching(/^kind must be one of access_token, /),
    ],
  ])("rejects %s", async (body, error, error_description) => {
    const response = await ask(body);
    expect(response.status).toBe(400);
    expect(await response.json()).toEqual({ error, error_description });
  });

  it("rejects web pages, and does not let them read its responses", async () => {
    const response = await ask('{"user":"pro"}', { origin: "https://attacker.example" });
    expect(response.status).toBe(403);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });

  it("rejects requests that a page can send without a preflight", async () => {
    expect((await ask('{"user":"pro"}', { "content-type": "text/plain" })).status).toBe(400);
  });

  it("rejects a body that is too large", async () => {
    const response = await ask(JSON.stringify({ user: "pro", scope: "x".repeat(20_000) }));
    expect(response.status).toBe(413);
    expect(await response.json()).toEqual({
      error: "invalid_request",
      error_description: "The request body is larger than 16384 bytes.",
    });
  });

  it("rejects a preflight", async () => {
    const response = await fetch(`${server.baseUrl}/local/token`, { method: "OPTIONS" });
    expect(response.status).toBe(400);
    expect(response.headers.get("access-control-allow-origin")).toBeNull();
  });
});
