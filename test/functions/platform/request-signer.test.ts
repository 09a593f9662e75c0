// That signatures are right is shown by AWS's own implementation in Python: test/sigv4. Here, what they are made for.
import { SSMClient } from "@aws-sdk/client-ssm";
import { describe, expect, it } from "vitest";
import { createRequestSigner } from "../../../functions/platform/request-signer.ts";

const credentials = { accessKeyId: "AKIDEXAMPLE", secretAccessKey: "secret", sessionToken: "session" };
const NOW = new Date("2026-11-15T12:00:00Z");
const REQUEST = {
  url: "https://tools.example.com/mcp?q=a+b",
  method: "POST",
  headers: { accept: "application/json", "last-event-id": "caf\xe9" },
  body: '{"text":"Größe"}',
};

const sign = createRequestSigner(new SSMClient({ region: "eu-central-1", credentials }));

describe("createRequestSigner", () => {
  it("signs each request for its own service and Region, whatever was signed before", async () => {
    const scopes = [
      { service: "lambda", region: "us-west-2" },
      { service: "bedrock-agentcore", region: "eu-central-1" },
      { service: "lambda", region: "eu-west-1" },
    ];
    const signed = [];
    for (const scope of scopes) signed.push(await sign(REQUEST, scope, NOW));
    expect(
      signed.map(({ headers }) => /Credential=([^,]+)/.exec(headers["authorization"] ?? "")?.[1]),
    ).toEqual([
      "AKIDEXAMPLE/20261115/us-west-2/lambda/aws4_request",
      "AKIDEXAMPLE/20261115/eu-central-1/bedrock-agentcore/aws4_request",
      "AKIDEXAMPLE/20261115/eu-west-1/lambda/aws4_request",
    ]);
  });

  it("returns the request as it must be sent: URL, body, and headers with date, session token and payload hash", async () => {
    const { url, method, headers, body } = await sign(
      REQUEST,
      { service: "lambda", region: "us-west-2" },
      NOW,
    );
    expect([url, method, body]).toEqual(["https://tools.example.com/mcp?q=a%20b", "POST", REQUEST.body]);
    expect(headers).toMatchObject({
      accept: "application/json",
      host: "tools.example.com",
      "last-event-id": "caf\xe9",
      "x-amz-date": "20261115T120000Z",
      "x-amz-security-token": "session",
      "x-amz-content-sha256": "d3173cd826f4d180b46a1d965d270ca1e9b723d9c1993b678b291ccd515f05a2",
    });
  });

  it("signs no payload for VPC Lattice", async () => {
    const { headers } = await sign(REQUEST, { service: "vpc-lattice-svcs", region: "us-west-2" }, NOW);
    expect(headers["x-amz-content-sha256"]).toBe("UNSIGNED-PAYLOAD");
  });
});
