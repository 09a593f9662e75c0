// What a token says about itself: nothing in its header may choose the key, the algorithm, or what of it must be understood.
import { createHmac } from "node:crypto";
import { deflateRawSync } from "node:zlib";
import { type CryptoKey, exportSPKI, importJWK } from "jose";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { authorizerWith } from "../support/authorizer-under-test.ts";
import { JWT_VALIDATION } from "../support/gateway-config.ts";
import { type LoopbackServer, startHttp } from "../support/loopback-server.ts";
import { forgeToken, makeKey, signToken, type TestKey, tokenClaims } from "../support/tokens.ts";

let key: TestKey;
let ecKey: TestKey;
let attacker: TestKey;
let attackersServer: LoopbackServer;
let fetched: number;
let gateway: ReturnType<typeof authorizerWith>;

beforeAll(async () => {
  [key, ecKey, attacker] = await Promise.all([
    makeKey("RS256", "rsa"),
    makeKey("ES256", "ec"),
    makeKey("RS256", "rsa"),
  ]);
  attackersServer = await startHttp((_request, response) => {
    fetched += 1;
    response.end(JSON.stringify({ keys: [attacker.publicJwk] }));
  });
});
afterAll(() => attackersServer.close());

beforeEach(() => {
  fetched = 0;
  const { claimValues } = JWT_VALIDATION;
  const jwks = { keys: [key.publicJwk, ecKey.publicJwk] };
  gateway = authorizerWith({
    gateway: { jwt_validation: { jwks, algorithms: ["RS256", "ES256"], claimValues } },
  });
});

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");

describe("CVE-2018-0114 (node-jose), CVE-2026-34240 (jose for Dart): a key in the jwk header of the token", () => {
  it.each([
    ["beside the known kid", { kid: "rsa" }],
    ["beside its own kid", { kid: "attackers" }],
  ])("the key is not used: %s", async (_name, header) => {
    const token = await signToken(attacker, {}, { ...header, jwk: attacker.publicJwk });
    expect(await gateway.ask(token)).toMatchObject({ status: 401 });
  });

  it("the key is ignored: a token that is valid without it is verified with the configured key", async () => {
    expect(await gateway.ask(await signToken(key, {}, { jwk: attacker.publicJwk }))).toMatchObject({
      status: 200,
    });
  });
});

describe("RFC 8725 §3.10: jku and x5u that point to an attacker's URL", () => {
  it.each(["jku", "x5u"])("%s is never fetched", async (name) => {
    const token = await signToken(attacker, {}, { [name]: attackersServer.url });
    expect(await gateway.ask(token)).toEqual({ status: 401, why: "signature_invalid" });
    expect(fetched).toBe(0);
  });

  it("x5c is not used", async () => {
    const token = await signToken(attacker, {}, { x5c: [Buffer.from("certificate").toString("base64")] });
    expect(await gateway.ask(token)).toEqual({ status: 401, why: "signature_invalid" });
  });
});

describe("CVE-2026-35042, GHSA-hm7r-c7qw-ghp6 (fast-jwt), CVE-2025-59420 (Authlib): crit ignored", () => {
  it.each([
    ["an unknown extension", { crit: ["x-policy"], "x-policy": "require-mfa" }],
    ["b64", { crit: ["b64"], b64: true }],
    ["an empty list", { crit: [] }],
    ["null", { crit: null }],
    ["a string", { crit: "exp" }],
  ])("denies %s", async (_name, header) => {
    // Signed by hand: no library signs these.
    const input = `${base64url({ alg: "RS256", kid: "rsa", ...header })}.${base64url(tokenClaims())}`;
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key.privateKey, Buffer.from(input));
    const token = `${input}.${Buffer.from(signature).toString("base64url")}`;
    expect(await gateway.ask(token)).toEqual({ status: 401, why: "crit_not_supported" });
  });
});

