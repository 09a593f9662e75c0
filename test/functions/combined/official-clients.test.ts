// Official clients of both eras at the combined endpoint, over two demo servers.
import { Client, StreamableHTTPClientTransport } from "@modelcontextprotocol/client";
import { Client as LegacyClient } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as LegacyTransport } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import {
  CreateMessageRequestSchema,
  LoggingMessageNotificationSchema,
  ResourceUpdatedNotificationSchema,
} from "@modelcontextprotocol/sdk/types.js";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { startEverything } from "../../../local/downstream/everything.ts";
import type { Downstream } from "../../../local/downstream/mcp-listener.ts";
import { startWhoami } from "../../../local/downstream/whoami.ts";
import { auditLines, closeCombinedAfterEach, endpoint, member } from "../../support/combined-fixture.ts";
import { type CombinedUnderTest, startCombined } from "../../support/combined-under-test.ts";
import { connectClient } from "../../support/mcp-clients.ts";
import { jsonResult } from "../../support/recorder-server.ts";
import { tools } from "../../support/scripted-member.ts";

const INFO = { name: "test-client", version: "1.0.0" };
let servers: Downstream[];
let combined: CombinedUnderTest;

beforeAll(async () => {
  servers = await Promise.all([startEverything(), startWhoami()]);
  const [everything, whoami] = servers.map(({ url }) => ({ url, get_stream: true }));
  combined = await startCombined({ servers: { everything: everything ?? {}, whoami: whoami ?? {} } });
});

afterAll(async () => {
  await combined.close();
  await Promise.all(servers.map((server) => server.close()));
});

async function connectLegacy(): Promise<LegacyClient> {
  const client = new LegacyClient(INFO, { capabilities: { sampling: {}, roots: {} } });
  await client.connect(new LegacyTransport(new URL(combined.url)) as never);
  return client;
}

