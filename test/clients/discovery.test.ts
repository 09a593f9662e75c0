// How clients find the authorization server if they know only the URL: through the challenge, at the well-known URL of the server they
// call, under a stage path, and at the gateway's origin.
import { discoverAuthorizationServerMetadata as discover2 } from "@modelcontextprotocol/client";
import { discoverAuthorizationServerMetadata as discover1 } from "@modelcontextprotocol/sdk/client/auth.js";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type SignInServer, startSignIn } from "../../local/sign-in/sign-in-server.ts";
import { closedPort } from "../support/loopback-server.ts";
import { type ClientHome, clientHome } from "./client-home.ts";
import { newMemory } from "./client-memory.ts";
import { type DemoGateway, startDemoGateway, WITHOUT_COMBINED } from "./demo-gateway.ts";
import { claimsSeen, runInspector, startMcpRemote } from "./program-clients.ts";
import { SDK_CLIENTS } from "./sdk-clients.ts";
import { signedIn } from "./sign-in.ts";

const PETRA = { email: "petra@example.com" };
const INSPECT = [
  ...["--method", "tools/call", "--tool-name", "whoami"],
  ...["--callback-url", "http://127.0.0.1:40116/oauth/callback"],
];
let home: ClientHome;
afterEach(() => home?.remove());

async function throughMcpRemote(url: string): Promise<Record<string, unknown>> {
  home = clientHome("pro");
  const client = await startMcpRemote(url, home);
  const claims = await claimsSeen(client);
  await client.close();
  return claims;
}

async function throughInspector(url: string): Promise<unknown> {
  home = clientHome("pro");
  return (await runInspector(url, home, ...INSPECT)).result.structuredContent;
}

describe("a server with its own authorization server", () => {
  let demo: DemoGateway;
  let own: SignInServer;
  let url: string;

  beforeAll(async () => {
    const port = await closedPort();
    url = `http://127.0.0.1:${port}/whoami/mcp`;
    const ids = { projectId: "P2OtherProject", mcpServerId: "MS2OtherServer" };
    own = await startSignIn({ ...ids, resource: url, scopes: ["notes:read"] });
    const jwt_validation = {
      jwksUri: `${own.baseUrl}/${ids.projectId}/.well-known/jwks.json`,
      claimValues: { iss: { values: own.issuer }, aud: { values: url, matchType: "contains" } },
    };
    demo = await startDemoGateway({
      port,
      servers: { whoami: { jwt_validation, scopes_supported: ["notes:read"] } },
    });
  });
  afterAll(async () => {
    await Promise.all([demo?.close(), own?.close()]);
  });

  it.each(SDK_CLIENTS)(
    "$name signs in at the authorization server of each MCP server, for its scopes",
    async (client) => {
      const [first, second] = [newMemory(), newMemory()];
      await (await signedIn(client, { url: demo.endpoint("everything"), memory: first })).close();
      const session = await signedIn(client, { url, memory: second });
      expect(JSON.parse(await session.call("whoami")).claims).toMatchObject(PETRA);
      await session.close();
      const [elsewhere, here] = [first, second].map(({ tokens }) => decodeJwt(tokens?.access_token ?? ""));
      expect([elsewhere?.iss, here?.iss]).toEqual([demo.signIn.issuer, own.issuer]);
      expect(second.redirect?.searchParams.get("resource")).toBe(url);
      expect(here?.["scope"]).toContain("notes:read");
    },
  );

  it("mcp-remote signs in at that authorization server", async () => {
    expect(await throughMcpRemote(url)).toMatchObject(PETRA);
  });

  it("the inspector's command line signs in at that authorization server", async () => {
    expect(await throughInspector(url)).toMatchObject({ claims: PETRA });
  });
});

