// Edits of the files become parameter versions; an invalid edit is only reported.
import { cp, mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { overlaid } from "../../cli/config-overlay.ts";
import { type ConfigEvent, watchConfig } from "../../local/config-watcher.ts";
import { ParameterStore } from "../../local/ssm/parameter-store.ts";

const PREFIX = "/mcp-gateway/local";
let directory: string;
let parameters: ParameterStore;
let events: ConfigEvent[];
let watcher: ReturnType<typeof watchConfig>;

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "config-"));
  await cp(join(import.meta.dirname, "../../config"), directory, { recursive: true });
  parameters = new ParameterStore();
  events = [];
  watcher = watchConfig({
    configDir: directory,
    prefix: PREFIX,
    parameters,
    overlay: (source) => overlaid(source, {}, "http://127.0.0.1:1"),
    onEvent: (event) => events.push(event),
    intervalMs: 60_000,
  });
  // The stack's own parameters, as the files have them.
  await edit("gateway.json", { ...(await current("gateway.json")), resource_name: "First" });
  watcher.check();
  events.length = 0;
});
afterEach(async () => {
  watcher.stop();
  await rm(directory, { recursive: true });
});

const edit = (file: string, content: object | string) =>
  writeFile(join(directory, file), typeof content === "string" ? content : JSON.stringify(content));

async function current(file: string): Promise<object> {
  return JSON.parse(await readFile(join(directory, file), "utf8"));
}

test("an edited file creates a new version of only its parameter", async () => {
  await edit("servers/whoami.json", { url: "https://new.example.com/mcp" });
  watcher.check();
  expect(events).toEqual([{ kind: "applied", changes: [{ name: `${PREFIX}/servers/whoami`, version: 2 }] }]);
  expect(parameters.get(`${PREFIX}/servers/whoami`)?.Value).toBe('{"url":"https://new.example.com/mcp"}');
});

test("an added file adds a parameter, a removed file deletes it", async () => {
  await edit("servers/extra.json", { url: "https://extra.example.com/mcp" });
  await rm(join(directory, "servers/everything.json"));
  watcher.check();
  expect(events).toEqual([
    {
      kind: "applied",
      changes: [
        { name: `${PREFIX}/servers/extra`, version: 1 },
        { name: `${PREFIX}/servers/everything`, version: undefined },
      ],
    },
  ]);
  expect(parameters.get(`${PREFIX}/servers/everything`)).toBeUndefined();
});

test("a file that is not JSON is reported once, with its name and line, and nothing changes", async () => {
  const before = parameters.get(`${PREFIX}/servers/whoami`);
  await edit("servers/whoami.json", '{ "url": ');
  watcher.check();
  watcher.check();
  watcher.check();
  expect(events).toEqual([
    { kind: "rejected", problems: [expect.stringContaining(join(directory, "servers/whoami.json"))] },
  ]);
  expect(parameters.get(`${PREFIX}/servers/whoami`)).toBe(before);
});

test("a file that is being written is not reported", async () => {
  await edit("servers/whoami.json", "");
  watcher.check();
  await edit("servers/whoami.json", { url: "https://new.example.com/mcp" });
  watcher.check();
  watcher.check();
  expect(events.map(({ kind }) => kind)).toEqual(["applied"]);
});

test("an error in one file delays a valid edit of another until it is fixed", async () => {
  await edit("servers/whoami.json", { uri: "https://a.example.com/mcp" });
  await edit("gateway.json", { ...(await current("gateway.json")), resource_name: "Second" });
  watcher.check();
  watcher.check();
  expect(events.map(({ kind }) => kind)).toEqual(["rejected"]);
  await edit("servers/whoami.json", { url: "https://a.example.com/mcp" });
  watcher.check();
  expect(events.at(-1)).toMatchObject({ kind: "applied" });
  expect(parameters.get(`${PREFIX}/gateway`)?.Value).toContain('"resource_name":"Second"');
});

test("a missing gateway.json is reported", async () => {
  await rm(join(directory, "gateway.json"));
  watcher.check();
  watcher.check();
  expect(events).toEqual([{ kind: "rejected", problems: [expect.stringContaining("no file gateway.json")] }]);
});

test("the overlay is applied to every edit", async () => {
  expect(parameters.get(`${PREFIX}/gateway`)?.Value).toContain('"public_url":"http://127.0.0.1:1"');
});
