// The official SDKs with only the URL: every kind of registration, both users, an expired token, tokens without a sign-in.
import { ClientCredentialsProvider } from "@modelcontextprotocol/client";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { serveClientDocument } from "../support/loopback-document.ts";
import { newMemory, REDIRECT_URI } from "./client-memory.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";
import { SDK_CLIENTS } from "./sdk-clients.ts";
import { signedIn } from "./sign-in.ts";

let demo: DemoGateway;
let document: Awaited<ReturnType<typeof serveClientDocument>>;
let url: string;

beforeAll(async () => {
  [demo, document] = await Promise.all([startDemoGateway(), serveClientDocument([REDIRECT_URI])]);
  url = demo.endpoint("whoami");
});
afterAll(async () => {
  document?.close();
  await demo?.close();
});

const claimsOf = (text: string) => JSON.parse(text).claims;

describe.each(SDK_CLIENTS)("$name", (client) => {
  it.each([
    ["free", "frida@example.com"],
    ["pro", "petra@example.com"],
  ] as const)("registers dynamically, signs in as %s with PKCE and calls a tool", async (user, email) => {
    const memory = newMemory();
    const session = await signedIn(client, { url, memory, user });
    expect(claimsOf(await session.call("whoami"))).toMatchObject({ email, subscription: user });
    expect(memory.redirect?.searchParams.get("code_challenge_method")).toBe("S256");
    expect(memory.redirect?.searchParams.get("resource")).toBe(demo.endpoint("whoami"));
    expect(decodeJwt(memory.tokens?.access_token ?? "")).toMatchObject({ azp: memory.client?.client_id });
    await session.close();
  });

  it("signs in with its client id metadata document, without registration", async () => {
    const memory = newMemory();
    const session = await signedIn(client, { url, memory, clientMetadataUrl: document.url });
    expect(claimsOf(await session.call("whoami"))).toMatchObject({ email: "petra@example.com" });
    expect(decodeJwt(memory.tokens?.access_token ?? "")).toMatchObject({ azp: document.url });
    await session.close();
  });

  it("signs in with a pre-registered client id", async () => {
    const memory = newMemory({ client: { client_id: "local-client", issuer: demo.signIn.issuer } });
    const session = await signedIn(client, { url, memory });
    expect(claimsOf(await session.call("whoami"))).toMatchObject({ email: "petra@example.com" });
    expect(decodeJwt(memory.tokens?.access_token ?? "")).toMatchObject({ azp: "local-client" });
    await session.close();
  });

  it("refreshes an expired token without another sign-in", async () => {
    const memory = newMemory();
    await (await signedIn(client, { url, memory })).close();
    const expired = await demo.signIn.issueToken({ user: "pro", expiresInSeconds: -60 });
    Object.assign(memory.tokens ?? {}, { access_token: expired });
    memory.redirect = undefined;
    const session = await signedIn(client, { url, memory });
    expect(claimsOf(await session.call("whoami"))).toMatchObject({ email: "petra@example.com" });
    expect(memory.redirect).toBeUndefined();
    expect(memory.tokens?.access_token).not.toBe(expired);
    await session.close();
  });

  it("connects with only a bearer header", async () => {
    const token = await demo.signIn.issueToken({ user: "free" });
    const session = await client.connect(url, { headers: { Authorization: `Bearer ${token}` } });
    expect(await session.tools()).toEqual(["whoami", "greet", "pro_report"]);
    await session.close();
  });

  it("connects as an agent with client credentials", async () => {
    const authProvider = new ClientCredentialsProvider({
      clientId: "local-agent",
      clientSecret: "local-agent-secret",
      expectedIssuer: demo.signIn.issuer,
    });
    const session = await client.connect(url, { authProvider });
    expect(claimsOf(await session.call("whoami"))).toEqual({ sub: "local-agent" });
    await session.close();
  });
});
