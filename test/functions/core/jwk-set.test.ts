import { exportJWK, generateKeyPair, type JWK } from "jose";
import { beforeAll, describe, expect, it } from "vitest";
import { type KeySet, readKeySet } from "../../../functions/core/jwk-set.ts";
import { makeKey, type TestKey } from "../../support/tokens.ts";

let rsa: TestKey;
let ec: TestKey;

beforeAll(async () => {
  [rsa, ec] = await Promise.all([makeKey("RS256", "rsa-1"), makeKey("ES256", "ec-1")]);
});

function keySet(...keys: unknown[]): KeySet {
  const set = readKeySet({ keys });
  if (set === undefined) throw new Error("no key set");
  return set;
}

/** The public key with other members. */
function rsaJwk(overrides: Record<string, unknown>): JWK {
  return JSON.parse(JSON.stringify({ ...rsa.publicJwk, ...overrides }));
}

async function found(set: KeySet, kid: string, alg: string): Promise<boolean> {
  return (await set.find(kid, alg)) !== undefined;
}

describe("readKeySet", () => {
  it.each([
    ["undefined", undefined],
    ["null", null],
    ["a text", "keys"],
    ["an array", []],
    ["an object without keys", {}],
    ["keys that are no list", { keys: {} }],
  ])("rejects %s as a key set", (_, document) => {
    expect(readKeySet(document)).toBeUndefined();
  });

  it("reads every key of a long document, including the last one", async () => {
    const keys = Array.from({ length: 500 }, (_, index) => rsaJwk({ kid: `k${index}` }));
    const set = keySet(...keys);
    expect(set.kids).toHaveLength(500);
    expect(await found(set, "k499", "RS256")).toBe(true);
  });

  it("keeps the reasons for the first twenty rejected keys, and no more", () => {
    expect(keySet(...Array.from({ length: 500 }, () => ({}))).rejected).toHaveLength(20);
  });

  it("treats null members as absent", async () => {
    const nulls = { use: null, alg: null, key_ops: null, crv: null, d: null };
    expect(await found(keySet({ ...rsa.publicJwk, ...nulls }), "rsa-1", "RS256")).toBe(true);
    expect(keySet({ ...rsa.publicJwk, kid: null }).rejected).toEqual(["keys[0]: no kid"]);
  });

  it.each([
    ["1", "AQ"],
    ["3", "Aw"],
    ["65535", "__8"],
    ["65536, which is even", "AQAA"],
    ["65537 and one more, which is even", "AQAC"],
    ["a large even number", "gAAAAAAAAAAA"],
    ["nothing", ""],
    ["no whole byte", "A"],
    ["a number", 65537],
    ["text that is not base64url", "A Q A B"],
  ])("rejects an RSA key whose exponent is %s", (_, e) => {
    expect(keySet(rsaJwk({ e })).kids).toEqual([]);
  });

  it.each([
    ["65537", "AQAB"],
    ["65537 with a leading zero", "AAEAAQ"],
    ["larger and odd", "AQAD"],
    ["larger than 64 bits and odd", "AQAAAAAAAAAAAQ"],
  ])("accepts an RSA key whose exponent is %s", (_, e) => {
    expect(keySet(rsaJwk({ e })).rejected).toEqual([]);
  });

  it("reads an empty set", () => {
    expect(keySet()).toMatchObject({ kids: [], rejected: [] });
  });

  it.each([
    ["no object", "text", "not an object"],
    ["null", null, "not an object"],
    ["no kid", { kty: "RSA" }, "no kid"],
    ["an empty kid", { kty: "RSA", kid: "" }, "no kid"],
    ["a kid that is not a string", { kty: "RSA", kid: 1 }, "no kid"],
    ["a symmetric key", { kty: "oct", kid: "a", k: "AAAA" }, "not an asymmetric key"],
    ["no key type", { kid: "a" }, "not an asymmetric key"],
    ["an encryption key", { kty: "EC", kid: "a", use: "enc" }, 'use is not "sig"'],
    ["a key for signing alone", { kty: "EC", kid: "a", key_ops: ["sign"] }, 'key_ops lacks "verify"'],
    ["key_ops that are no list", { kty: "EC", kid: "a", key_ops: "verify" }, 'key_ops lacks "verify"'],
    ["an RSA key without modulus", { kty: "RSA", kid: "a" }, "RSA modulus below 2048 bits"],
    ["an RSA modulus of zero", { kty: "RSA", kid: "a", n: "A".repeat(400) }, "RSA modulus below 2048 bits"],
  ])("rejects %s and states the reason", (_, entry, reason) => {
    expect(keySet(entry, ec.publicJwk)).toMatchObject({ kids: ["ec-1"], rejected: [`keys[0]: ${reason}`] });
  });

  it("rejects an RSA modulus of 2047 bits and accepts one of 2048, not counting leading zeros", () => {
    const modulus = (...bytes: number[]) =>
      Buffer.from([...bytes, ...Array(255).fill(0xff)]).toString("base64url");
    const set = keySet(
      rsaJwk({ kid: "2047", n: modulus(0x7f) }),
      rsaJwk({ kid: "2047-padded", n: modulus(0, 0, 0x7f) }),
      rsaJwk({ kid: "2048", n: modulus(0x80) }),
      rsaJwk({ kid: "2048-padded", n: modulus(0, 0x80) }),
    );
    expect(set.kids).toEqual(["2048", "2048-padded"]);
    expect(set.rejected).toEqual([
      "keys[0]: RSA modulus below 2048 bits",
      "keys[1]: RSA modulus below 2048 bits",
    ]);
  });

  it("accepts a key without use, and one whose key_ops include verify", () => {
    const set = keySet(
      rsaJwk({ kid: "a", use: undefined }),
      rsaJwk({ kid: "b", key_ops: ["encrypt", "verify"] }),
    );
    expect(set.kids).toEqual(["a", "b"]);
  });

  it("reports no key material in the reasons for rejected keys", () => {
    const set = keySet({ kty: "oct", kid: "a", k: "c2VjcmV0" });
    expect(JSON.stringify(set.rejected)).not.toContain("c2VjcmV0");
  });
});

