// Another authorization server, by configuration only: other URLs, ES256, nested claims, other scopes.
import { afterAll, beforeAll, expect, it } from "vitest";
import { closedPort } from "../support/loopback-server.ts";
import { CookieJar } from "../support/sign-in-driver.ts";
import { memoryProvider, newMemory } from "./client-memory.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";
import { type OtherServer, startOtherServer } from "./other-authorization-server.ts";
import { SDK_CLIENTS } from "./sdk-clients.ts";

let demo: DemoGateway;
let other: OtherServer;

beforeAll(async () => {
  const port = await closedPort();
  const publicUrl = `http://127.0.0.1:${port}`;
  other = await startOtherServer(publicUrl, ["songs:read"]);
  demo = await startDemoGateway({
    port,
    gateway: {
      descope: undefined,
      jwt_validation: {
        jwksUri: other.jwksUri,
        algorithms: ["ES256"],
        requiredClaims: ["sub", "preferred_username"],
        claimValues: {
          iss: { values: other.issuer },
          aud: { values: publicUrl },
          "realm_access.roles": { values: ["singer"], matchType: "contains" },
        },
      },
      user_identity_forwarding: {
        method: "claims_header",
        include_claims: ["sub", "preferred_username", "realm_access.roles"],
      },
      scopes_supported: ["songs:read"],
      serve_authorization_server_metadata: true,
    },
    servers: {
      whoami: { tool_authorization: { greet: { required_scopes: ["songs:read"] } } },
      // Connections need a Descope project.
      notes: { upstream_auth: undefined },
    },
  });
});
afterAll(async () => {
  await Promise.all([demo?.close(), other?.close()]);
});

/** Follows redirects until they leave the authorization server. */
async function throughRedirects(start: URL): Promise<URL> {
  const jar = new CookieJar();
  let url = start;
  while (url.origin === start.origin) {
    const response = await fetch(url, { headers: { cookie: jar.header(url.pathname) }, redirect: "manual" });
    jar.keep(response);
    const location = response.headers.get("location");
    if (location === null)
      throw new Error(`${url.pathname} returned ${response.status}: ${await response.text()}`);
    url = new URL(location, url);
  }
  return url;
}

it.each(SDK_CLIENTS)("$name registers, signs in and calls a tool that needs a scope", async (client) => {
  const url = demo.endpoint("whoami");
  const memory = newMemory();
  const access = { authProvider: memoryProvider(memory) };
  const failure = await client.connect(url, access).catch((error: unknown) => error);
  expect(client.isSignInNeeded(failure)).toBe(true);
  const back = await throughRedirects(memory.redirect as URL);
  await client.finishSignIn(url, access, back.searchParams);
  const session = await client.connect(url, access);
  expect(JSON.parse(await session.call("whoami")).claims).toEqual({
    sub: "singer-1",
    preferred_username: "alto",
    "realm_access.roles": ["singer"],
  });
  expect(await session.call("greet")).toContain("Hello");
  await session.close();
});

it("serves the metadata of another authorization server at the gateway", async () => {
  const response = await fetch(`${demo.url}/.well-known/oauth-authorization-server`);
  expect(await response.json()).toMatchObject({
    issuer: other.issuer,
    token_endpoint: `${other.issuer}/protocol/openid-connect/token`,
  });
});
