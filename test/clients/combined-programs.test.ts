// One URL for three servers in three languages: the Python SDK, FastMCP, the Go SDK, Claude Code, Codex and Gemini CLI sign in with that URL
// alone and use all three. Some do so under a stage path, where the challenge names the combined URL's document.
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { type ClientHome, clientHome } from "./client-home.ts";
import {
  type DemoGateway,
  type DemoOptions,
  GREET_REQUIRES_SCOPE,
  startDemoGateway,
} from "./demo-gateway.ts";
import { callToolsInCodex } from "./peers/codex-app-server.ts";
import {
  CLAUDE_CODE,
  CODEX,
  type Command,
  GEMINI_CLI,
  GO_CLIENT,
  inTerminal,
  PYTHON_CLIENT,
  runClient,
} from "./peers/programs.ts";
import { type ScriptedCall, startScriptedModel } from "./peers/scripted-model.ts";
import { CALLED, CALLS, RESOURCES, startThreeLanguages, TOOLS } from "./three-languages.ts";

const GO_SDK: { name: string; command: Command } = { name: "Go SDK", command: [GO_CLIENT] };
const LANGUAGE_CLIENTS: { name: string; command: Command }[] = [
  { name: "Python SDK", command: [...PYTHON_CLIENT, "mcp"] },
  { name: "FastMCP", command: [...PYTHON_CLIENT, "fastmcp"] },
  GO_SDK,
];
const ACTIONS = [
  "list",
  ...CALLS.slice(1).map(({ tool, ...call }) => `${tool}=${JSON.stringify("args" in call ? call.args : {})}`),
  ...RESOURCES.map(([uri]) => uri),
];

let demo: DemoGateway;
let home: ClientHome;

function useGateway(start: typeof startDemoGateway, options: DemoOptions = {}): void {
  beforeAll(async () => {
    demo = await start({ signIn: { advertiseClientDocuments: false }, ...options });
  });
  afterAll(() => demo?.close());
}

/** Runs a program in an empty home. @returns its output by line */
async function run(command: Command, actions: readonly string[]): Promise<string[]> {
  const own = clientHome("pro");
  // By default Python waits for the browser process, which blocks FastMCP's callback.
  const BROWSER = `${own.environment["BROWSER"]} %s &`;
  Object.assign(own.environment, { BROWSER, WAIT_SECONDS: "0", WHOAMI: "whoami__whoami" });
  const { output } = await runClient(command, own, [demo.combined, ...actions]);
  own.remove();
  return output.trim().split("\n");
}

/** Signs in with the URL alone, and uses every member. */
async function useAll({ command }: { command: Command }): Promise<void> {
  const lines = await run(command, ACTIONS);
  const [list, ...texts] = lines.slice(-ACTIONS.length);
  expect(list?.split(" ").toSorted(), lines.join("\n")).toEqual(TOOLS.toSorted());
  expect(texts).toEqual([...CALLED.slice(1), ...RESOURCES.map(([, text]) => text)]);
  expect(lines.filter((line) => line.includes("petra@example.com"))).toHaveLength(2);
}

describe("a combined endpoint", () => {
  useGateway(startThreeLanguages);

  it.concurrent.each(LANGUAGE_CLIENTS)(
    "$name signs in with one URL and uses three servers in three languages",
    useAll,
  );
});

describe("a combined endpoint behind CloudFront", () => {
  useGateway(startDemoGateway, { edge: true, servers: GREET_REQUIRES_SCOPE });

  it.concurrent.each(LANGUAGE_CLIENTS)(
    "$name signs in for a scope that a member's tool requires, and repeats the call",
    async ({ command }) => {
      expect((await run(command, ["whoami__greet"])).at(-1)).toBe("Hello, Petra Pro!");
    },
  );
});

describe("a combined endpoint under a stage path", () => {
  useGateway(startThreeLanguages, { stagePath: true });
  beforeEach(() => {
    home = clientHome("pro");
  });
  afterEach(() => home.remove());

  /** Lets a scripted model call a tool of each member, by the names that the client gives them. */
  async function callAll(nameOf: (tool: string) => string, use: (url: string) => Promise<unknown>) {
    const calls: ScriptedCall[] = CALLS.map((call) => ({ ...call, tool: nameOf(call.tool) }));
    const model = await startScriptedModel(calls);
    await use(model.url);
    await model.close();
    return model.results;
  }

  it("the Go SDK signs in with one URL and uses three servers in three languages", () => useAll(GO_SDK));

  it("Claude Code signs in with one URL and calls a tool of each member", async () => {
    Object.assign(home.environment, {
      CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC: "1",
      MCP_TIMEOUT: "60000",
    });
    await runClient(CLAUDE_CODE, home, ["mcp", "add", "--transport", "http", "all", demo.combined]);
    await runClient(CLAUDE_CODE, home, ["mcp", "get", "all"]);
    const signedIn = await runClient(inTerminal(CLAUDE_CODE), home, ["mcp", "login", "all"]);
    expect(signedIn.output).toContain("Authenticated with");
    const nameOf = (tool: string) => `mcp__all__${tool}`;
    const results = await callAll(nameOf, (url) => {
      Object.assign(home.environment, { ANTHROPIC_BASE_URL: url, ANTHROPIC_API_KEY: "none" });
      return runClient(CLAUDE_CODE, home, ["-p", "Add.", "--allowedTools", "mcp__all"]);
    });
    expect(results).toHaveLength(CALLS.length);
    for (const [index, text] of ["petra@example.com", "5", "9"].entries())
      expect(JSON.stringify(results[index])).toContain(text);
  });

  it("Codex signs in with one URL and calls a tool of each member", async () => {
    home.environment["CODEX_HOME"] = home.directory;
    const added = await runClient(CODEX, home, ["mcp", "add", "all", "--url", demo.combined]);
    expect(added.output).toContain("Successfully logged in");
    expect(await callToolsInCodex(home, "all", CALLS)).toEqual(CALLED);
  });

  it("Gemini CLI signs in with one URL and calls a tool of each member", async () => {
    home.environment["GEMINI_API_KEY"] = "none";
    const folder = join(home.directory, ".gemini");
    mkdirSync(folder, { recursive: true });
    const settings = {
      mcpServers: { all: { httpUrl: demo.combined } },
      security: { folderTrust: { enabled: false }, auth: { selectedType: "gemini-api-key" } },
      general: { enableAutoUpdate: false },
      privacy: { usageStatisticsEnabled: false },
    };
    writeFileSync(join(folder, "settings.json"), JSON.stringify(settings));
    let confirmed = false;
    const signedIn = await runClient(
      inTerminal(GEMINI_CLI),
      home,
      ["-p", "/mcp auth all"],
      (output, { stdin }) => {
        if (confirmed || !output.includes("[Y/n]")) return;
        confirmed = true;
        stdin?.write("y\n");
      },
    );
    expect(signedIn.output).toContain("Successfully authenticated with MCP server 'all'");
    const results = await callAll(
      (tool) => `mcp_all_${tool}`,
      (url) => {
        home.environment["GOOGLE_GEMINI_BASE_URL"] = url;
        return runClient(GEMINI_CLI, home, ["--yolo", "-m", "gemini-2.5-flash", "-p", "Add."]);
      },
    );
    expect(results).toHaveLength(CALLS.length);
    for (const [index, text] of ["petra@example.com", "5", "9"].entries())
      expect(JSON.stringify(results[index])).toContain(text);
  });
});
