import { decodeProtectedHeader } from "jose";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";
import { startTcp } from "../../support/loopback-server.ts";

let server: SignInServer;
beforeAll(async () => {
  server = await startLocalSignIn();
});
afterAll(() => server.close());

describe("key rotation", () => {
  it("signs with a new key and keeps the earlier ones, until they are revoked", async () => {
    const own = await startLocalSignIn();
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

describe("the sign-in server", () => {
  it("prints nothing when it starts", async () => {
    const log = vi.spyOn(process.stdout, "write");
    const errorLog = vi.spyOn(process.stderr, "write");
    const consoles = (["log", "info", "warn", "error"] as const).map((name) => vi.spyOn(console, name));
    const own = await startLocalSignIn();
    await fetch(`${own.issuer}/.well-known/openid-configuration`);
    await own.close();
    for (const spy of [log, errorLog, ...consoles]) {
      expect(spy).not.toHaveBeenCalled();
      spy.mockRestore();
    }
  });

  it("names the port if it is in use", async () => {
    const { port, close } = await startTcp(() => {});
    await expect(startLocalSignIn({ port })).rejects.toThrow(
      `Port ${port} is in use. Stop the program that uses it, or choose another port for the sign-in server.`,
    );
    await close();
  });
});
