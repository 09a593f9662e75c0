// The checker itself: it takes what botocore signed, and nothing that was changed afterwards.
import { afterAll, describe, expect, it } from "vitest";
import { type SignedFor, type SignedRequest, startVerifier } from "./verifier.ts";

const verifier = startVerifier();
afterAll(() => verifier.close());

const ROLE: SignedFor = {
  credentials: { accessKeyId: "ASIAEXAMPLE", secretAccessKey: "secret", sessionToken: "session" },
  service: "lambda",
  region: "eu-central-1",
};
const REQUEST: SignedRequest = {
  method: "POST",
  url: "https://id.lambda-url.eu-central-1.on.aws/mcp?b=2&a=1&name=J%C3%BCrgen",
  headers: [
    ["content-type", "application/json"],
    ["x-user-claims", '{"sub":"U1"}'],
  ],
  body: Buffer.from('{"text":"李 🎻"}'),
};

async function signed(request = REQUEST, as = ROLE): Promise<SignedRequest> {
  return { ...request, headers: await verifier.sign(request, as) };
}

const without = (request: SignedRequest, name: string) => ({
  ...request,
  headers: request.headers.filter(([each]) => each !== name),
});
const replaced = (request: SignedRequest, name: string, value: string): SignedRequest => ({
  ...request,
  headers: request.headers.map(([each, old]) => [each, each === name ? value : old] as const),
});

describe("a signed request", () => {
  it.each([
    ["POST", REQUEST.url, REQUEST.body],
    ["GET", "https://id.lambda-url.eu-central-1.on.aws/mcp", Buffer.alloc(0)],
    [
      "DELETE",
      "https://id.lambda-url.eu-central-1.on.aws/runtimes/arn%3Aaws%3Ax/invocations?q=%2F",
      Buffer.alloc(0),
    ],
  ])("is taken: %s %s", async (method, url, body) => {
    expect(await verifier.verify(await signed({ ...REQUEST, method, url, body }), ROLE)).toBeUndefined();
  });

  it.each<[string, (request: SignedRequest) => SignedRequest, string]>([
    ["another method", (request) => ({ ...request, method: "DELETE" }), "does not match"],
    [
      "another path",
      (request) => ({ ...request, url: request.url.replace("/mcp", "/mcp2") }),
      "does not match",
    ],
    [
      "another query",
      (request) => ({ ...request, url: request.url.replace("a=1", "a=2") }),
      "does not match",
    ],
    ["another body", (request) => ({ ...request, body: Buffer.from("{}") }), "does not match"],
    ["another header value", (request) => replaced(request, "x-user-claims", "{}"), "does not match"],
    ["another session", (request) => replaced(request, "x-amz-security-token", "x"), "not the role's"],
    ["a signed header less", (request) => without(request, "x-user-claims"), "did not arrive"],
    ["no signature", (request) => without(request, "authorization"), "one Authorization header, got 0"],
    ["a bearer token", (request) => replaced(request, "authorization", "Bearer x"), "not one of Signature"],
    ["no date", (request) => without(request, "x-amz-date"), "did not arrive"],
    ["an old date", (request) => replaced(request, "x-amz-date", "20200101T000000Z"), "credential's day"],
    [
      "an unsigned header of AWS's",
      (request) => ({ ...request, headers: [...request.headers, ["x-amz-target", "x"]] }),
      "x-amz-target is not signed",
    ],
    [
      "a hash of another body",
      (request) => ({
        ...request,
        headers: [...request.headers, ["x-amz-content-sha256", "UNSIGNED-PAYLOAD"]],
      }),
      "x-amz-content-sha256 is not signed",
    ],
  ])("is denied with %s", async (_case, change, reason) => {
    expect(await verifier.verify(change(await signed()), ROLE)).toContain(reason);
  });

  it.each<[string, SignedFor, string]>([
    ["another service", { ...ROLE, service: "execute-api" }, "signed for lambda in eu-central-1"],
    ["another Region", { ...ROLE, region: "us-east-1" }, "signed for lambda in eu-central-1"],
    [
      "another role",
      { ...ROLE, credentials: { ...ROLE.credentials, accessKeyId: "ASIAOTHER" } },
      "unknown access key",
    ],
    [
      "another secret",
      { ...ROLE, credentials: { ...ROLE.credentials, secretAccessKey: "guess" } },
      "does not match",
    ],
  ])("is denied where %s is expected", async (_case, expected, reason) => {
    expect(await verifier.verify(await signed(), expected)).toContain(reason);
  });
});