describe.each([
  ["2026-07-28", async () => connectStateless()],
  ["2025-11-25", connectLegacy],
] as const)("a client of %s", (_era, connect) => {
  it("learns the capabilities and instructions of all members", async () => {
    const client = await connect();
    expect(client.getServerCapabilities()).toMatchObject({
      tools: {},
      prompts: {},
      resources: { subscribe: true },
    });
    expect(client.getInstructions()).toMatch(/^# everything\n\n.+\n\n# whoami\n\n/s);
    await client.close();
  });

  it("lists and calls the tools of both members", async () => {
    const client = await connect();
    const { tools } = await client.listTools();
    const names = tools.map(({ name }) => name);
    expect(names).toContain("everything__add");
    expect(names).toContain("whoami__whoami");
    const sum = await client.callTool({ name: "everything__add", arguments: { a: 2, b: 3 } });
    expect(JSON.stringify(sum)).toContain("5");
    const who = await client.callTool({ name: "whoami__whoami", arguments: {} });
    expect(JSON.stringify(who)).toContain("headerNames");
    await client.close();
  });

  it("reads a listed resource, and a resource that a tool links", async () => {
    const client = await connect();
    const { resources } = await client.listResources();
    const uri = resources.map((resource) => resource.uri).find((each) => each.endsWith("/text")) as string;
    expect(uri).toBe("sample://everything/text");
    const { contents } = await client.readResource({ uri });
    expect(contents).toMatchObject([{ uri }]);
    const linked = await client.callTool({ name: "everything__link_resource", arguments: {} });
    expect(JSON.stringify(linked)).toContain('"uri":"note://everything/board/welcome"');
    await client.close();
  });

  it("gets a prompt and completes its arguments", async () => {
    const client = await connect();
    const { prompts } = await client.listPrompts();
    expect(prompts.map(({ name }) => name)).toContain("everything__say_hello");
    const prompt = await client.getPrompt({ name: "everything__say_hello" });
    expect(JSON.stringify(prompt)).toContain("Say hello.");
    const completion = await client.complete({
      ref: { type: "ref/prompt", name: "everything__plan_trip" },
      argument: { name: "country", value: "" },
    });
    expect(completion.completion.values).toBeInstanceOf(Array);
    await client.close();
  });

  it("gets a JSON-RPC error for a tool of no member", async () => {
    const client = await connect();
    await expect(client.callTool({ name: "unlisted__add", arguments: {} })).rejects.toThrow(
      "Unknown tool: unlisted__add",
    );
    await client.close();
  });
});

async function connectStateless(): Promise<Client> {
  const client = new Client(INFO, { versionNegotiation: { mode: "auto" } } as never);
  await client.connect(new StreamableHTTPClientTransport(new URL(combined.url)));
  return client;
}

describe("a client with a session", () => {
  it("responds to a member's sampling request, and the member gets the response", async () => {
    const client = await connectLegacy();
    client.setRequestHandler(CreateMessageRequestSchema, () => ({
      model: "test-model",
      role: "assistant",
      content: { type: "text", text: "sampled" },
    }));
    const result = await client.callTool({ name: "everything__ask_model", arguments: { prompt: "Say it." } });
    expect(JSON.stringify(result)).toContain("sampled");
    await client.close();
  });

  it("gets progress and log messages of a member during a call", async () => {
    const client = await connectLegacy();
    const logged: unknown[] = [];
    client.setNotificationHandler(LoggingMessageNotificationSchema, ({ params }) => void logged.push(params));
    await client.setLoggingLevel("debug");
    const progress: unknown[] = [];
    await client.callTool(
      { name: "everything__slow_count", arguments: { steps: 2, delay_ms: 10 } },
      undefined,
      {
        onprogress: (step) => progress.push(step),
      },
    );
    await client.callTool({ name: "everything__log_messages", arguments: {} });
    expect(progress.length).toBeGreaterThan(0);
    expect(logged.length).toBeGreaterThan(0);
    await client.close();
  });

  it("is notified of a subscribed resource by its URI at the endpoint", async () => {
    const client = await connectLegacy();
    const updated = new Promise((resolve) =>
      client.setNotificationHandler(ResourceUpdatedNotificationSchema, ({ params }) => resolve(params.uri)),
    );
    await client.subscribeResource({ uri: "note://everything/board/welcome" });
    await client.callTool({ name: "everything__write_note", arguments: { name: "welcome", text: "new" } });
    expect(await updated).toBe("note://everything/board/welcome");
    await client.close();
  });
});

describe("a member that does not keep to MCP's types", () => {
  closeCombinedAfterEach();
  const INITIALIZED = { protocolVersion: "2025-11-25", capabilities: {}, serverInfo: INFO };
  const tool = (parts: object) => ({ tools: [{ ...tools("x").tools[0], ...parts }] });

  it.each([
    ["protocolVersion", { protocolVersion: "1999-01-01" }],
    ["capabilities", { capabilities: { tools: "x", experimental: { a: 5 } } }],
  ])("does not keep clients from the others by its %s", async (_name, parts) => {
    const broken = await member({ initialize: jsonResult({ ...INITIALIZED, ...parts }) });
    const { url } = await endpoint({ broken, good: await member({ "tools/list": jsonResult(tools("a")) }) });
    const client = await connectClient(url, "2025-11-25");
    expect((await client.listTools()).tools.map(({ name }) => name)).toContain("good__a");
    await client.close();
  });

  it.each([
    ["without an inputSchema", { inputSchema: undefined }, ["good__a"]],
    ["with a description of null", { description: null }, ["broken__x", "good__a"]],
    [
      "with an outputSchema that is not an object's",
      { outputSchema: { type: "array" } },
      ["broken__x", "good__a"],
    ],
  ])("does not hide the others' tools by one %s", async (_name, parts, expected) => {
    const broken = await member({ "tools/list": jsonResult(tool(parts)) });
    const good = await member({ "tools/list": jsonResult(tools("a")) });
    const started = await endpoint({ broken, good });
    const client = await connectClient(started.url, "2025-11-25");
    const legacy = new LegacyClient(INFO);
    await legacy.connect(new LegacyTransport(new URL(started.url)));
    for (const each of [client, legacy]) {
      expect((await each.listTools()).tools.map(({ name }) => name)).toEqual(expected);
      await each.close();
    }
    const causes = auditLines(started).map(({ cause }) => cause);
    expect(causes).toContainEqual(
      expect.stringMatching(
        /^Error: broken: 1 invalid entries in its response to tools\/list, the first: broken__x \(\w+\)$/,
      ),
    );
  });
});
