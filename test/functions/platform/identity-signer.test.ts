import { generateKeyPairSync, sign as signBytes } from "node:crypto";
import { decodeJwt, type JWK, jwtVerify } from "jose";
import { describe, expect, it } from "vitest";
import { createIdentitySigner, type IdentityToSign } from "../../../functions/platform/identity-signer.ts";
import type { SigningKeys } from "../../../functions/platform/signing-keys.ts";
import { NOW, NOW_SECONDS } from "../../support/tokens.ts";

const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });

/** A signer over a real key that counts its signatures; `held` keeps them waiting. */
function signer() {
  const state: { signatures: number; failing?: Error; held?: Promise<void> } = { signatures: 0 };
  const keys: SigningKeys = {
    signingKeyId: async () => "kid-1",
    async sign(input) {
      state.signatures += 1;
      await state.held;
      if (state.failing !== undefined) throw state.failing;
      const key = { key: privateKey, dsaEncoding: "ieee-p1363" } as const;
      return signBytes("sha256", Buffer.from(input), key).toString("base64url");
    },
    published: async () => [{ ...(publicKey.export({ format: "jwk" }) as JWK), kid: "kid-1" }],
  };
  return { sign: createIdentitySigner(keys), state };
}

function identity(overrides: Partial<IdentityToSign> = {}): IdentityToSign {
  return {
    issuer: "https://mcp.example.com",
    audience: "https://tools.example.com/mcp",
    claims: { sub: "U2alice", team: { name: "red" } },
    expirySeconds: 300,
    tokenExpiresAt: NOW_SECONDS + 3600,
    subject: "U2alice",
    tokenIssuer: "https://auth.example.com",
    server: "tools",
    now: NOW,
    ...overrides,
  };
}

const later = (seconds: number) => new Date((NOW_SECONDS + seconds) * 1000);

describe("a signed identity JWT", () => {
  it("can be verified with a JWT library", async () => {
    const jwt = await signer().sign(identity());
    const { payload, protectedHeader } = await jwtVerify(jwt, publicKey, {
      issuer: "https://mcp.example.com",
      audience: "https://tools.example.com/mcp",
      currentDate: NOW,
    });
    expect(protectedHeader).toEqual({ alg: "ES256", typ: "JWT", kid: "kid-1" });
    expect(payload).toMatchObject({ sub: "U2alice", team: { name: "red" }, exp: NOW_SECONDS + 300 });
    expect(payload.jti).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("is reused until 30 seconds before it expires", async () => {
    const { sign, state } = signer();
    const first = await sign(identity());
    expect(await sign(identity({ now: later(269) }))).toBe(first);
    expect(state.signatures).toBe(1);
    const second = await sign(identity({ now: later(270) }));
    expect(second).not.toBe(first);
    expect(decodeJwt(second).jti).not.toBe(decodeJwt(first).jti);
  });

  it("is reused for half its lifetime if that is shorter than the margin", async () => {
    const { sign, state } = signer();
    const short = { tokenExpiresAt: NOW_SECONDS + 20 };
    await sign(identity(short));
    await sign(identity({ ...short, now: later(9) }));
    expect(state.signatures).toBe(1);
    await sign(identity({ ...short, now: later(10) }));
    expect(state.signatures).toBe(2);
  });

  it("never expires later than the token of its request", async () => {
    const { sign } = signer();
    await sign(identity());
    const shorter = decodeJwt(await sign(identity({ tokenExpiresAt: NOW_SECONDS + 100 })));
    expect(shorter.exp).toBe(NOW_SECONDS + 100);
  });

  it.each<[string, Partial<IdentityToSign>]>([
    ["another user", { subject: "U2bob" }],
    ["a user of that name at another issuer", { tokenIssuer: "https://other.example.com" }],
    ["another server", { server: "mail" }],
    ["another audience", { audience: "https://mail.example.com/mcp" }],
    ["another gateway URL", { issuer: "https://gateway.example.org" }],
    ["another lifetime", { expirySeconds: 299 }],
    [
      "claims that differ inside an object (defect 10)",
      { claims: { sub: "U2alice", team: { name: "blue" } } },
    ],
    ["fewer claims", { claims: { sub: "U2alice" } }],
  ])("is never shared with %s", async (_, other) => {
    const { sign, state } = signer();
    const [first, second] = [await sign(identity()), await sign(identity(other))];
    expect(first).not.toBe(second);
    expect(state.signatures).toBe(2);
    expect(await sign(identity())).toBe(first);
  });

  it("is shared for the same claims in another order", async () => {
    const { sign, state } = signer();
    await sign(identity());
    await sign(identity({ claims: { team: { name: "red" }, sub: "U2alice" } }));
    expect(state.signatures).toBe(1);
  });

  it("is signed once for concurrent requests, and never expires later than each request's token", async () => {
    const { sign, state } = signer();
    let release = () => {};
    state.held = new Promise((resolve) => {
      release = resolve;
    });
    const same = [sign(identity()), sign(identity()), sign(identity())];
    const shorter = sign(identity({ tokenExpiresAt: NOW_SECONDS + 100 }));
    release();
    expect(new Set(await Promise.all(same)).size).toBe(1);
    expect(decodeJwt(await shorter).exp).toBe(NOW_SECONDS + 100);
    expect(state.signatures).toBe(2);
  });

  it("throws if signing fails, and the next request tries again", async () => {
    const { sign, state } = signer();
    state.failing = new Error("KMS throttled");
    await expect(sign(identity())).rejects.toThrow("KMS throttled");
    state.failing = undefined;
    expect(await sign(identity())).toMatch(/^[\w-]+\.[\w-]+\.[\w-]+$/);
  });

  it("is cached for the 1000 most recently used identities, and evicted after twice as many", async () => {
    const { sign, state } = signer();
    for (let index = 0; index < 3_000; index += 1) {
      await sign(identity({ subject: `U${index}` }));
      await sign(identity({ subject: "U0" }));
    }
    expect(state.signatures).toBe(3_000);
    for (let index = 2_999; index > 2_001; index -= 1) await sign(identity({ subject: `U${index}` }));
    expect(state.signatures).toBe(3_000);
    await sign(identity({ subject: "U1" }));
    expect(state.signatures).toBe(3_001);
  });
});
