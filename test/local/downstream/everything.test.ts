import type { Client } from "@modelcontextprotocol/client";
import { Client as ClientV1 } from "@modelcontextprotocol/sdk/client/index.js";
import { StreamableHTTPClientTransport as TransportV1 } from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { startEverything } from "../../../local/downstream/everything.ts";
import type { Downstream } from "../../../local/downstream/mcp-listener.ts";
import { type ConnectOptions, connectClient, ERAS } from "../../support/mcp-clients.ts";

let server: Downstream;
let client: Client;

beforeAll(async () => {
  server = await startEverything();
});
afterAll(() => server.close());
afterEach(() => client.close());

describe.each(ERAS)("everything over %s", (era) => {
  async function connect(options?: ConnectOptions): Promise<Client> {
    client = await connectClient(server.url, era, options);
    return client;
  }
  const call = (name: string, args: Record<string, unknown> = {}) =>
    client.callTool({ name, arguments: args });

  test("lists its tools with annotations", async () => {
    const { tools } = await (await connect()).listTools();
    expect(tools.map((tool) => tool.name)).toEqual([
      "echo",
      "long_text",
      "add",
      "show_image",
      "play_audio",
      "embed_resource",
      "link_resource",
      "fail",
      "throw_error",
      "slow_count",
      "log_messages",
      "write_note",
      "ask_model",
      "ask_user",
      "list_client_roots",
    ]);
    expect(tools.find((tool) => tool.name === "write_note")?.annotations).toMatchObject({
      destructiveHint: true,
    });
  });

  test("everything returns each kind of content", async () => {
    await connect();
    expect(await call("echo", { message: "李 🎉" })).toMatchObject({
      content: [{ type: "text", text: "李 🎉" }],
    });
    expect(await call("add", { a: 2, b: 3 })).toMatchObject({ structuredContent: { sum: 5 } });
    expect(await call("show_image")).toMatchObject({
      content: [{}, { type: "image", mimeType: "image/png" }],
    });
    expect(await call("play_audio")).toMatchObject({ content: [{ type: "audio", mimeType: "audio/wav" }] });
    expect(await call("embed_resource")).toMatchObject({
      content: [{ type: "resource", resource: { uri: "sample://text", text: "Embedded text." } }],
    });
    expect(await call("link_resource")).toMatchObject({
      content: [{ type: "resource_link", uri: "note://board/welcome" }],
    });
  });

  test("everything returns a text of the requested size", async () => {
    await connect();
    const { content } = await call("long_text", { size: 1_000_003 });
    expect(content[0]?.type === "text" && content[0].text.length).toBe(1_000_003);
  });

  test("reports failures as tool errors", async () => {
    await connect();
    expect(await call("fail")).toMatchObject({
      isError: true,
      content: [{ text: "This tool always fails." }],
    });
    expect(await call("throw_error")).toMatchObject({
      isError: true,
      content: [{ text: "This tool always throws." }],
    });
  });

  test("sends each step of slow_count as it happens", async () => {
    await connect();
    const steps: unknown[] = [];
    const onprogress = ({ progress, total }: { progress: number; total?: number }) =>
      steps.push([progress, total]);
    const result = await client.callTool(
      { name: "slow_count", arguments: { steps: 3, delay_ms: 1 } },
      { onprogress },
    );
    expect(result).toMatchObject({ content: [{ text: "Counted to 3." }] });
    expect(steps).toEqual([
      [1, 3],
      [2, 3],
      [3, 3],
    ]);
  });

  test("everything sends sampling and elicitation requests to the client", async () => {
    const capabilities = { sampling: {}, elicitation: {}, roots: {} };
    await connect({ client: { capabilities } });
    client.setRequestHandler("sampling/createMessage", async () => ({
      model: "m",
      role: "assistant",
      content: { type: "text", text: "42" },
    }));
    client.setRequestHandler("elicitation/create", async () => ({
      action: "accept",
      content: { color: "blue" },
    }));
    client.setRequestHandler("roots/list", async () => ({
      roots: [{ uri: "file:///a" }, { uri: "file:///b" }],
    }));
    expect(await call("ask_model", { prompt: "?" })).toMatchObject({
      content: [{ text: 'The model says: {"type":"text","text":"42"}' }],
    });
    expect(await call("ask_user")).toMatchObject({ content: [{ text: "The user prefers blue." }] });
    expect(await call("list_client_roots")).toMatchObject({ content: [{ text: "file:///a\nfile:///b" }] });
  });

  test("everything distinguishes a declined form from an accepted one", async () => {
    await connect({ client: { capabilities: { elicitation: {} } } });
    client.setRequestHandler("elicitation/create", async () => ({ action: "decline" }));
    expect(await call("ask_user")).toMatchObject({ content: [{ text: "The user chose to decline." }] });
  });

  test("reads static and templated resources", async () => {
    await connect();
    const { resources } = await client.listResources();
    expect(resources.map((resource) => resource.uri)).toEqual(
      expect.arrayContaining(["sample://text", "sample://image", "note://board/welcome"]),
    );
    const { resourceTemplates } = await client.listResourceTemplates();
    expect(resourceTemplates.map((template) => template.uriTemplate)).toEqual([
      "city://{name}/facts",
      "note://board/{name}",
    ]);
    expect(await client.readResource({ uri: "sample://text" })).toMatchObject({
      contents: [{ uri: "sample://text", mimeType: "text/plain", text: "A static text resource." }],
    });
    expect(await client.readResource({ uri: "city://Tel%20Aviv/facts" })).toMatchObject({
      contents: [{ text: '{"city":"Tel Aviv","letters":8}' }],
    });
    await expect(client.readResource({ uri: "note://board/none" })).rejects.toThrow("note://board/none");
  });

  test("gets prompts with arguments, images and resources", async () => {
    await connect();
    const { prompts } = await client.listPrompts();
    expect(prompts.map((prompt) => prompt.name)).toEqual([
      "say_hello",
      "plan_trip",
      "describe_image",
      "summarize_resource",
    ]);
    expect(await client.getPrompt({ name: "plan_trip", arguments: { city: "Bern" } })).toMatchObject({
      messages: [{ content: { type: "text", text: "Plan a trip of 3 days to Bern." } }],
    });
    expect(await client.getPrompt({ name: "describe_image" })).toMatchObject({
      messages: [{ content: { type: "image" } }, { content: { type: "text" } }],
    });
    expect(await client.getPrompt({ name: "summarize_resource", arguments: { uri: "a://b" } })).toMatchObject(
      {
        messages: [{ content: { type: "resource", resource: { uri: "a://b" } } }, {}],
      },
    );
  });

  test("completes arguments of prompts and of resource templates", async () => {
    await connect();
    const city = { type: "ref/prompt" as const, name: "plan_trip" };
    const note = { type: "ref/resource" as const, uri: "note://board/{name}" };
    expect(await client.complete({ ref: city, argument: { name: "city", value: "be" } })).toMatchObject({
      completion: { values: ["Berlin", "Bern"] },
    });
    expect(await client.complete({ ref: note, argument: { name: "name", value: "wel" } })).toMatchObject({
      completion: { values: ["welcome"] },
    });
  });
});

test("everything serves the 1.x client with a session", async () => {
  client = await connectClient(server.url, "2025-11-25");
  const old = new ClientV1({ name: "test", version: "1.0.0" });
  const transport = new TransportV1(new URL(server.url));
  await old.connect(transport);
  expect(transport.sessionId).toMatch(/^[0-9a-f-]{36}$/);
  expect(await old.callTool({ name: "echo", arguments: { message: "hi" } })).toMatchObject({
    content: [{ type: "text", text: "hi" }],
  });
  await transport.terminateSession();
  await old.close();
});
