import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn, verifiedClaims } from "../../support/local-sign-in.ts";
import {
  authorizationRequest,
  discover,
  type Metadata,
  type TokenResponse,
  tokenRequest,
} from "../../support/oauth-requests.ts";
import { signInAs } from "../../support/sign-in-driver.ts";

const RESOURCE = "http://127.0.0.1:8787/whoami/mcp";

let server: SignInServer;
let metadata: Metadata;
beforeAll(async () => {
  server = await startLocalSignIn({
    tokenLifetimeSeconds: 900,
  });
  metadata = await discover(server.issuer);
});
afterAll(() => server.close());

const verified = (token: string) => verifiedClaims(server, token);

describe("pre-registered clients", () => {
  it("sign in on any loopback port", async () => {
    const redirectUri = "http://localhost:50123/callback";
    const scope = "openid tools:read";
    const { url, verifier } = authorizationRequest(metadata, "local-client", redirectUri, { scope });
    const back = await signInAs(url, "free");
    const response = await tokenRequest(metadata, {
      grant_type: "authorization_code",
      client_id: "local-client",
      code: back.searchParams.get("code") ?? "",
      redirect_uri: redirectUri,
      code_verifier: verifier,
    });
    expect(await verified(((await response.json()) as TokenResponse).access_token)).toMatchObject({
      azp: "local-client",
    });
  });

  it("get tokens for themselves with client credentials", async () => {
    const authorization = `Basic ${Buffer.from("local-agent:local-agent-secret").toString("base64")}`;
    const params = { grant_type: "client_credentials", scope: "tools:read", resource: RESOURCE };
    const response = await tokenRequest(metadata, params, { authorization });
    const tokens = (await response.json()) as TokenResponse;
    const claims = await verified(tokens.access_token);
    expect(claims).toEqual({
      iss: server.issuer,
      aud: ["http://127.0.0.1:8787", "P2test", "local-agent"],
      sub: "local-agent",
      azp: "local-agent",
      client_id: "local-agent",
      scope: "tools:read",
      token_type: "access_token",
      iat: expect.any(Number),
      exp: (claims.iat as number) + 900,
      jti: expect.any(String),
    });
  });

  it("are denied with an invalid secret", async () => {
    const authorization = `Basic ${Buffer.from("local-agent:guess").toString("base64")}`;
    const response = await tokenRequest(metadata, { grant_type: "client_credentials" }, { authorization });
    expect(response.status).toBe(401);
    expect(await response.json()).toMatchObject({ error: "invalid_client" });
  });
});
