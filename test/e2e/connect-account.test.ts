// The official client of 2026-07-28 at a server whose account is not connected yet: it shows its user the page, the user connects the account,
// and the first call succeeds.
import { cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { readConfigSource } from "../../infra/config-source.ts";
import { type Demo, startDemo } from "../../local/demo.ts";
import { type LocalGateway, startGateway } from "../../local/gateway.ts";
import { connectClient } from "../support/mcp-clients.ts";
import { RUNTIME_UNDER_TEST } from "../support/runtime-under-test.ts";

// The whole stack is bundled and started.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const EXAMPLE = join(import.meta.dirname, "../../examples/upstream-credentials");
const ACCOUNT = { appId: "notes", userId: "U2fridaFree00000000000000001" };

let configDir: string;
let gateway: LocalGateway;
let demo: Demo;

beforeAll(async () => {
  configDir = mkdtempSync(join(tmpdir(), "connect-account-"));
  cpSync(EXAMPLE, configDir, { recursive: true });
  // No cache, so that a disconnected account is detected at once.
  const notes = JSON.parse(readFileSync(join(EXAMPLE, "servers/notes.json"), "utf8"));
  const uncached = { ...notes, upstream_auth: { ...notes.upstream_auth, cache_seconds: 0 } };
  writeFileSync(join(configDir, "servers/notes.json"), JSON.stringify(uncached));
  const secrets = new Map(
    Object.entries<string>(JSON.parse(readFileSync(join(EXAMPLE, "secrets.json"), "utf8"))),
  );
  gateway = await startGateway({
    configDir,
    port: 0,
    runtime: RUNTIME_UNDER_TEST,
    secrets: () => secrets,
    overlay: async (publicUrl) => {
      demo = await startDemo(readConfigSource(configDir), publicUrl, 0);
      return demo.overlay;
    },
  });
});
afterAll(async () => {
  await Promise.all([gateway?.close(), demo?.close()]);
  if (configDir !== undefined) rmSync(configDir, { recursive: true });
});

async function connect(capabilities: object) {
  const token = await demo.signIn.issueToken({ user: "free", scope: "openid outbound.token.fetch" });
  const requestInit = { headers: { Authorization: `Bearer ${token}` } };
  demo.signIn.connections.connect(ACCOUNT);
  const options = { client: { capabilities }, transport: { requestInit } };
  const client = await connectClient(`${gateway.url}/notes/mcp`, "2026-07-28", options);
  await client.listTools();
  demo.signIn.connections.disconnect(ACCOUNT);
  return client;
}

it("a call waits while its user connects the account on the page, and then succeeds", async () => {
  const client = await connect({ elicitation: { url: {} } });
  const shown: unknown[] = [];
  client.setRequestHandler("elicitation/create", ({ params }) => {
    shown.push(params);
    demo.signIn.connections.connect(ACCOUNT);
    return { action: "accept" };
  });
  const result = await client.callTool({ name: "list_notes", arguments: {} });
  expect(shown).toMatchObject([{ mode: "url", url: demo.signIn.connectionsUrl }]);
  expect(result.isError).not.toBe(true);
  await client.close();
});

it("a call whose user declines returns a tool error that names the page", async () => {
  const client = await connect({ elicitation: { url: {} } });
  client.setRequestHandler("elicitation/create", () => ({ action: "decline" }));
  const result = await client.callTool({ name: "list_notes", arguments: {} });
  expect(result).toMatchObject({
    isError: true,
    content: [
      { type: "text", text: expect.stringContaining(`Open ${demo.signIn.connectionsUrl} to connect it`) },
    ],
  });
  await client.close();
});

it("a client that cannot show URLs gets the tool error at once", async () => {
  const client = await connect({});
  expect(await client.callTool({ name: "list_notes", arguments: {} })).toMatchObject({ isError: true });
  await client.close();
});
