import { expect, test } from "vitest";
import { readForwardedIdentity } from "../../../local/downstream/forwarded-identity.ts";

function read(headers: Record<string, string>) {
  return readForwardedIdentity(new Headers(headers));
}

test("reads no identity from a request without headers", () => {
  expect(read({})).toEqual({
    claims: null,
    jwt: null,
    authorization: null,
    credential: null,
    headerNames: [],
  });
});

test.each(["", "not json", "[1]", '"text"', "null"])("reads no claims from the header value %j", (value) => {
  expect(read({ "x-user-claims": value }).claims).toBeNull();
});

test("decodes the identity JWT without repeating its signature", () => {
  const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
  const token = `${part({ alg: "ES256", kid: "k1" })}.${part({ sub: "U1", name: "李" })}.c2lnbmF0dXJl`;
  expect(read({ "x-user-jwt": token }).jwt).toEqual({
    header: { alg: "ES256", kid: "k1" },
    payload: { sub: "U1", name: "李" },
  });
});

test.each(["", "x", "a.b.c", "e30"])("reads no claims from the identity JWT %j", (token) => {
  expect(read({ "x-user-jwt": token }).jwt).toBeNull();
});

test.each([
  ["Bearer abc.def.ghi", "Bearer"],
  ["  DPoP   abc", "DPoP"],
  ["abc.def.ghi", "none"],
])("reads the scheme of Authorization: %s", (value, scheme) => {
  expect(read({ authorization: value }).authorization).toBe(scheme);
});