describe("CVE-2026-28802 (Authlib): alg none", () => {
  it.each(["none", "None", "NONE", "nOnE", "", " none"])("denies %j", async (alg) => {
    for (const signature of ["", "AAAA"]) {
      const token = forgeToken({ alg, kid: "rsa" }, tokenClaims(), signature);
      expect(await gateway.ask(token)).toMatchObject({ status: 401 });
    }
  });
});

describe("CVE-2022-29217 (PyJWT), CVE-2023-48223 and CVE-2026-34950 (fast-jwt), CVE-2026-22817 (Hono): HMAC with the public key", () => {
  it.each(["HS256", "HS384", "HS512"])("denies %s over any spelling of the key", async (alg) => {
    const spki = await exportSPKI((await importJWK(key.publicJwk, "RS256")) as CryptoKey);
    const spellings = [spki, spki.trim(), ` ${spki}`, JSON.stringify(key.publicJwk), String(key.publicJwk.n)];
    for (const secret of spellings) {
      const input = `${base64url({ alg, kid: "rsa" })}.${base64url(tokenClaims())}`;
      const hash = alg.replace("HS", "sha");
      const token = `${input}.${createHmac(hash, secret).update(input).digest("base64url")}`;
      expect(await gateway.ask(token)).toEqual({ status: 401, why: "algorithm_not_allowed" });
    }
  });
});

describe("GHSA-jq35-7prp-9v3f (PyJWT): the header's algorithm is checked, but the key's algorithm is used", () => {
  it("a key is used only for its own algorithm, whatever the header says", async () => {
    const named = await signToken(key, {}, { kid: "ec" });
    expect(await gateway.ask(named)).toEqual({ status: 401, why: "key_unknown" });
    const input = `${base64url({ alg: "ES256", kid: "rsa" })}.${base64url(tokenClaims())}`;
    const signature = await crypto.subtle.sign("RSASSA-PKCS1-v1_5", key.privateKey, Buffer.from(input));
    const lying = `${input}.${Buffer.from(signature).toString("base64url")}`;
    expect(await gateway.ask(lying)).toEqual({ status: 401, why: "key_unknown" });
  });
});

describe("CVE-2022-21449 (Java): an ECDSA signature of zeros", () => {
  it.each([
    ["zeros", Buffer.alloc(64)],
    ["the order of the curve", Buffer.alloc(64, 0xff)],
    ["one byte", Buffer.alloc(1)],
    ["DER of zeros", Buffer.from([0x30, 6, 2, 1, 0, 2, 1, 0])],
  ])("denies %s", async (_name, signature) => {
    const token = forgeToken({ alg: "ES256", kid: "ec" }, tokenClaims(), signature.toString("base64url"));
    expect(await gateway.ask(token)).toEqual({ status: 401, why: "signature_invalid" });
  });
});

describe("CVE-2024-28176 (jose), CVE-2024-28180 (go-jose): an encrypted token that decompresses without end", () => {
  it("a JWE is denied without decryption", async () => {
    const bomb = deflateRawSync(Buffer.alloc(4_000_000)).toString("base64url");
    const header = base64url({ alg: "dir", enc: "A256GCM", zip: "DEF", kid: "rsa" });
    const token = `${header}..AAAAAAAAAAAAAAAA.${bomb}.AAAAAAAAAAAAAAAAAAAAAA`;
    expect(await gateway.ask(token)).toEqual({ status: 401, why: "token_encrypted" });
  });

  it("zip in a JWS header does not change how its payload is read", async () => {
    const token = await signToken(key, {}, { zip: "DEF" });
    expect(await gateway.ask(token)).toMatchObject({ status: 200, principal: { sub: "U2alice" } });
  });
});

describe("kid as a path, a query or an inherited member (class of bug)", () => {
  it.each([
    "../../dev/null",
    "/etc/passwd",
    "' OR '1'='1",
    "http://127.0.0.1/",
    "__proto__",
    "constructor",
    "toString",
    "rsa\u0000",
    "RSA",
  ])("denies %j", async (kid) => {
    expect(await gateway.ask(await signToken(attacker, {}, { kid }))).toEqual({
      status: 401,
      why: "key_unknown",
    });
  });
});
