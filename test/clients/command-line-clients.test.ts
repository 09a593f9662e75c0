// Claude Code and Codex as their users install them, without a model account: Claude Code's health check connects and lists tools, a
// scripted model or Codex's app server calls one. Both sign in with the documented command.
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
import { callToolsInCodex } from "./peers/codex-app-server.ts";
import { CLAUDE_CODE, CODEX, type Ended, inTerminal, runClient } from "./peers/programs.ts";
import { startScriptedModel } from "./peers/scripted-model.ts";

const TOKEN_LIFETIME_SECONDS = 12;

let demo: DemoGateway;
let home: ClientHome;

const untilExpired = () => setTimeout((TOKEN_LIFETIME_SECONDS + 1) * 1000);

function claude(...args: string[]): Promise<Ended> {
  return runClient(CLAUDE_CODE, home, ["mcp", ...args]);
}

/** Makes every further sign-in fail. */
function takeBrowserAway(): void {
  home.environment["BROWSER"] = "/bin/false";
}

function grantsOf(client: RegExp): string[] {
  return demo.grants.filter((grant) => client.test(grant.client)).map(({ type }) => type);
}

// The clients' own metadata documents are on the internet, which the test machine may not reach.
const advertiseClientDocuments = false;
const SHORT = { tokenLifetimeSeconds: TOKEN_LIFETIME_SECONDS, advertiseClientDocuments };
const AT_ROOT = { gateway: { challenge_resource_metadata: false }, signIn: SHORT };

function useGateway(options: DemoOptions): void {
  beforeAll(async () => {
    demo = await startDemoGateway(options);
  });
  afterAll(() => demo?.close());
  beforeEach(() => {
    home = clientHome("pro");
    Object.assign(home.environment, {
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      // A busy machine takes longer for its health check than Claude Code waits.
      MCP_TIMEOUT: "60000",
      CODEX_HOME: home.directory,
    });
  });
  afterEach(() => home.remove());
}

async function signInToClaude(): Promise<void> {
  await claude("add", "--transport", "http", "whoami", demo.endpoint("whoami"));
  // Its login command does not request the challenge; it uses the metadata URL that its health check stored.
  expect((await claude("get", "whoami")).output).toContain("Needs authentication");
  const signedIn = await runClient(inTerminal(CLAUDE_CODE), home, ["mcp", "login", "whoami"]);
  expect(signedIn.output).toContain("Authenticated with");
  takeBrowserAway();
  expect((await claude("get", "whoami")).output).toContain("✔ Connected");
}

/** Lets a scripted model call the tool `greet`. @returns what the model received */
async function greetInClaude(): Promise<unknown> {
  const tool = "mcp__whoami__greet";
  const model = await startScriptedModel([{ tool }]);
  Object.assign(home.environment, { ANTHROPIC_BASE_URL: model.url, ANTHROPIC_API_KEY: "none" });
  await runClient(CLAUDE_CODE, home, ["-p", "Greet me.", "--allowedTools", tool]);
  await model.close();
  return model.results.at(-1);
}

/** Calls the tool `whoami`. @returns its text */
async function whoamiInCodex(): Promise<string | undefined> {
  return (await callToolsInCodex(home, "whoami", [{ tool: "whoami" }]))[0];
}

async function useBearerInClaude(): Promise<void> {
  const token = await demo.signIn.issueToken({ user: "free", expiresInSeconds: 600 });
  const header = ["--header", `Authorization: Bearer ${token}`];
  await claude("add", "--transport", "http", "whoami", demo.endpoint("whoami"), ...header);
  const seen = demo.requests.length;
  expect((await claude("list")).output).toMatch(/whoami: .* ✔ Connected/);
  const methods = demo.requests.slice(seen).map(({ status, mcpMethod }) => [status, mcpMethod]);
  expect(methods).toContainEqual([200, "tools/list"]);
}

describe("a gateway at the root of its host", () => {
  useGateway(AT_ROOT);

  it("Claude Code connects with a bearer header and lists the tools", useBearerInClaude);

  it("Claude Code signs in with only the URL, and refreshes its expired token", async () => {
    await signInToClaude();
    await untilExpired();
    expect((await claude("get", "whoami")).output).toContain("✔ Connected");
    const grants = grantsOf(/Claude Code/);
    expect(grants.filter((type) => type === "authorization_code")).toHaveLength(1);
    expect(grants).toContain("refresh_token");
  });
});

describe("a gateway behind CloudFront", () => {
  useGateway({ edge: true, servers: GREET_REQUIRES_SCOPE, signIn: { advertiseClientDocuments } });

  it("Claude Code signs in with the URL alone", signInToClaude);

  it("Claude Code fails a call that requires one more scope, requests the scope at the next login, and then calls the tool", async () => {
    const { BROWSER = "" } = home.environment;
    await signInToClaude();
    expect(await greetInClaude()).toMatchObject({
      is_error: true,
      content:
        'MCP server "whoami" needs additional permissions (scope: "people:greet") — run /mcp to re-authenticate',
    });
    home.environment["BROWSER"] = BROWSER;
    const signedIn = await runClient(inTerminal(CLAUDE_CODE), home, ["mcp", "login", "whoami"]);
    expect(signedIn.output).toContain("&scope=openid+offline_access+people%3Agreet&");
    expect(await greetInClaude()).toMatchObject({ content: [{ type: "text", text: "Hello, Petra Pro!" }] });
    const calls = demo.requests.filter(({ name }) => name === "greet");
    expect(calls.map(({ status }) => status)).toEqual([403, 200]);
  });
});

describe("a gateway with two servers under a stage path", () => {
  useGateway({ stagePath: true, gateway: WITHOUT_COMBINED, signIn: { advertiseClientDocuments } });

  it("Claude Code connects with a bearer header and lists the tools", useBearerInClaude);

  // It signs in for the gateway's resource, which the challenge names, and refreshes for the server's, which the sign-in server rejects.
  it("Claude Code signs in with only the URL", signInToClaude);
});

describe.each([
  ["at the root of its host", AT_ROOT],
  ["under a stage path", { stagePath: true, gateway: WITHOUT_COMBINED, signIn: SHORT }],
])("a gateway %s", (_where, options) => {
  useGateway(options);

  it("Codex calls a tool with a bearer header", async () => {
    home.environment["TOKEN"] = await demo.signIn.issueToken({ user: "free", expiresInSeconds: 600 });
    const header = ["--bearer-token-env-var", "TOKEN"];
    await runClient(CODEX, home, ["mcp", "add", "whoami", "--url", demo.endpoint("whoami"), ...header]);
    expect(await whoamiInCodex()).toContain("frida@example.com");
  });

  it("Codex signs in with only the URL, and refreshes its expired token", async () => {
    const added = await runClient(CODEX, home, ["mcp", "add", "whoami", "--url", demo.endpoint("whoami")]);
    expect(added.output).toContain("Successfully logged in");
    takeBrowserAway();
    expect(await whoamiInCodex()).toContain("petra@example.com");
    await untilExpired();
    expect(await whoamiInCodex()).toContain("petra@example.com");
    const grants = grantsOf(/Codex/);
    expect(grants.filter((type) => type === "authorization_code")).toHaveLength(1);
    expect(grants).toContain("refresh_token");
  });
});
