// The official client of 2026-07-28 at a server whose account is not connected yet: it shows its user the page, the user connects the account,
// and the first call succeeds.
import { afterAll, beforeAll, expect, it, vi } from "vitest";
import { connectClient } from "../support/mcp-clients.ts";
import { type ExampleGateway, startExampleGateway } from "../support/upstream-credentials/example-gateway.ts";

// The whole stack is bundled and started.
vi.setConfig({ testTimeout: 60_000, hookTimeout: 90_000 });

const ACCOUNT = { appId: "notes", userId: "U2fridaFree00000000000000001" };

let example: ExampleGateway;
let gateway: ExampleGateway["gateway"];
let demo: ExampleGateway["demo"];

beforeAll(async () => {
  // No cache, so that a disconnected account is detected at once.
  example = await startExampleGateway({ servers: [["notes", "notes", { cache_seconds: 0 }]] });
  ({ gateway, demo } = example);
});
afterAll(() => example?.close());

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