describe("a gateway with one server under a stage path", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({
      stagePath: true,
      gateway: WITHOUT_COMBINED,
      servers: { everything: { enabled: false }, notes: { enabled: false } },
    });
  });
  afterAll(() => demo?.close());

  it.each(SDK_CLIENTS)("$name signs in for the URL of that server", async (client) => {
    const memory = newMemory();
    const session = await signedIn(client, { url: demo.endpoint("whoami"), memory });
    expect(JSON.parse(await session.call("whoami")).claims).toMatchObject(PETRA);
    expect(memory.redirect?.searchParams.get("resource")).toBe(demo.endpoint("whoami"));
    await session.close();
  });
});

describe("a gateway with a combined endpoint under a stage path", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({ stagePath: true, gateway: { combined: { servers: "all" } } });
  });
  afterAll(() => demo?.close());

  it.each(SDK_CLIENTS)("$name signs in for its URL, by the URL alone", async (client) => {
    const memory = newMemory();
    const url = `${demo.url}/mcp`;
    const session = await signedIn(client, { url, memory });
    expect(JSON.parse(await session.call("whoami__whoami")).claims).toMatchObject(PETRA);
    expect(memory.redirect?.searchParams.get("resource")).toBe(url);
    await session.close();
  });
});

describe("a gateway with several servers under a stage path", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({ stagePath: true, gateway: WITHOUT_COMBINED });
  });
  afterAll(() => demo?.close());

  it.each(SDK_CLIENTS)("$name signs in through the URL in the challenge", async (client) => {
    const memory = newMemory();
    const session = await signedIn(client, { url: demo.endpoint("whoami"), memory });
    expect(JSON.parse(await session.call("whoami")).claims).toMatchObject(PETRA);
    expect(memory.redirect?.searchParams.get("resource")).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/local$/);
    await session.close();
  });

  it("mcp-remote signs in through the URL in the challenge", async () => {
    expect(await throughMcpRemote(demo.endpoint("whoami"))).toMatchObject(PETRA);
  });

  it("the inspector's command line signs in through the URL in the challenge", async () => {
    expect(await throughInspector(demo.endpoint("whoami"))).toMatchObject({ claims: PETRA });
  });

  it("has no well-known URL outside its path", async () => {
    const { origin } = new URL(demo.url);
    const response = await fetch(`${origin}/.well-known/oauth-protected-resource/local/whoami/mcp`);
    expect(response.status).toBe(403);
  });
});

describe("a client that looks for an authorization server at the gateway's origin", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    const identity = { method: "jwt_header", include_claims: ["sub"] };
    demo = await startDemoGateway({ servers: { whoami: { user_identity_forwarding: identity } } });
  });
  afterAll(() => demo?.close());

  it.each([
    ["sdk 1.x", discover1],
    ["client 2.x", discover2],
  ] as const)("%s finds none, although a server gets signed identity JWTs", async (_, discover) => {
    expect((await fetch(`${demo.url}/.well-known/openid-configuration`)).status).toBe(200);
    expect(await discover(demo.url)).toBeUndefined();
  });
});

describe("a gateway that serves its authorization server's metadata", () => {
  let demo: DemoGateway;
  beforeAll(async () => {
    demo = await startDemoGateway({ gateway: { serve_authorization_server_metadata: true } });
  });
  afterAll(() => demo?.close());

  it.each([
    ["sdk 1.x", discover1],
    ["client 2.x", discover2],
  ] as const)(
    "%s finds the metadata at the gateway, by path insertion and at the root",
    async (_, discover) => {
      const { issuer } = demo.signIn;
      const published = await (await fetch(`${issuer}/.well-known/oauth-authorization-server`)).json();
      const options = { skipIssuerValidation: true };
      expect(await discover(demo.endpoint("whoami"), options)).toEqual(published);
      expect(await discover(demo.url, options)).toEqual(published);
    },
  );

  it("client 2.x rejects it as the gateway's metadata, because its issuer is the authorization server", async () => {
    await expect(discover2(demo.url)).rejects.toThrow(demo.signIn.issuer);
  });
});
