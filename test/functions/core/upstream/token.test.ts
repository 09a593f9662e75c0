import { describe, expect, it } from "vitest";
import {
  readConnectionToken,
  readEndpointToken,
  reusableUntil,
  tokenHeader,
} from "../../../../functions/core/upstream/token.ts";

const NOW = 1_794_744_000_000;

const jwt = (payload: unknown, header: unknown = { alg: "ES256" }) =>
  [header, payload, { s: 1 }]
    .map((part) => Buffer.from(typeof part === "string" ? part : JSON.stringify(part)).toString("base64url"))
    .join(".");

const faultOf = (json: unknown, asked?: Parameters<typeof readEndpointToken>[2]) => {
  const reading = readEndpointToken(json, NOW, asked);
  return reading.ok ? reading.token : reading.fault;
};

describe("readEndpointToken", () => {
  it.each([
    [{ access_token: "t", token_type: "Bearer", expires_in: 300 }, NOW + 300_000],
    [{ access_token: "t", token_type: "bearer", expires_in: "300" }, NOW + 300_000],
    [{ access_token: "t", expires_in: JSON.rawJSON("300.0") }, NOW + 300_000],
    [{ access_token: "t", expires_in: JSON.rawJSON("3e2") }, NOW + 300_000],
    [{ access_token: "t" }, undefined],
    [{ access_token: "t", expires_in: null }, undefined],
  ])("accepts %j", (json, expiresAt) => {
    expect(faultOf(json)).toEqual({ value: "t", expiresAt });
  });

  it.each([
    [[], "not a JSON object"],
    [{}, "no access_token that can be sent in a header"],
    [{ access_token: "a b" }, "no access_token that can be sent in a header"],
    [{ access_token: "x".repeat(8_193) }, "no access_token that can be sent in a header"],
    [{ access_token: "t", token_type: "DPoP" }, "a token_type other than Bearer"],
    [{ access_token: "t", token_type: 1 }, "a token_type other than Bearer"],
    [{ access_token: "t", expires_in: "soon" }, "an expires_in that is not a number"],
    [{ access_token: "t", expires_in: JSON.rawJSON("1e400") }, "an expires_in that is not a number"],
    [{ access_token: "t", expires_in: [300] }, "an expires_in that is not a number"],
    [{ access_token: "t", expires_in: {} }, "an expires_in that is not a number"],
    [{ access_token: "t", expires_in: true }, "an expires_in that is not a number"],
  ])("rejects %j", (json, fault) => {
    expect(faultOf(json)).toBe(`the response has ${fault}`);
  });

  const asked = { resource: "https://tools.example.com", audience: "tools" };
  it.each([
    ["the resource", jwt({ aud: "https://tools.example.com" })],
    ["the audience among others", jwt({ aud: ["x", "tools"] })],
    ["nothing that can be read", "opaque-token"],
    ["three parts that are no JWT", "a.b.c"],
    ["a header that is not an object", jwt({}, "[]")],
  ])("accepts an exchanged token with %s", (_, access_token) => {
    expect(faultOf({ access_token }, asked)).toMatchObject({ value: access_token });
  });

  it.each([
    ["another audience", jwt({ aud: "https://other.example.com" }), asked],
    ["no audience", jwt({}), { resource: undefined, audience: "tools" }],
    ["a payload that can't be read", jwt("no json"), asked],
  ])("rejects an exchanged JWT with %s", (_, access_token, wanted) => {
    expect(faultOf({ access_token }, wanted)).toBe(
      "the response has a JWT whose aud is not the requested resource or audience",
    );
  });
});

describe("readConnectionToken", () => {
  const read = (accessTokenExpiry: unknown) => {
    const reading = readConnectionToken({ token: { accessToken: "t", accessTokenExpiry } });
    return reading.ok ? reading.token.expiresAt : reading.fault;
  };

  it.each([
    ["1794744000", NOW],
    ["1794744000000", NOW],
    ["2026-11-15T12:00:00Z", Date.parse("2026-11-15T12:00:00Z")],
    [1_794_744_000, NOW],
    [JSON.rawJSON("1794744000.0"), NOW],
    ["1794744000.0", NOW],
    [true, "the response has an accessTokenExpiry that is not a time"],
    [{}, "the response has an accessTokenExpiry that is not a time"],
    ["0", undefined],
    ["", undefined],
    [null, undefined],
    [undefined, undefined],
    ["soon", "the response has an accessTokenExpiry that is not a time"],
  ])("reads the expiry %j as %j", (expiry, expected) => {
    expect(read(expiry)).toBe(expected);
  });

  it.each([
    [[], "the response has no token object"],
    [{ token: "t" }, "the response has no token object"],
    [{ token: {} }, "the response has no accessToken that can be sent in a header"],
  ])("rejects %j", (json, fault) => {
    expect(readConnectionToken(json)).toEqual({ ok: false, fault });
  });
});

describe("reusableUntil", () => {
  const until = (expiresAt: number | undefined, cacheSeconds: number, callerEndsAt?: number) =>
    reusableUntil({ value: "t", expiresAt }, { now: NOW, cacheSeconds, callerEndsAt }) - NOW;

  it("is the earliest of a minute before the token's expiry, the setting and the caller's expiry", () => {
    expect(until(NOW + 300_000, 3_600)).toBe(240_000);
    expect(until(NOW + 300_000, 30)).toBe(30_000);
    expect(until(NOW + 300_000, 3_600, NOW + 10_000)).toBe(10_000);
    expect(until(undefined, 3_600)).toBe(60_000);
    expect(until(NOW + 30_000, 3_600)).toBe(-30_000);
  });
});

it("tokenHeader inserts the token unchanged", () => {
  expect(tokenHeader({ header: "x", format: "key={token}" }, "a$&b")).toBe("key=a$&b");
});
