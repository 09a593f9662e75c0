import { createSign, generateKeyPairSync } from "node:crypto";
import fc from "fast-check";
import { compactVerify, importSPKI } from "jose";
import { describe, expect, it } from "vitest";
import { identityJwtPayload, rawSignature, signingInput } from "../../../functions/core/identity-jwt.ts";
import { NOW, NOW_SECONDS } from "../../support/tokens.ts";

const PARTS = {
  issuer: "https://mcp.example.com",
  audience: "https://tools.example.com/mcp",
  claims: { sub: "U2alice" },
  expirySeconds: 300,
  tokenExpiresAt: NOW_SECONDS + 3600,
  jwtId: "id-1",
  now: NOW,
};

describe("identityJwtPayload", () => {
  it("contains the gateway's members and the claims", () => {
    expect(identityJwtPayload(PARTS)).toEqual({
      iss: "https://mcp.example.com",
      aud: "https://tools.example.com/mcp",
      sub: "U2alice",
      iat: 1794744000,
      nbf: 1794744000,
      exp: 1794744300,
      jti: "id-1",
    });
  });

  it("never expires later than the caller's token", () => {
    expect(identityJwtPayload({ ...PARTS, tokenExpiresAt: NOW_SECONDS + 299 }).exp).toBe(1794744299);
    expect(identityJwtPayload({ ...PARTS, tokenExpiresAt: NOW_SECONDS + 299.9 }).exp).toBe(1794744299);
    expect(identityJwtPayload({ ...PARTS, tokenExpiresAt: NOW_SECONDS + 301 }).exp).toBe(1794744300);
  });

  it("contains whole seconds", () => {
    const payload = identityJwtPayload({ ...PARTS, now: new Date(NOW_SECONDS * 1000 + 999) });
    expect([payload["iat"], payload["nbf"], payload.exp]).toEqual([1794744000, 1794744000, 1794744300]);
  });

  it("does not let a claim replace one of the gateway's members", () => {
    const forged = { iss: "x", aud: "x", iat: 1, nbf: 1, exp: 9_999_999_999, jti: "x", sub: "U2alice" };
    expect(identityJwtPayload({ ...PARTS, claims: forged })).toEqual(identityJwtPayload(PARTS));
  });

  it("keeps a claim named __proto__ as data", () => {
    const claims = JSON.parse('{"__proto__":{"admin":true}}');
    const payload = identityJwtPayload({ ...PARTS, claims });
    expect(JSON.stringify(payload)).toContain('"__proto__":{"admin":true}');
    expect(payload["admin"]).toBeUndefined();
  });
});

describe("signingInput", () => {
  it("is the base64url header and payload, separated by a dot", () => {
    const [header, payload, ...rest] = signingInput("kid-1", { exp: 1, name: "李" }).split(".");
    const text = (part = "") => Buffer.from(part, "base64url").toString();
    expect(text(header)).toBe('{"alg":"ES256","typ":"JWT","kid":"kid-1"}');
    expect(text(payload)).toBe('{"exp":1,"name":"李"}');
    expect(rest).toEqual([]);
  });
});

describe("rawSignature", () => {
  const hex = (text: string) => Buffer.from(text.replaceAll(" ", ""), "hex");
  const ones = "01".repeat(32);

  it("returns a signature that jose verifies", async () => {
    const { publicKey, privateKey } = generateKeyPairSync("ec", { namedCurve: "P-256" });
    const key = await importSPKI(publicKey.export({ type: "spki", format: "pem" }).toString(), "ES256");
    const input = signingInput("kid-1", identityJwtPayload(PARTS));
    // Many signatures: some have short or padded integers.
    for (let round = 0; round < 64; round += 1) {
      const der = createSign("sha256").update(input).sign(privateKey);
      const jws = `${input}.${Buffer.from(rawSignature(der)).toString("base64url")}`;
      expect((await compactVerify(jws, key)).protectedHeader.kid).toBe("kid-1");
    }
  });

  it.each([
    ["two full integers", `3044 0220${ones} 0220${ones}`, ones + ones],
    [
      "a zero in front of a high bit",
      `3045 022100ff${ones.slice(2)} 0220${ones}`,
      `ff${ones.slice(2)}${ones}`,
    ],
    ["a short integer", `3025 020101 0220${ones}`, `${"00".repeat(31)}01${ones}`],
    ["a zero", `3006 020100 020101`, `${"00".repeat(32)}${"00".repeat(31)}01`],
  ])("pads and trims %s", (_, der, raw) => {
    expect(Buffer.from(rawSignature(hex(der))).toString("hex")).toBe(raw);
  });

  it.each([
    ["nothing", "", "not a DER sequence of the given length"],
    ["another tag", `3144 0220${ones} 0220${ones}`, "not a DER sequence of the given length"],
    ["a length that is too short", `3043 0220${ones} 0220${ones}`, "not a DER sequence of the given length"],
    ["a length that is too long", `3045 0220${ones} 0220${ones}`, "not a DER sequence of the given length"],
    ["a sequence of nothing", "3000", "not a DER integer"],
    ["one integer", `3022 0220${ones}`, "not a DER integer"],
    ["a first member that is no integer", `3044 0320${ones} 0220${ones}`, "not a DER integer"],
    ["a second member that is no integer", `3044 0220${ones} 0320${ones}`, "not a DER integer"],
    ["an empty integer", "3005 0200 020101", "not a DER integer"],
    ["an integer without a length", "3004 020101 02", "not a DER integer"],
    ["an integer that runs past the end", "3006 020101 020201", "not a DER integer"],
    [
      "bytes after the second integer",
      "3007 020101 020101 00",
      "bytes after the second integer of the signature",
    ],
    [
      "an integer longer than the curve",
      `3046 022101${ones} 022100${ones}`,
      "an integer of the signature is longer than the curve",
    ],
  ])("denies %s", (_, der, message) => {
    expect(() => rawSignature(hex(der))).toThrow(new Error(message));
  });

  it("returns 64 bytes or throws, whatever the input bytes are", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 80 }), (bytes) => {
        try {
          expect(rawSignature(bytes)).toHaveLength(64);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
          expect((error as Error).name).toBe("Error");
        }
      }),
    );
  });
});

describe("numbers in the identity JWT's payload", () => {
  it("keep digits that a double would lose", () => {
    const payload = identityJwtPayload({
      issuer: "https://mcp.example.com",
      audience: "tools",
      claims: { user_id: JSON.rawJSON("1162345678901234567") },
      expirySeconds: 60,
      tokenExpiresAt: 4_000_000_000,
      jwtId: "j",
      now: new Date(0),
    });
    const [, encoded = ""] = signingInput("k", payload).split(".");
    expect(Buffer.from(encoded, "base64url").toString()).toContain('"user_id":1162345678901234567,');
  });
});
