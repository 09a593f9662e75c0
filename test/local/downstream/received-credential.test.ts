import { expect, test } from "vitest";
import { readCredential } from "../../../local/downstream/received-credential.ts";

const read = (headers: Record<string, string>) => readCredential(new Headers(headers));
const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
const JWT = `${part({ alg: "RS256" })}.${part({ sub: "U1", aud: "https://a.example" })}.c2lnbmF0dXJl`;
const SIGV4 =
  "AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/20261130/eu-central-1/lambda/aws4_request, SignedHeaders=host;x-amz-date, Signature=5f3a";

test("returns null without a credential", () => {
  expect(read({ "x-user-claims": "{}" })).toBeNull();
});

test.each([
  ["authorization", `Bearer ${JWT}`],
  ["authorization", `Token ${JWT}`],
  ["x-api-key", JWT],
])("reads the claims of a JWT in %s and not its signature", (header, value) => {
  const credential = read({ [header]: value });
  expect(credential).toEqual({
    header,
    kind: "jwt",
    claims: { sub: "U1", aud: "https://a.example" },
    signature: null,
  });
  expect(JSON.stringify(credential)).not.toContain("c2lnbmF0dXJl");
});

test("reads the scope of a Signature Version 4, but neither key nor signature", () => {
  const credential = read({ authorization: SIGV4 });
  expect(credential).toEqual({
    header: "authorization",
    kind: "sigv4",
    claims: null,
    signature: {
      service: "lambda",
      region: "eu-central-1",
      date: "20261130",
      signedHeaders: ["host", "x-amz-date"],
    },
  });
  expect(JSON.stringify(credential)).not.toMatch(/AKID|5f3a/);
});

test.each([
  ["Bearer s3cret", "opaque"],
  ["s3cret", "opaque"],
  ["Bearer a.s3cret.c", "opaque"],
  [`Bearer ${JWT}.s3cret`, "opaque"],
  [`Bearer ${part([1])}.${part("s3cret")}.x`, "opaque"],
  ["Basic czNjcmV0OnMzY3JldA==", "basic"],
  ["AWS4-HMAC-SHA256 Credential=s3cret", "opaque"],
])("reports only the kind of %s", (value, kind) => {
  expect(read({ authorization: value })).toEqual({
    header: "authorization",
    kind,
    claims: null,
    signature: null,
  });
});