describe("JwkSet.find", () => {
  it("returns the key with the kid and the algorithm, and imports it only once", async () => {
    const set = keySet(rsa.publicJwk, ec.publicJwk);
    const key = await set.find("rsa-1", "RS256");
    expect(key).toMatchObject({ type: "public", algorithm: { name: "RSASSA-PKCS1-v1_5" } });
    expect(await set.find("rsa-1", "RS256")).toBe(key);
    expect(await set.find("ec-1", "ES256")).toMatchObject({ type: "public", algorithm: { name: "ECDSA" } });
  });

  it("returns a key without alg for every algorithm of its type, imported for each", async () => {
    const set = keySet(rsaJwk({ alg: undefined }));
    for (const alg of ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512"]) {
      expect(await found(set, "rsa-1", alg)).toBe(true);
    }
    expect(await set.find("rsa-1", "PS512")).toMatchObject({
      algorithm: { name: "RSA-PSS", hash: { name: "SHA-512" } },
    });
    expect(await set.find("rsa-1", "RS384")).toMatchObject({ algorithm: { hash: { name: "SHA-384" } } });
  });

  it.each([
    ["ES384", "P-384"],
    ["ES512", "P-521"],
    ["EdDSA", "Ed25519"],
    ["Ed25519", "Ed25519"],
  ])("finds the key for %s", async (alg, crv) => {
    const { publicKey } = await generateKeyPair(alg, { extractable: true });
    const jwk = await exportJWK(publicKey);
    expect(jwk.crv).toBe(crv);
    expect(await found(keySet({ ...jwk, kid: "k" }), "k", alg)).toBe(true);
  });

  it.each([
    ["an unknown kid", "rsa-2", "RS256"],
    ["another algorithm than the key names", "rsa-1", "RS512"],
    ["another type of algorithm", "rsa-1", "ES256"],
    ["a curve of another size", "ec-1", "ES384"],
    ["a symmetric algorithm", "rsa-1", "HS256"],
    ["no algorithm", "rsa-1", "none"],
    ["an encryption algorithm", "rsa-1", "RSA-OAEP"],
    ["a kid that objects inherit", "__proto__", "RS256"],
  ])("returns undefined for %s", async (_, kid, alg) => {
    expect(await found(keySet(rsa.publicJwk, ec.publicJwk), kid, alg)).toBe(false);
  });

  it("returns undefined for a curve that a key without alg does not have", async () => {
    const { alg: _, ...jwk } = ec.publicJwk;
    const set = keySet(jwk);
    expect(await found(set, "ec-1", "ES512")).toBe(false);
    expect(await found(set, "ec-1", "ES256")).toBe(true);
  });

  it("returns neither of two different keys with the same kid and algorithm", async () => {
    const other = await makeKey("RS256", "rsa-1");
    expect(await found(keySet(rsa.publicJwk, other.publicJwk), "rsa-1", "RS256")).toBe(false);
  });

  it.each([
    ["as it is", {}],
    ["without alg", { alg: undefined }],
    ["with another comment", { x5t: "abc" }],
  ])("returns a key that is listed twice, the second time %s", async (_, changes) => {
    expect(await found(keySet(rsa.publicJwk, rsaJwk(changes)), "rsa-1", "RS256")).toBe(true);
  });

  it("distinguishes keys with the same kid by their curve", async () => {
    const { publicKey } = await generateKeyPair("ES384", { extractable: true });
    const { alg: _, ...p256 } = ec.publicJwk;
    const set = keySet(p256, { ...(await exportJWK(publicKey)), kid: "ec-1" });
    expect(await set.find("ec-1", "ES256")).toMatchObject({ algorithm: { namedCurve: "P-256" } });
    expect(await set.find("ec-1", "ES384")).toMatchObject({ algorithm: { namedCurve: "P-384" } });
  });

  it("distinguishes keys with the same kid by their type", async () => {
    const set = keySet(rsa.publicJwk, { ...ec.publicJwk, kid: "rsa-1" });
    expect(await set.find("rsa-1", "ES256")).toMatchObject({ algorithm: { name: "ECDSA" } });
    expect(await set.find("rsa-1", "RS256")).toMatchObject({ algorithm: { name: "RSASSA-PKCS1-v1_5" } });
  });

  it("distinguishes keys with the same kid and without alg by their type", async () => {
    const { alg: _, ...p256 } = ec.publicJwk;
    const set = keySet(rsaJwk({ alg: undefined }), { ...p256, kid: "rsa-1" });
    expect(await set.find("rsa-1", "ES256")).toMatchObject({ algorithm: { name: "ECDSA" } });
    expect(await set.find("rsa-1", "RS256")).toMatchObject({ algorithm: { name: "RSASSA-PKCS1-v1_5" } });
  });

  it("ignores crv in an RSA key", async () => {
    expect(await found(keySet(rsaJwk({ crv: "P-256" })), "rsa-1", "RS256")).toBe(true);
  });

  it("returns undefined for a key that cannot be imported, and still returns the other keys", async () => {
    const broken = { ...ec.publicJwk, kid: "broken", x: "AAAA" };
    const set = keySet(broken, rsa.publicJwk);
    expect(await found(set, "broken", "ES256")).toBe(false);
    expect(await found(set, "rsa-1", "RS256")).toBe(true);
  });

  it("imports only the public part of a key that was published with its private part", async () => {
    const set = keySet({ ...(await exportJWK(rsa.privateKey)), kid: "leaked" });
    expect(await set.find("leaked", "RS256")).toMatchObject({ type: "public", usages: ["verify"] });
  });
});
