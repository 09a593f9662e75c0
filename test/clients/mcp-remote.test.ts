// mcp-remote, which connects clients with only stdio support to HTTP servers: started with only the URL, as in a client's settings, and
// used over its standard input and output.
import { readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@modelcontextprotocol/sdk/client/index.js";
import { decodeJwt } from "jose";
import { afterAll, afterEach, beforeAll, expect, it } from "vitest";
import { serveClientDocument } from "../support/loopback-document.ts";
import { type ClientHome, clientHome } from "./client-home.ts";
import { type DemoGateway, startDemoGateway } from "./demo-gateway.ts";
import { claimsSeen, startMcpRemote } from "./program-clients.ts";

const CALLBACK_PORT = "40113";

let demo: DemoGateway;
let home: ClientHome | undefined;
let client: Client | undefined;

beforeAll(async () => {
  demo = await startDemoGateway();
});
afterAll(() => demo?.close());
afterEach(async () => {
  await client?.close();
  home?.remove();
  client = undefined;
  home = undefined;
});

/** @param more arguments after the URL */
async function start(user: "free" | "pro", ...more: string[]): Promise<Client> {
  home ??= clientHome(user);
  client = await startMcpRemote(demo.endpoint("whoami"), home, ...more);
  return client;
}

function savedFile(ending: string): string {
  const folder = home?.environment["MCP_REMOTE_CONFIG_DIR"] ?? "";
  const file = readdirSync(folder, { recursive: true }).find((name) => String(name).endsWith(ending));
  return join(folder, String(file));
}

it.each([
  ["free", "frida@example.com"],
  ["pro", "petra@example.com"],
] as const)("registers dynamically and signs in as %s", async (user, email) => {
  expect(await claimsSeen(await start(user))).toMatchObject({ email, subscription: user });
});

it("refreshes an expired token without another sign-in", async () => {
  await (await start("pro")).close();
  const file = savedFile("_tokens.json");
  const expired = await demo.signIn.issueToken({ user: "pro", expiresInSeconds: -60 });
  writeFileSync(file, JSON.stringify({ ...JSON.parse(readFileSync(file, "utf8")), access_token: expired }));
  if (home) home.environment["BROWSER"] = "/bin/false";
  expect(await claimsSeen(await start("pro"))).toMatchObject({ email: "petra@example.com" });
  expect(JSON.parse(readFileSync(file, "utf8")).access_token).not.toBe(expired);
});

it("signs in with a pre-registered client id", async () => {
  const registered = JSON.stringify({ client_id: "local-client" });
  const signedIn = await start("pro", CALLBACK_PORT, "--static-oauth-client-info", registered);
  expect(await claimsSeen(signedIn)).toMatchObject({ email: "petra@example.com" });
  const { access_token } = JSON.parse(readFileSync(savedFile("_tokens.json"), "utf8"));
  expect(decodeJwt(access_token)).toMatchObject({ azp: "local-client" });
});

it("signs in with its client id metadata document", async () => {
  const document = await serveClientDocument([`http://localhost:${CALLBACK_PORT}/oauth/callback`]);
  try {
    const signedIn = await start("pro", CALLBACK_PORT, "--client-metadata-url", document.url);
    expect(await claimsSeen(signedIn)).toMatchObject({ email: "petra@example.com" });
    const { access_token } = JSON.parse(readFileSync(savedFile("_tokens.json"), "utf8"));
    expect(decodeJwt(access_token)).toMatchObject({ azp: document.url });
  } finally {
    document.close();
  }
});

it("connects as an agent with client credentials", async () => {
  const agent = JSON.stringify({ client_id: "local-agent", client_secret: "local-agent-secret" });
  const signedIn = await start("pro", "--client-credentials", "--static-oauth-client-info", agent);
  expect(await claimsSeen(signedIn)).toEqual({ sub: "local-agent" });
});

it("connects with a bearer header", async () => {
  const token = await demo.signIn.issueToken({ user: "free" });
  const signedIn = await start("free", "--header", `Authorization:Bearer ${token}`);
  expect(await claimsSeen(signedIn)).toMatchObject({ email: "frida@example.com" });
});

it("uses 2026-07-28 with the gateway for a client that uses 2025-11-25", async () => {
  expect(await claimsSeen(await start("pro", "--protocol", "auto"))).toMatchObject({ subscription: "pro" });
  expect(demo.requests.map(({ mcpMethod }) => mcpMethod)).toContain("server/discover");
});
