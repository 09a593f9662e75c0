import {
  auth,
  ClientCredentialsProvider,
  type OAuthClientProvider,
  type OAuthDiscoveryState,
  type OAuthTokens,
} from "@modelcontextprotocol/client";
import {
  auth as auth1,
  type OAuthClientProvider as Provider1,
} from "@modelcontextprotocol/sdk/client/auth.js";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from "vitest";
import { type SignInServer, startSignIn } from "../../../local/sign-in/sign-in-server.ts";
import { serveClientDocument } from "../../support/loopback-document.ts";
import { type LoopbackServer, startHttp } from "../../support/loopback-server.ts";
import { signInAs } from "../../support/sign-in-driver.ts";

const REDIRECT = "http://localhost:40002/callback";

let server: SignInServer;
let gateway: LoopbackServer;
let mcpUrl: string;

beforeAll(async () => {
  // Stands for the gateway: serves only the protected resource metadata that names the sign-in server.
  gateway = await startHttp((request, response) => {
    if (request.url !== "/.well-known/oauth-protected-resource/whoami/mcp") {
      response.writeHead(404).end();
      return;
    }
    const metadata = {
      resource: mcpUrl,
      authorization_servers: [server.issuer],
      scopes_supported: ["tools:read"],
    };
    response.writeHead(200, { "content-type": "application/json" }).end(JSON.stringify(metadata));
  });
  const resource = gateway.origin;
  mcpUrl = `${resource}/whoami/mcp`;
  server = await startSignIn({
    projectId: "P2test",
    mcpServerId: "MS2test",
    resource,
    scopes: ["tools:read", "tools:write"],
  });
});
afterAll(async () => {
  await server.close();
  await gateway.close();
});

type Saved = {
  discovery?: OAuthDiscoveryState;
  redirect?: URL;
  tokens?: OAuthTokens | undefined;
  client?: object | undefined;
  verifier: string;
};

/** What an MCP client keeps, for either major version of the SDK. */
function memoryProvider(saved: Saved, more: Partial<OAuthClientProvider>): OAuthClientProvider {
  return {
    redirectUrl: REDIRECT,
    clientMetadata: {
      client_name: "SDK client",
      redirect_uris: [REDIRECT],
      grant_types: ["authorization_code", "refresh_token"],
      response_types: ["code"],
      token_endpoint_auth_method: "none",
      scope: "tools:read",
    },
    clientInformation: () => saved.client as never,
    saveClientInformation: (client) => {
      saved.client = client;
    },
    tokens: () => saved.tokens as never,
    saveTokens: (tokens) => {
      saved.tokens = tokens;
    },
    redirectToAuthorization: (url) => {
      saved.redirect = url;
    },
    saveCodeVerifier: (verifier) => {
      saved.verifier = verifier;
    },
    codeVerifier: () => saved.verifier,
    saveDiscoveryState: (state) => {
      saved.discovery = state;
    },
    discoveryState: () => saved.discovery,
    ...more,
  };
}

describe("@modelcontextprotocol/client 2", () => {
  async function signIn(
    more: Partial<OAuthClientProvider>,
  ): Promise<{ saved: Saved; provider: OAuthClientProvider }> {
    const saved: Saved = { verifier: "" };
    const provider = memoryProvider(saved, more);
    expect(await auth(provider, { serverUrl: mcpUrl })).toBe("REDIRECT");
    const back = await signInAs(saved.redirect as URL, "pro");
    const authorizationCode = back.searchParams.get("code") ?? "";
    const iss = back.searchParams.get("iss") ?? "";
    expect(await auth(provider, { serverUrl: mcpUrl, authorizationCode, iss })).toBe("AUTHORIZED");
    return { saved, provider };
  }

  it("registers, signs in, refreshes, and steps up to more scopes", async () => {
    const { saved, provider } = await signIn({});
    const first = saved.tokens as OAuthTokens;
    expect(decodeJwt(first.access_token)).toMatchObject({
      subscription: "pro",
      scope: "tools:read offline_access",
    });

    expect(await auth(provider, { serverUrl: mcpUrl })).toBe("AUTHORIZED");
    const second = saved.tokens as OAuthTokens;
    expect(second.access_token).not.toBe(first.access_token);

    saved.tokens = undefined;
    expect(await auth(provider, { serverUrl: mcpUrl, scope: "tools:read tools:write" })).toBe("REDIRECT");
    const back = await signInAs(saved.redirect as URL, "pro");
    const authorizationCode = back.searchParams.get("code") ?? "";
    await auth(provider, { serverUrl: mcpUrl, authorizationCode, iss: server.issuer });
    expect(decodeJwt((saved.tokens as unknown as OAuthTokens).access_token)["scope"]).toContain(
      "tools:write",
    );
  });

  it("signs in with a pre-registered client", async () => {
    const { saved } = await signIn({
      clientInformation: () => ({ client_id: "local-client", issuer: server.issuer }),
    });
    expect(decodeJwt((saved.tokens as OAuthTokens).access_token)).toMatchObject({ azp: "local-client" });
  });

  it("signs in with a client id metadata document", async () => {
    const document = await serveClientDocument([REDIRECT]);
    onTestFinished(document.close);
    const { saved } = await signIn({ clientMetadataUrl: document.url });
    expect(decodeJwt((saved.tokens as OAuthTokens).access_token)).toMatchObject({ azp: document.url });
  });

  it("gets a token for an agent with client credentials", async () => {
    const provider = new ClientCredentialsProvider({
      clientId: "local-agent",
      clientSecret: "local-agent-secret",
      expectedIssuer: server.issuer,
    });
    expect(await auth(provider, { serverUrl: mcpUrl })).toBe("AUTHORIZED");
    const { access_token } = provider.tokens() as OAuthTokens;
    expect(decodeJwt(access_token)).toMatchObject({ sub: "local-agent", scope: "tools:read" });
  });
});

describe("@modelcontextprotocol/sdk 1", () => {
  it("registers, signs in and refreshes", async () => {
    const saved: Saved = { verifier: "" };
    const provider = memoryProvider(saved, {}) as Provider1;
    expect(await auth1(provider, { serverUrl: mcpUrl })).toBe("REDIRECT");
    const back = await signInAs(saved.redirect as URL, "free");
    const authorizationCode = back.searchParams.get("code") ?? "";
    expect(await auth1(provider, { serverUrl: mcpUrl, authorizationCode })).toBe("AUTHORIZED");
    const first = saved.tokens as OAuthTokens;
    expect(decodeJwt(first.access_token)["subscription"]).toBe("free");
    expect(await auth1(provider, { serverUrl: mcpUrl })).toBe("AUTHORIZED");
    expect((saved.tokens as OAuthTokens).access_token).not.toBe(first.access_token);
  });
});
