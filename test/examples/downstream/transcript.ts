// The results, errors and notifications that a client of either era gets from a server, step by step, as comparable values.
import type { Client } from "@modelcontextprotocol/client";

type Step = readonly [name: string, run: (client: Client) => Promise<unknown>];

const LONG = "long ".repeat(20_000);
const TEXTS = ["", "plain", "Größe 你好 🎵", 'quotes " \\ / \b \u2028', "line\nline\r\n", LONG];

const call = (name: string, args: object, options?: object): Step => [
  `tools/call ${name} ${JSON.stringify(args).slice(0, 40)}`,
  (client) => client.callTool({ name, arguments: args as Record<string, unknown> }, options),
];

const STEPS: readonly Step[] = [
  ["server", async (client) => [client.getServerVersion(), client.getServerCapabilities()]],
  ["instructions", async (client) => client.getInstructions()],
  ["tools/list", (client) => client.listTools()],
  ["prompts/list", (client) => client.listPrompts()],
  ["resources/list", (client) => client.listResources()],
  ["resources/templates/list", (client) => client.listResourceTemplates()],
  ...TEXTS.map((text) => call("echo", { text })),
  call("echo", {}),
  call("echo", { text: 7 }),
  call("add", { a: 1, b: 2 }),
  call("add", { a: -2_147_483_648, b: 9_007_199_254_740_991 }),
  call("add", { a: "x", b: 2 }),
  call("fail", {}),
  call("missing", {}),
  call("count", { steps: 2 }),
  ["tools/call count with progress", countWithProgress],
  ["resources/read", (client) => client.readResource({ uri: "notes://today" })],
  ["resources/read by template", (client) => client.readResource({ uri: "notes://monday/all" })],
  ["resources/read unknown", (client) => client.readResource({ uri: "notes://unknown" })],
  ["prompts/get", (client) => client.getPrompt({ name: "greeting", arguments: { name: "Petra" } })],
  ["prompts/get without argument", (client) => client.getPrompt({ name: "greeting" })],
  ["prompts/get unknown", (client) => client.getPrompt({ name: "missing" })],
  ["a method that no server has", (client) => unknownMethod(client)],
  [
    "twenty concurrent calls",
    (client) => Promise.all(Array.from({ length: 20 }, (_, at) => sum(client, at))),
  ],
  ["tools/list again", (client) => client.listTools()],
];

/** One entry for each step. */
export async function transcriptOf(client: Client): Promise<[step: string, outcome: unknown][]> {
  const entries: [string, unknown][] = [];
  for (const [name, run] of STEPS) entries.push([name, await outcomeOf(run, client)]);
  return entries;
}

async function outcomeOf(run: Step[1], client: Client): Promise<unknown> {
  try {
    return await run(client);
  } catch (error) {
    const { code, message, data } = error as { code?: unknown; message: string; data?: unknown };
    return { failed: { code, message, data } };
  }
}

async function countWithProgress(client: Client): Promise<unknown> {
  const progress: unknown[] = [];
  const onprogress = (each: unknown) => void progress.push(each);
  const result = await client.callTool({ name: "count", arguments: { steps: 5 } }, { onprogress });
  return { result, progress };
}

function sum(client: Client, at: number): Promise<unknown> {
  return client.callTool({ name: "add", arguments: { a: at, b: at } });
}

function unknownMethod(client: Client): Promise<unknown> {
  const anything = { "~standard": { version: 1, vendor: "test", validate: (value: unknown) => ({ value }) } };
  return (client as unknown as { request(message: object, schema: object): Promise<unknown> }).request(
    { method: "notes/unknown", params: {} },
    anything,
  );
}
