// The JWT that the gateway sends, verified by common libraries of MCP servers with the keys that the gateway publishes.
import { execFile } from "node:child_process";
import { join } from "node:path";
import { promisify } from "node:util";
import { JwtVerifier } from "aws-jwt-verify";
import { SimpleJwksCache } from "aws-jwt-verify/jwk";
import { createRemoteJWKSet, jwtVerify } from "jose";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { createIdentitySigner } from "../../../functions/platform/identity-signer.ts";
import { openSigningKeys } from "../../../functions/platform/signing-keys.ts";
import { type GatewayStand, startStand } from "../../support/gateway-stand.ts";
import { recordedValues } from "../../support/recorder-server.ts";
import { BUILT, EXAMPLES } from "./example-programs.ts";
import { kmsClient } from "./identity-issuer.ts";

const AUDIENCE = "https://example.com/mcp";

/** Returns the verified subject, or throws an error whose code or message says what is wrong. */
type Verify = (jwt: string) => Promise<unknown>;

let stand: GatewayStand;
beforeAll(async () => {
  const user_identity_forwarding = { method: "jwt_header", audience: AUDIENCE };
  stand = await startStand({ servers: { recorder: { user_identity_forwarding } } });
});
afterAll(() => stand?.close());

// aws-jwt-verify fetches only over https; it finds the keys by the issuer's URL.
const plainHttp = { fetch: async (uri: string) => (await fetch(uri)).arrayBuffer() };
const LIBRARIES: readonly [name: string, verify: Verify, expired: string, otherAudience: string][] = [
  ["jose", byJose, "ERR_JWT_EXPIRED", "ERR_JWT_CLAIM_VALIDATION_FAILED"],
  ["aws-jwt-verify", byAwsJwtVerify, "Token expired", "Audience not allowed"],
  ["PyJWT", byPyJwt, "ExpiredSignatureError", "InvalidAudienceError"],
];

describe.each(LIBRARIES)("%s", (_name, verify, expired, otherAudience) => {
  test("verifies the JWT of a request", async () => {
    expect(await verify(await forwardedJwt())).toBe("U2alice");
  });

  test("rejects an expired JWT", async () => {
    expect(await errorOf(verify, await signedByGateway({ ageSeconds: 3600 }))).toContain(expired);
  });

  test("rejects a JWT for another server", async () => {
    const audience = "https://other.example.com/mcp";
    expect(await errorOf(verify, await signedByGateway({ audience }))).toContain(otherAudience);
  });
});

async function byJose(jwt: string): Promise<unknown> {
  const discovery = await fetch(`${stand.url}/.well-known/openid-configuration`);
  const { jwks_uri, issuer } = (await discovery.json()) as { jwks_uri: string; issuer: string };
  const keys = createRemoteJWKSet(new URL(jwks_uri));
  return (await jwtVerify(jwt, keys, { issuer, audience: AUDIENCE, algorithms: ["ES256"] })).payload.sub;
}

async function byAwsJwtVerify(jwt: string): Promise<unknown> {
  const jwksCache = new SimpleJwksCache({ fetcher: plainHttp });
  const verifier = JwtVerifier.create({ issuer: stand.url, audience: AUDIENCE }, { jwksCache });
  return (await verifier.verify(jwt)).sub;
}

async function byPyJwt(jwt: string): Promise<unknown> {
  const code =
    "import sys, identity; print(identity.jwt_header(*sys.argv[1:3])({'x-user-jwt': sys.argv[3]})['sub'])";
  const python = join(BUILT, "python", "bin", "python");
  const { stdout } = await promisify(execFile)(python, ["-B", "-c", code, stand.url, AUDIENCE, jwt], {
    cwd: join(EXAMPLES, "python"),
  });
  return stdout.trim();
}

async function errorOf(verify: Verify, jwt: string): Promise<string> {
  try {
    return `accepted: ${await verify(jwt)}`;
  } catch (error) {
    const { code, message } = error as Error & { code?: string };
    return `${code} ${message}`;
  }
}

/** The JWT that arrives at the server behind the gateway. */
async function forwardedJwt(): Promise<string> {
  stand.recorder.reset();
  const response = await fetch(stand.endpoint("recorder"), {
    method: "POST",
    headers: { "Content-Type": "application/json", Authorization: `Bearer ${await stand.issuer.token()}` },
    body: JSON.stringify({ jsonrpc: "2.0", id: 1, method: "ping" }),
  });
  expect(response.status).toBe(200);
  const [request] = stand.recorder.requests;
  return request === undefined ? "nothing arrived" : (recordedValues(request, "x-user-jwt")[0] ?? "no JWT");
}

/** JWTs signed with the gateway's key that are expired or for another audience. */
async function signedByGateway({ audience = AUDIENCE, ageSeconds = 0 }): Promise<string> {
  const functions = [...stand.gateway.functions.values()];
  const arns = functions.map(({ spec }) => spec.environment["SIGNING_KEY_ARNS"]).find((list) => list);
  const now = new Date(Date.now() - ageSeconds * 1000);
  return await createIdentitySigner(
    openSigningKeys(arns?.split(",") ?? [], kmsClient(stand.gateway.kms.url)),
  )({
    issuer: stand.url,
    audience,
    claims: { sub: "U2alice" },
    expirySeconds: 300,
    tokenExpiresAt: now.getTime() / 1000 + 300,
    subject: "U2alice",
    tokenIssuer: stand.issuer.issuer,
    server: "recorder",
    now,
  });
}
