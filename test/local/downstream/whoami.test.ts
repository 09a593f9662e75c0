import type { Client } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import type { Downstream } from "../../../local/downstream/mcp-listener.ts";
import { startWhoami } from "../../../local/downstream/whoami.ts";
import { connectClient, ERAS, type Era } from "../../support/mcp-clients.ts";

const ANN = '{"sub":"U1","name":"Ann","subscription":"pro"}';
const BOB = '{"sub":"U2","name":"\\u674e","subscription":"free"}';

let server: Downstream;

beforeEach(async () => {
  server = await startWhoami();
});
afterEach(() => server.close());

function connectAs(era: Era, headers: Record<string, string>): Promise<Client> {
  return connectClient(server.url, era, { transport: { requestInit: { headers } } });
}

describe.each(ERAS)("whoami over %s", (era) => {
  test("whoami returns the parsed claims header", async () => {
    const client = await connectAs(era, { "X-User-Claims": ANN });
    const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
    expect(structuredContent).toMatchObject({
      claims: { sub: "U1", name: "Ann", subscription: "pro" },
      jwt: null,
      authorization: null,
    });
    await client.close();
  });

  test("whoami lists the received headers", async () => {
    const client = await connectAs(era, { "X-Extra": "1" });
    const { structuredContent } = await client.callTool({ name: "whoami", arguments: {} });
    expect((structuredContent as { headerNames: string[] }).headerNames).toEqual(
      expect.arrayContaining(["content-type", "host", "mcp-protocol-version", "x-extra"]),
    );
    await client.close();
  });

  test("whoami returns the scheme of Authorization, never the credential", async () => {
    const client = await connectAs(era, { Authorization: "Bearer s3cr3t-t0ken" });
    const result = await client.callTool({ name: "whoami", arguments: {} });
    expect(result.structuredContent).toMatchObject({
      authorization: "Bearer",
      credential: { header: "authorization", kind: "opaque" },
    });
    expect(JSON.stringify(result)).not.toContain("s3cr3t");
    await client.close();
  });

  test("whoami separates two users on their own connections", async () => {
    const [ann, bob] = await Promise.all([
      connectAs(era, { "X-User-Claims": ANN }),
      connectAs(era, { "X-User-Claims": BOB }),
    ]);
    const call = { name: "greet", arguments: { greeting: "Hi" } };
    const [toAnn, toBob] = await Promise.all([ann.callTool(call), bob.callTool(call)]);
    expect(toAnn.content).toEqual([{ type: "text", text: "Hi, Ann!" }]);
    expect(toBob.content).toEqual([{ type: "text", text: "Hi, 李!" }]);
    await Promise.all([ann.close(), bob.close()]);
  });

  test("whoami reads the identity from each request, not from the connection", async () => {
    const headers = new Headers({ "X-User-Claims": ANN });
    const fetchAs: typeof fetch = (input, init) => {
      const merged = new Headers(init?.headers);
      headers.forEach((value, name) => void merged.set(name, value));
      return fetch(input, { ...init, headers: merged });
    };
    const client = await connectClient(server.url, era, { transport: { fetch: fetchAs } });
    expect((await client.callTool({ name: "greet", arguments: {} })).content).toMatchObject([
      { text: "Hello, Ann!" },
    ]);
    headers.set("X-User-Claims", BOB);
    expect((await client.callTool({ name: "greet", arguments: {} })).content).toMatchObject([
      { text: "Hello, 李!" },
    ]);
    headers.delete("X-User-Claims");
    expect((await client.callTool({ name: "greet", arguments: {} })).content).toMatchObject([
      { text: 'Hello! No name claim arrived; add "name" to include_claims to be greeted by name.' },
    ]);
    await client.close();
  });

  test("whoami returns the pro report only to pro users and explains the requirement", async () => {
    const call = { name: "pro_report", arguments: {} };
    const ann = await connectAs(era, { "X-User-Claims": ANN });
    const bob = await connectAs(era, { "X-User-Claims": BOB });
    const anonymous = await connectAs(era, {});
    expect(await ann.callTool(call)).toMatchObject({
      content: [{ text: "Pro report for U1: all is well." }],
    });
    expect(await bob.callTool(call)).toMatchObject({
      isError: true,
      content: [{ text: 'pro_report needs the subscription "pro"; yours is "free".' }],
    });
    expect(await anonymous.callTool(call)).toMatchObject({
      isError: true,
      content: [
        { text: 'pro_report needs the subscription "pro"; yours is unknown, as no such claim arrived.' },
      ],
    });
    await Promise.all([ann.close(), bob.close(), anonymous.close()]);
  });
});

test("whoami serves the 1.x client", async () => {
  const client = new ClientV1({ name: "test", version: "1.0.0" });
  const headers = { "X-User-Claims": ANN };
  await client.connect(new TransportV1(new URL(server.url), { requestInit: { headers } }));
  expect((await client.listTools()).tools.map((tool) => tool.name)).toEqual([
    "whoami",
    "greet",
    "pro_report",
  ]);
  expect(await client.callTool({ name: "greet" })).toMatchObject({ content: [{ text: "Hello, Ann!" }] });
  await client.close();
});
