// The official MCP clients against the gateway of `npm start`: with only a URL, and with a token in a header.
import {
  type ClientOptions,
  StreamableHTTPClientTransport,
  UnauthorizedError,
} from "@modelcontextprotocol/client";
import { Client as Client1 } from "@modelcontextprotocol/sdk/client/index.js";
import {
  StreamableHTTPClientTransport as Transport1,
  type StreamableHTTPClientTransportOptions as Transport1Options,
} from "@modelcontextprotocol/sdk/client/streamableHttp.js";
import { decodeJwt } from "jose";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { memoryProvider, newMemory } from "../clients/client-memory.ts";
import { type DemoGateway, startDemoGateway } from "../clients/demo-gateway.ts";
import { connectClient, ERAS, type Era } from "../support/mcp-clients.ts";
import { signInAs } from "../support/sign-in-driver.ts";

let stand: DemoGateway;

beforeAll(async () => {
  stand = await startDemoGateway();
});
afterAll(() => stand?.close());

const bearer = async (user: "free" | "pro") => ({
  requestInit: { headers: { Authorization: `Bearer ${await stand.signIn.issueToken({ user })}` } },
});

const textOf = (result: object) => (result as { content: { text?: string }[] }).content[0]?.text;

describe.each(ERAS)("@modelcontextprotocol/client 2 at %s", (era: Era) => {
  const connect = async (server: "whoami" | "everything", client: ClientOptions = {}) =>
    connectClient(stand.endpoint(server), era, { client, transport: await bearer("pro") });

  it("needs only the URL: discovers, registers, signs in, calls", async () => {
    const memory = newMemory();
    const authProvider = memoryProvider(memory);
    const url = stand.endpoint("whoami");
    await expect(connectClient(url, era, { transport: { authProvider } })).rejects.toBeInstanceOf(
      UnauthorizedError,
    );
    expect(memory.client?.client_id).toMatch(/./);
    const { searchParams } = await signInAs(memory.redirect as URL, "pro");
    await new StreamableHTTPClientTransport(new URL(url), { authProvider }).finishAuth(searchParams);

    const client = await connectClient(url, era, { transport: { authProvider } });
    expect(decodeJwt(memory.tokens?.access_token ?? "")).toMatchObject({
      iss: stand.signIn.issuer,
      subscription: "pro",
    });
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name)).toEqual(["whoami", "greet", "pro_report"]);
    expect(await client.callTool({ name: "greet", arguments: {} })).toMatchObject({
      content: [{ type: "text", text: "Hello, Petra Pro!" }],
    });
    await client.close();
  });

  it("gets different responses of one tool for two users", async () => {
    const report = async (user: "free" | "pro") => {
      const client = await connectClient(stand.endpoint("whoami"), era, { transport: await bearer(user) });
      const result = await client.callTool({ name: "pro_report", arguments: {} });
      await client.close();
      return textOf(result);
    };
    expect(await report("pro")).toBe("Pro report for U2petraPro000000000000000001: all is well.");
    expect(await report("free")).toBe('pro_report needs the subscription "pro"; yours is "free".');
  });

  it("uses every feature of a server: tools, resources, prompts, completion", async () => {
    const client = await connect("everything");
    expect((await client.listTools()).tools.length).toBeGreaterThan(10);
    expect(await client.callTool({ name: "add", arguments: { a: 2, b: 3 } })).toMatchObject({
      structuredContent: { sum: 5 },
    });
    expect(await client.callTool({ name: "show_image", arguments: {} })).toMatchObject({
      content: [{}, { type: "image" }],
    });
    expect(await client.callTool({ name: "fail", arguments: {} })).toMatchObject({ isError: true });
    const large = await client.callTool({ name: "long_text", arguments: { size: 1_000_000 } });
    expect(textOf(large)).toHaveLength(1_000_000);
    expect(await client.readResource({ uri: "sample://text" })).toMatchObject({
      contents: [{ text: "A static text resource." }],
    });
    expect((await client.listResourceTemplates()).resourceTemplates.length).toBeGreaterThan(0);
    expect(await client.getPrompt({ name: "say_hello" })).toMatchObject({ messages: [{ role: "user" }] });
    const { completion } = await client.complete({
      ref: { type: "ref/prompt", name: "plan_trip" },
      argument: { name: "city", value: "ber" },
    });
    expect(completion.values).toEqual(["Berlin", "Bern"]);
    await client.close();
  });

  it("receives progress while a tool runs", async () => {
    const client = await connect("everything");
    const steps: number[] = [];
    const result = await client.callTool(
      { name: "slow_count", arguments: { steps: 5, delay_ms: 5 } },
      { onprogress: ({ progress }: { progress: number }) => void steps.push(progress) },
    );
    expect([steps, textOf(result)]).toEqual([[1, 2, 3, 4, 5], "Counted to 5."]);
    await client.close();
  });

  it("receives a server's request while a tool runs", async () => {
    const client = await connect("everything", { capabilities: { elicitation: { form: {} }, sampling: {} } });
    client.setRequestHandler("elicitation/create", () => ({ action: "accept", content: { color: "green" } }));
    expect(textOf(await client.callTool({ name: "ask_user", arguments: {} }))).toBe(
      "The user prefers green.",
    );
    await client.close();
  });
});

describe("@modelcontextprotocol/sdk 1", () => {
  const connect = async (server: "whoami" | "everything", options: Transport1Options): Promise<Client1> => {
    const client = new Client1({ name: "test", version: "1.0.0" });
    await client.connect(new Transport1(new URL(stand.endpoint(server)), options));
    return client;
  };

  it("needs only the URL, too", async () => {
    const memory = newMemory();
    const authProvider = memoryProvider(memory) as NonNullable<Transport1Options["authProvider"]>;
    await expect(connect("whoami", { authProvider })).rejects.toMatchObject({
      name: "Error",
      message: "Unauthorized",
    });
    const back = await signInAs(memory.redirect as URL, "free");
    const transport = new Transport1(new URL(stand.endpoint("whoami")), { authProvider });
    await transport.finishAuth(back.searchParams.get("code") ?? "");
    const client = await connect("whoami", { authProvider });
    expect(textOf(await client.callTool({ name: "greet", arguments: {} }))).toBe("Hello, Frida Free!");
    await client.close();
  });

  it("keeps a session, a stream for the server's own messages, and ends both", async () => {
    const client = await connect("everything", await bearer("pro"));
    expect(textOf(await client.callTool({ name: "echo", arguments: { message: "李😀" } }))).toBe("李😀");
    const transport = client.transport as Transport1;
    expect(transport.sessionId).toMatch(/^[A-Za-z0-9_-]{40,}$/);
    await transport.terminateSession();
    await client.close();
  });
});
