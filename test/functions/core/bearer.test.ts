import { describe, expect, it } from "vitest";
import { readBearerToken } from "../../../functions/core/bearer.ts";

const TOKEN = "eyJhbGciOiJSUzI1NiJ9.eyJzdWIiOiJVMiJ9.c2ln";

/** A three-part token of exactly that many characters. */
function tokenOfLength(length: number): string {
  return `a.b.${"c".repeat(length - 4)}`;
}

describe("readBearerToken", () => {
  it.each([
    ["the scheme as RFC 6750 writes it", `Bearer ${TOKEN}`],
    ["the scheme in lower case", `bearer ${TOKEN}`],
    ["the scheme in upper case", `BEARER ${TOKEN}`],
    ["several spaces after the scheme", `Bearer   ${TOKEN}`],
    ["space around the value", `  Bearer ${TOKEN} `],
  ])("accepts %s", (_, value) => {
    expect(readBearerToken(value, "Authorization")).toEqual({ ok: true, token: TOKEN });
  });

  it("accepts every base64url character in every part", () => {
    const part = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    const token = `${part}.${part}.${part}`;
    expect(readBearerToken(`Bearer ${token}`, "Authorization")).toEqual({ ok: true, token });
  });

  it.each([
    ["no header", undefined, "token_missing"],
    ["an empty header", "", "token_missing"],
    ["a blank header", "   ", "token_missing"],
    ["a bare token", TOKEN, "scheme_unsupported"],
    [
      "a no-break space behind, by which a rate limit would count it as another token",
      `Bearer ${TOKEN}\u00a0`,
      "scheme_unsupported",
    ],
    ["Basic", "Basic dXNlcjpwYXNz", "scheme_unsupported"],
    ["DPoP", `DPoP ${TOKEN}`, "scheme_unsupported"],
    ["the scheme alone", "Bearer ", "scheme_unsupported"],
    ["a scheme that ends in Bearer", `NotBearer ${TOKEN}`, "scheme_unsupported"],
    ["no space after the scheme", `Bearer${TOKEN}`, "scheme_unsupported"],
    ["two tokens", `Bearer ${TOKEN} ${TOKEN}`, "scheme_unsupported"],
    ["two credentials joined by a comma", `Bearer ${TOKEN}, Bearer ${TOKEN}`, "scheme_unsupported"],
    ["two tokens joined by a comma", `Bearer ${TOKEN},${TOKEN}`, "token_malformed"],
    ["two parts", "Bearer a.b", "token_malformed"],
    ["four parts", "Bearer a.b.c.d", "token_malformed"],
    ["five parts, an encrypted token", "Bearer a.b.c.d.e", "token_encrypted"],
    ["an encrypted token without an encrypted key", "Bearer a..c.d.e", "token_encrypted"],
    ["six parts", "Bearer a.b.c.d.e.f", "token_malformed"],
    ["an empty header part", "Bearer .b.c", "token_malformed"],
    ["an empty payload, a detached signature", "Bearer a..c", "token_malformed"],
    ["an empty signature", "Bearer a.b.", "token_malformed"],
    ["base64 that is not base64url", "Bearer a+b.c/d.e", "token_malformed"],
    ["padding", "Bearer YQ==.b.c", "token_malformed"],
    ["a line break after the token", `Bearer ${TOKEN}\nX`, "scheme_unsupported"],
    ["a character that is not ASCII", "Bearer á.b.c", "token_malformed"],
  ])("denies %s", (_, value, reason) => {
    expect(readBearerToken(value, "Authorization")).toMatchObject({ ok: false, denial: { reason } });
  });

  it("requires the scheme in the Authorization header, in any case", () => {
    expect(readBearerToken(TOKEN, "authorization")).toMatchObject({
      denial: { reason: "scheme_unsupported" },
    });
  });

  it.each([
    ["with the scheme", `Bearer ${TOKEN}`],
    ["without it", TOKEN],
  ])("accepts a token %s in a custom header", (_, value) => {
    expect(readBearerToken(value, "X-Access-Token")).toEqual({ ok: true, token: TOKEN });
  });

  it("denies another scheme in a custom header", () => {
    expect(readBearerToken("Basic dXNlcjpwYXNz", "X-Access-Token")).toMatchObject({
      denial: { reason: "token_malformed" },
    });
  });

  it.each(["opaque-token", "a.b.c", "2YotnFZFEjr1zCsicMWpAA==", "a~b+c/d_e-f"])(
    "accepts the opaque token %s if an introspection endpoint verifies it",
    (token) => {
      expect(readBearerToken(`Bearer ${token}`, "Authorization", "opaque")).toEqual({ ok: true, token });
      expect(readBearerToken(token, "X-Access-Token", "opaque")).toEqual({ ok: true, token });
    },
  );

  it.each(["a=b", "a,b", 'a"b', "a&token=b", "ä", "a%20b", "="])("denies the opaque token %s", (token) => {
    expect(readBearerToken(`Bearer ${token}`, "Authorization", "opaque")).toMatchObject({
      denial: { reason: "token_malformed" },
    });
  });

  it("accepts an opaque token of 8192 bytes and denies one of 8193", () => {
    expect(readBearerToken(`Bearer ${"a".repeat(8192)}`, "Authorization", "opaque").ok).toBe(true);
    expect(readBearerToken(`Bearer ${"a".repeat(8193)}`, "Authorization", "opaque")).toMatchObject({
      denial: { reason: "token_too_long" },
    });
  });

  it("returns the name of the header that contained no token", () => {
    expect(readBearerToken(undefined, "X-Access-Token")).toMatchObject({
      denial: { expected: "a token in X-Access-Token", actual: "missing" },
    });
  });

  it("accepts a token of 8192 bytes", () => {
    expect(readBearerToken(`Bearer ${tokenOfLength(8192)}`, "Authorization").ok).toBe(true);
  });

  it("denies a token of 8193 bytes and reports its length", () => {
    expect(readBearerToken(`Bearer ${tokenOfLength(8193)}`, "Authorization")).toEqual({
      ok: false,
      denial: { reason: "token_too_long", expected: "at most 8192 bytes", actual: "8193 bytes" },
    });
  });

  it("puts no part of a denied value into the denial", () => {
    const denied = ["Basic c2VjcmV0", "Bearer secret", `Bearer ${"secret".repeat(2000)}`];
    for (const value of denied) {
      expect(JSON.stringify(readBearerToken(value, "Authorization"))).not.toMatch(/secret|c2VjcmV0/);
    }
  });
});
