import { request } from "node:http";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { SignInServer } from "../../../local/sign-in/sign-in-server.ts";
import { startLocalSignIn } from "../../support/local-sign-in.ts";

let server: SignInServer;
beforeAll(async () => {
  server = await startLocalSignIn();
});
afterAll(() => server.close());

function rawStatus(host: string): Promise<number | undefined> {
  return new Promise((resolve, reject) => {
    const url = `${server.baseUrl}/P2test/.well-known/jwks.json`;
    request(url, { headers: { host } }, (response) => {
      response.resume();
      resolve(response.statusCode);
    })
      .on("error", reject)
      .end();
  });
}

describe("discovery", () => {
  it.each(["openid-configuration", "oauth-authorization-server"])(
    "is appended to the issuer: %s",
    async (name) => {
      const base = server.baseUrl;
      expect(server.issuer).toBe(`${base}/v1/apps/agentic/P2test/MS2test`);
      const response = await fetch(`${server.issuer}/.well-known/${name}`);
      expect(response.status).toBe(200);
      expect(await response.json()).toEqual({
        issuer: `${base}/v1/apps/agentic/P2test/MS2test`,
        authorization_endpoint: `${base}/oauth2/v1/apps/agentic/P2test/MS2test/authorize`,
        token_endpoint: `${base}/oauth2/v1/apps/agentic/P2test/MS2test/token`,
        registration_endpoint: `${base}/v1/mgmt/mcp/client/P2test/MS2test/register`,
        jwks_uri: `${base}/P2test/.well-known/jwks.json`,
        userinfo_endpoint: `${base}/oauth2/v1/apps/P2test/userinfo`,
        revocation_endpoint: `${base}/oauth2/v1/apps/P2test/revoke`,
        scopes_supported: ["openid", "profile", "email", "offline_access", "tools:read", "tools:write"],
        response_types_supported: ["code"],
        response_modes_supported: ["query", "fragment"],
        grant_types_supported: ["authorization_code", "refresh_token", "client_credentials"],
        code_challenge_methods_supported: ["S256"],
        token_endpoint_auth_methods_supported: ["none", "client_secret_basic", "client_secret_post"],
        client_id_metadata_document_supported: true,
        authorization_response_iss_parameter_supported: true,
        subject_types_supported: ["public"],
        id_token_signing_alg_values_supported: ["RS256"],
        claim_types_supported: ["normal"],
        claims_parameter_supported: false,
        claims_supported: ["sub", "name", "email", "sid", "auth_time", "iss"],
        request_uri_parameter_supported: false,
      });
    },
  );

  it("does not advertise client id metadata documents if this is turned off", async () => {
    const own = await startLocalSignIn({ advertiseClientDocuments: false });
    const response = await fetch(`${own.issuer}/.well-known/oauth-authorization-server`);
    expect(await response.json()).not.toHaveProperty("client_id_metadata_document_supported");
    await own.close();
  });

  it.each([
    "/.well-known/oauth-authorization-server/v1/apps/agentic/P2test/MS2test",
    "/.well-known/openid-configuration/v1/apps/agentic/P2test/MS2test",
    "/.well-known/oauth-authorization-server",
    "/.well-known/openid-configuration",
    "/v1/apps/agentic/P2other/MS2test/.well-known/openid-configuration",
    "/",
  ])("is not served at %s", async (path) => {
    const response = await fetch(server.baseUrl + path);
    expect(response.status).toBe(404);
    expect(await response.json()).toMatchObject({ error: "not_found" });
  });

  it("can be read by a client in a web page", async () => {
    const response = await fetch(`${server.issuer}/.well-known/openid-configuration`, {
      headers: { origin: "http://localhost:6274" },
    });
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
  });

  it.each([
    "/v1/mgmt/mcp/client/P2test/MS2test/register",
    "/oauth2/v1/apps/agentic/P2test/MS2test/token",
    "/P2test/.well-known/jwks.json",
  ])("allows the preflight of %s", async (path) => {
    const response = await fetch(server.baseUrl + path, {
      method: "OPTIONS",
      headers: {
        origin: "http://localhost:6274",
        "access-control-request-method": "POST",
        "access-control-request-headers": "content-type,mcp-protocol-version",
      },
    });
    expect(response.status).toBe(204);
    expect(response.headers.get("access-control-allow-origin")).toBe("*");
    expect(response.headers.get("access-control-allow-headers")).toBe("content-type,mcp-protocol-version");
  });

  it("rejects a foreign Host header, as DNS rebinding sends it", async () => {
    expect(await rawStatus("attacker.example:8788")).toBe(421);
    expect(await rawStatus(new URL(server.baseUrl).host)).toBe(200);
  });
});
