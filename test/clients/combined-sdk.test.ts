// One URL for three servers in three languages: the official TypeScript SDKs in both protocol eras, the inspector's command line and mcp-remote
// sign in with that URL alone, and list, call and read what all three have.
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { type ClientHome, clientHome } from "./client-home.ts";
import { newMemory } from "./client-memory.ts";
import { type DemoGateway, GREET_REQUIRES_SCOPE, startDemoGateway } from "./demo-gateway.ts";
import { claimsSeen, runInspector, startMcpRemote } from "./program-clients.ts";
import { SDK_CLIENTS, type SdkClient } from "./sdk-clients.ts";
import { finishSignIn, signedIn } from "./sign-in.ts";
import { CALLED, CALLS, RESOURCES, startThreeLanguages, TOOLS } from "./three-languages.ts";

let demo: DemoGateway;
let home: ClientHome;
afterEach(() => home?.remove());

/** Signs in with the URL alone, and uses every member. @returns the resource for which it signed in */
async function useAll(client: SdkClient): Promise<string | null | undefined> {
  const memory = newMemory();
  const session = await signedIn(client, { url: demo.combined, memory });
  expect((await session.tools()).toSorted()).toEqual(TOOLS.toSorted());
  const texts: string[] = [];
  for (const { tool, args } of withArguments()) texts.push(await session.call(tool, args));
  expect(texts).toEqual(CALLED);
  for (const [uri, text] of RESOURCES) expect(await session.read(uri)).toBe(text);
  await session.close();
  return memory.redirect?.searchParams.get("resource");
}

function withArguments(): { tool: string; args?: object }[] {
  return [...CALLS];
}

describe("a combined endpoint", () => {
  beforeAll(async () => {
    demo = await startThreeLanguages();
  });
  afterAll(() => demo?.close());

  it.each(SDK_CLIENTS)(
    "$name signs in with one URL and uses three servers in three languages",
    async (client) => {
      expect(await useAll(client)).toBe(demo.combined);
    },
  );

  it("the inspector's command line signs in with one URL, lists and calls tools and reads a resource", async () => {
    home = clientHome("pro");
    const inspect = (...args: string[]) =>
      runInspector(demo.combined, home, ...args, "--callback-url", "http://127.0.0.1:40117/oauth/callback");
    const { tools } = (await inspect("--method", "tools/list")).result;
    expect(tools?.map(({ name }) => name).toSorted()).toEqual(TOOLS.toSorted());
    const add = ["--method", "tools/call", "--tool-name", "go__add", "--tool-arg", "a=4", "b=5"];
    expect((await inspect(...add)).result.structuredContent).toEqual({ sum: 9 });
    const read = ["--method", "resources/read", "--uri", "notes://python/today"];
    expect((await inspect(...read)).result.contents).toMatchObject([{ text: "nothing" }]);
  });

  it("mcp-remote signs in with one URL and uses three servers", async () => {
    home = clientHome("pro");
    const client = await startMcpRemote(demo.combined, home);
    const { tools } = await client.listTools();
    expect(tools.map(({ name }) => name).toSorted()).toEqual(TOOLS.toSorted());
    expect(await claimsSeen(client, "whoami__whoami")).toMatchObject({ email: "petra@example.com" });
    const sum = await client.callTool({ name: "python__add", arguments: { a: 2, b: 3 } });
    expect(sum.structuredContent).toEqual({ sum: 5 });
    await client.close();
  });
});

describe("a combined endpoint with a member of an earlier revision, under a stage path", () => {
  beforeAll(async () => {
    demo = await startThreeLanguages({ stagePath: true }, "/mcp");
  });
  afterAll(() => demo?.close());

  it.each(SDK_CLIENTS)("$name signs in with one URL and uses all members in a session", async (client) => {
    expect(await useAll(client)).toBe(demo.combined);
  });
});

describe("a combined endpoint behind CloudFront", () => {
  beforeAll(async () => {
    demo = await startDemoGateway({ edge: true, servers: GREET_REQUIRES_SCOPE });
  });
  afterAll(() => demo?.close());

  it.each(SDK_CLIENTS.slice(0, 2))(
    "$name asks its user for a scope that a member's tool requires, and then calls the tool",
    async (client) => {
      const signIn = { url: demo.combined, memory: newMemory() };
      const session = await signedIn(client, signIn);
      const failure = await session.call("whoami__greet").catch((error: unknown) => error);
      expect(client.isSignInNeeded(failure)).toBe(true);
      await finishSignIn(client, signIn, "pro");
      expect(await session.call("whoami__greet")).toBe("Hello, Petra Pro!");
      await session.close();
    },
  );
});
