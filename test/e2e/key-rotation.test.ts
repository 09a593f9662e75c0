// Keys replaced while the gateway runs: at the sign-in server, and at an endpoint that counts its requests.
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { type GatewayStand, startSignInStand, startStand } from "../support/gateway-stand.ts";
import { type KeyServer, startKeyServer } from "../support/key-server.ts";
import { sendMcp } from "../support/mcp-request.ts";
import { makeKey, signToken, type TestKey } from "../support/tokens.ts";

describe("keys rotated at the sign-in server", () => {
  let stand: Awaited<ReturnType<typeof startSignInStand>>;

  beforeAll(async () => {
    stand = await startSignInStand({ project_id: "P2rotating", mcp_server_id: "MS2rotating" }, { tools: {} });
  });
  afterAll(() => stand?.close());

  const token = () => stand.signIn.issueToken({ user: "pro" });
  const ask = async (accessToken: string) =>
    (await sendMcp(stand.endpoint("tools"), { token: accessToken })).status;

  it("allow new tokens at once, and deny those of a revoked key after the first new token", async () => {
    const [old, oldUnused] = [await token(), await token()];
    expect(await ask(old)).toBe(200);
    await stand.signIn.rotateKeys({ revoke: true });
    expect(await ask(await token())).toBe(200);
    expect(await ask(oldUnused)).toBe(401);
    // API Gateway still caches the decision on the other one.
    expect(await ask(old)).toBe(200);
    stand.gateway.flushAuthorizerCache();
    expect(await ask(old)).toBe(401);
  });
});

describe("a JWKS endpoint with rotated keys", () => {
  let stand: GatewayStand;
  let endpoint: KeyServer;
  let first: TestKey;
  let second: TestKey;
  let number = 0;

  beforeAll(async () => {
    [first, second] = await Promise.all([makeKey(), makeKey()]);
    endpoint = await startKeyServer(first);
    stand = await startStand(({ jwtValidation }) => ({
      servers: { tools: { jwt_validation: { ...jwtValidation, jwksUri: endpoint.url } } },
    }));
  });
  afterAll(async () => {
    await stand?.close();
    await endpoint?.close();
  });

  async function ask(key: TestKey, kid = key.kid): Promise<number> {
    number += 1;
    const now = Math.floor(Date.now() / 1000);
    const { issuer: iss, audience: aud } = stand.issuer;
    const claims = { iss, aud, jti: String(number), iat: now, exp: now + 600 };
    const token = await signToken(key, claims, { kid });
    return (await sendMcp(stand.endpoint("tools"), { token })).status;
  }

  it("is read once for many tokens", async () => {
    for (let n = 0; n < 20; n += 1) expect(await ask(first)).toBe(200);
    expect(endpoint.requests()).toBe(1);
  });

  it("is read again for the first token of a new key", async () => {
    endpoint.publish(first, second);
    for (let n = 0; n < 5; n += 1) expect(await ask(second)).toBe(200);
    expect(await ask(first)).toBe(200);
    expect(endpoint.requests()).toBe(2);
  });

  it("is not read again for many unknown kids within 30 seconds", async () => {
    for (let n = 0; n < 100; n += 1) expect(await ask(first, `unknown-${n}`)).toBe(401);
    expect(endpoint.requests()).toBe(2);
    expect(await ask(second)).toBe(200);
  });

  it("is read at most once by each new environment for many unknown kids at once", async () => {
    const responses = await Promise.all(Array.from({ length: 300 }, (_, n) => ask(first, `at-once-${n}`)));
    expect(new Set(responses)).toEqual(new Set([401]));
    const environments = stand.processes("authorizer").length;
    expect(endpoint.requests() - 2).toBeLessThanOrEqual(environments - 1);
  });
});
