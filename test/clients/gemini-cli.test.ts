// Gemini CLI as its users install it, without a model account: `gemini mcp list` connects and lists tools, `/mcp auth` signs in, and a
// scripted model calls a tool.
import type { ChildProcess } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout } from "node:timers/promises";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ClientHome, clientHome } from "./client-home.ts";
import {
  type DemoGateway,
  type DemoOptions,
  GREET_REQUIRES_SCOPE,
  startDemoGateway,
  WITHOUT_COMBINED,
} from "./demo-gateway.ts";
import { GEMINI_CLI, inTerminal, runClient } from "./peers/programs.ts";
import { startScriptedModel } from "./peers/scripted-model.ts";

// Gemini CLI treats a token as expired five minutes early, and refreshes it in several parallel requests. If its tokens were always that
// close to expiry, the sign-in server would reject the second use of a refresh token.
const REFRESH_MARGIN_SECONDS = 300;
const USED_FOR_SECONDS = 25;

let demo: DemoGateway;
let home: ClientHome;

/** @param server its entry in the settings, in addition to the URL */
function configure(server: object): void {
  const folder = join(home.directory, ".gemini");
  mkdirSync(folder, { recursive: true });
  const settings = {
    mcpServers: { whoami: { httpUrl: demo.endpoint("whoami"), ...server } },
    security: { folderTrust: { enabled: false }, auth: { selectedType: "gemini-api-key" } },
    general: { enableAutoUpdate: false },
    privacy: { usageStatisticsEnabled: false },
  };
  writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
}

const signIn = {
  tokenLifetimeSeconds: REFRESH_MARGIN_SECONDS + USED_FOR_SECONDS,
  advertiseClientDocuments: false,
};

function useGateway(options: DemoOptions): void {
  beforeAll(async () => {
    demo = await startDemoGateway({ ...options, signIn });
  });
  afterAll(() => demo?.close());
  beforeEach(() => {
    home = clientHome("pro");
    // It sends no request to a model, but does not start without a key.
    home.environment["GEMINI_API_KEY"] = "none";
  });
  afterEach(() => home.remove());
}

async function useBearer(): Promise<void> {
  const token = await demo.signIn.issueToken({ user: "free" });
  configure({ headers: { Authorization: `Bearer ${token}` } });
  const { output } = await runClient(GEMINI_CLI, home, ["mcp", "list"]);
  expect(output).toMatch(/whoami: .* - Connected/);
}

/** @param server its entry in the settings, in addition to the URL */
async function authenticate(server: object = {}): Promise<string> {
  configure(server);
  let confirmed = false;
  const confirm = (output: string, { stdin }: ChildProcess) => {
    if (confirmed || !output.includes("[Y/n]")) return;
    confirmed = true;
    stdin?.write("y\n");
  };
  const command = ["-p", "/mcp auth whoami"];
  return (await runClient(inTerminal(GEMINI_CLI), home, command, confirm)).output;
}

/** Lets a scripted model call the tool `greet`. @returns what the model received */
async function greet(): Promise<unknown> {
  const model = await startScriptedModel([{ tool: "mcp_whoami_greet" }]);
  home.environment["GOOGLE_GEMINI_BASE_URL"] = model.url;
  await runClient(GEMINI_CLI, home, ["--yolo", "-m", "gemini-2.5-flash", "-p", "Greet me."]);
  await model.close();
  return (model.results.at(-1) as { response: unknown }).response;
}

describe("a gateway at the root of its host", () => {
  useGateway({ gateway: { challenge_resource_metadata: false } });

  it("Gemini CLI connects with a bearer header", useBearer);

  it("Gemini CLI signs in with only the URL, and refreshes its token before it expires", async () => {
    expect(await authenticate()).toContain("Successfully authenticated with MCP server 'whoami'");
    await setTimeout(USED_FOR_SECONDS * 1000);
    expect((await runClient(GEMINI_CLI, home, ["mcp", "list"])).output).toMatch(/whoami: .* - Connected/);
    const types = demo.grants.map(({ type }) => type);
    expect(types.filter((type) => type === "authorization_code")).toHaveLength(1);
    expect(types).toContain("refresh_token");
  });
});

describe("a gateway behind CloudFront", () => {
  useGateway({ edge: true, servers: GREET_REQUIRES_SCOPE });

  it("Gemini CLI signs in with the URL alone, and requests all scopes of the authorization server, so that tools need no more", async () => {
    const output = await authenticate();
    expect(output).toContain("Successfully authenticated with MCP server 'whoami'");
    expect(output).toContain("people%3Agreet");
    expect(await greet()).toEqual({ output: expect.stringContaining("Hello, Petra Pro!") });
  });

  it("Gemini CLI with fewer scopes in its settings does not request more for a call, until its user changes the settings", async () => {
    await authenticate({ oauth: { scopes: ["openid", "offline_access"] } });
    const grants = demo.grants.length;
    const seen = demo.requests.length;
    // For the 403 it registers another client, without grant types, and tries to refresh its token as that client.
    const error = "requested grant type is not allowed for this client";
    expect(await greet()).toEqual({ error: expect.stringContaining(error) });
    const requests = demo.requests.slice(seen).map(({ status, name, path }) => [status, name ?? path]);
    expect(requests.slice(-2)).toEqual([
      [403, "greet"],
      [200, "/local/.well-known/oauth-protected-resource/whoami/mcp"],
    ]);
    expect(demo.grants).toHaveLength(grants);

    await authenticate({ oauth: { scopes: ["openid", "offline_access", "people:greet"] } });
    expect(await greet()).toEqual({ output: expect.stringContaining("Hello, Petra Pro!") });
  });
});

describe("a gateway with two servers under a stage path", () => {
  useGateway({ stagePath: true, gateway: WITHOUT_COMBINED });

  it("Gemini CLI connects with a bearer header", useBearer);

  it("Gemini CLI does not sign in, because it requires a metadata document whose resource is the server's URL", async () => {
    expect(await authenticate()).not.toContain("Successfully authenticated");
    expect(demo.grants).toEqual([]);
  });
});
