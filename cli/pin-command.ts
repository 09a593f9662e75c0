// `config pin SERVER`: reads the server's own lists of tools, shows which definitions are new or have changed, and writes their hashes into
// the server's file.
import { readFileSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { SSMClient } from "@aws-sdk/client-ssm";
import { decideAccessTo } from "../functions/core/access.ts";
import { compileGlob } from "../functions/core/config/access-rules.ts";
import { MAX_PINS } from "../functions/core/config/curation-blocks.ts";
import type { EffectiveServer } from "../functions/core/config/effective-server.ts";
import { definitionHash } from "../functions/core/definition-hash.ts";
import { canonicalJson, readJson } from "../functions/core/json.ts";
import { LENIENT } from "../functions/core/lenient-json.ts";
import { jsonText, terminalText } from "../functions/core/safe-text.ts";
import { createHttpClient } from "../functions/platform/http-client.ts";
import { createSecretReader } from "../functions/platform/parameter-store.ts";
import { createSecretStore } from "../functions/platform/secret-store.ts";
import { createStaticHeaders } from "../functions/proxy/upstream-auth.ts";
import { type Deployment, deploymentOf, localConfigDir } from "./deployed-config.ts";
import { type ListedTool, listTools, type ToolList, toolsIn } from "./listed-tools.ts";
import { type Pin, type Pins, withPins, writtenPins } from "./pin-text.ts";
import { snapshotOfDirectory } from "./snapshot-source.ts";
import {
  agrees,
  bareToken,
  type CommandOptions,
  checkPrompt,
  readInputFile,
  type Terminal,
  UsageError,
} from "./terminal.ts";

/** A list with long definitions. */
const LIST_MAX_BYTES = 16 * 1024 * 1024;

/** How a tool's definition compares with its pin. */
type PinState = "new" | "changed" | "same" | "missing";
type PinnedTool = {
  tool: string;
  state: PinState;
  /** the pin in the file */
  before?: Pin;
  /** the pin of the server's definitions */
  after?: Pin;
  /** each different definition, in the order of the hashes */
  definitions?: readonly Definition[];
};
type Definition = { source: string; definition: ListedTool["definition"] };

/**
 * Runs the command.
 *
 * @param names the server and an optional directory
 * @returns 0 if the hashes were written or nothing had to change, 1 if the prompt was declined
 */
export async function pinCommand(
  names: readonly string[],
  options: CommandOptions,
  terminal: Terminal,
): Promise<number> {
  const local = options.local || options.port !== undefined ? deploymentOf(options) : undefined;
  const defaultDir = () => (local === undefined ? "config" : localConfigDir(options.port));
  const [name, dir = defaultDir(), ...others] = names;
  if (name === undefined) throw new UsageError("pin takes the name of a server");
  if (others.length > 0) throw new UsageError(`expected at most one DIR, but also got: ${others.join(" ")}`);
  checkPrompt(options, terminal);
  const file = join(dir, "servers", `${name}.json`);
  if (statSync(file, { throwIfNoEntry: false }) === undefined) throw new UsageError(`no such file: ${file}`);
  const { servers, identityHeaderNames } = snapshotOfDirectory(dir, undefined, local?.adapted);
  const server = servers.get(name) as EffectiveServer;
  const lists =
    options.list?.map(listFromFile) ??
    (await listFromServer(server, identityHeaderNames, options["token-file"], local));
  const text = readFileSync(file, "utf8");
  const before = writtenPins(text);
  const matches = nameMatcher(options.tools);
  const compared = comparePins(lists, isChosen(server, matches), before, matches);
  const written = compared.flatMap(({ tool, state, after }) =>
    (state === "new" || state === "changed") && after !== undefined ? [[tool, after] as const] : [],
  );
  const sources = lists.map(({ source }) => source);
  if (!options.json) terminal.out(`${sourcesText(sources)}${comparedText(compared, terminal)}`);
  const what = written.length === 1 ? "the pin of this tool" : `the pins of these ${written.length} tools`;
  const question = `Approve the definitions and write ${what} to ${file}?`;
  const agreed = written.length === 0 || (await agrees(question, options, terminal));
  const isWritten = agreed && written.length > 0;
  if (isWritten) writeFileSync(file, withPins(text, { ...before, ...Object.fromEntries(written) }));
  if (options.json)
    terminal.out(`${jsonText({ server: name, sources, tools: compared, written: isWritten }, 2)}\n`);
  else terminal.out(outcome(isWritten, agreed, file, local !== undefined));
  return agreed ? 0 : 1;
}

async function listFromServer(
  server: EffectiveServer,
  identityNames: ReadonlySet<string>,
  tokenFile: string | undefined,
  local: Deployment | undefined,
): Promise<ToolList[]> {
  const token = tokenFile === undefined ? undefined : bareToken(readInputFile(tokenFile));
  // The client is created even if no header refers to a secret; it then sends nothing.
  const secrets = createSecretStore(createSecretReader(local?.client ?? new SSMClient({})));
  return listTools({
    server,
    identityNames,
    send: createHttpClient(),
    auth: createStaticHeaders(secrets),
    ...(token !== undefined && { identity: { authorization: `Bearer ${token}` } }),
    maxBytes: LIST_MAX_BYTES,
  });
}

function listFromFile(file: string): ToolList {
  const reading = readJson(readInputFile(file).replace(/^\uFEFF/, ""), LENIENT);
  if (!reading.ok) throw new Error(`${file} is not JSON, or repeats a key`);
  return { source: file, tools: toolsIn(reading.value) };
}

/** Whether a tool's name matches one of the globs; without globs, every name does. */
function nameMatcher(globs: readonly string[] | undefined): (name: string) => boolean {
  const matchers = globs?.map(compileGlob);
  return (name) => matchers?.some((match) => match(name)) ?? true;
}

/** The tools that exist for clients and whose names match. */
function isChosen(server: EffectiveServer, matches: (name: string) => boolean) {
  const { toolRules: _, ...curated } = server;
  const anyone = {
    server: "",
    sub: "",
    issuer: "",
    exp: 0,
    tenant: "",
    clientId: "",
    scopes: [],
    claims: {},
    admitted: true,
  };
  return ({ name }: ListedTool): boolean =>
    matches(name) &&
    decideAccessTo({ kind: "tool", name }, { ...curated, toolRules: undefined }, anyone).type !== "hidden";
}

function comparePins(
  lists: readonly ToolList[],
  isIncluded: (tool: ListedTool) => boolean,
  pins: Pins,
  matches: (name: string) => boolean,
): PinnedTool[] {
  const listed = definitionsByTool(lists, isIncluded);
  const compared = [...listed].map(([tool, byHash]): PinnedTool => {
    const before = Object.hasOwn(pins, tool) ? pins[tool] : undefined;
    const hashes = [...byHash.keys()];
    if (hashes.length > MAX_PINS)
      throw new Error(
        `the server lists ${hashes.length} definitions of ${tool}, expected at most ${MAX_PINS}`,
      );
    const isPinned = hashes.every((hash) => [before].flat().includes(hash));
    const state = before === undefined ? "new" : isPinned ? "same" : "changed";
    const after = hashes.length === 1 ? (hashes[0] as string) : hashes;
    return {
      tool,
      state,
      ...(before !== undefined && { before }),
      after,
      definitions: [...byHash.values()],
    };
  });
  const missing = Object.entries(pins)
    .filter(([tool]) => !listed.has(tool) && matches(tool))
    .map(([tool, before]): PinnedTool => ({ tool, state: "missing", before }));
  return [...compared, ...missing];
}

/** The different definitions of each tool, by hash. */
function definitionsByTool(
  lists: readonly ToolList[],
  isIncluded: (tool: ListedTool) => boolean,
): Map<string, Map<string, Definition>> {
  const listed = new Map<string, Map<string, Definition>>();
  for (const { source, tools } of lists)
    for (const { name, definition } of tools.filter(isIncluded)) {
      const byHash = listed.get(name) ?? new Map<string, Definition>();
      listed.set(name, byHash);
      const hash = definitionHash(canonicalJson(definition));
      if (hash === undefined)
        throw new Error(
          `the definition of ${terminalText(name)} cannot be pinned: it is too large or nested too deeply`,
        );
      if (!byHash.has(hash)) byHash.set(hash, { source, definition });
    }
  return listed;
}

function sourcesText(sources: readonly string[]): string {
  return `Lists of tools: ${sources.map((source) => terminalText(source)).join(", ")}\n\n`;
}

function comparedText(compared: readonly PinnedTool[], { style }: Terminal): string {
  const marks = {
    new: style("green", "new      "),
    changed: style("yellow", "changed  "),
    same: style("dim", "same     "),
    missing: style("yellow", "missing  "),
  };
  return compared.map((each) => `${marks[each.state]}${pinText(each)}`).join("");
}

function pinText({ tool, state, before = [], after = [], definitions = [] }: PinnedTool): string {
  const name = terminalText(tool);
  switch (state) {
    case "same":
      return `${name}\n`;
    case "missing":
      return `${name}  pinned, but the server does not list it; the pin stays\n`;
    case "new":
      return `${name}  ${hashText(after)}\n${definitionsText(definitions)}`;
    case "changed":
      return `${name}  ${hashText(before)} -> ${hashText(after)}\n         The former definition is not stored. ${definitions.length === 1 ? "The new one" : "The new ones"}:\n${definitionsText(definitions)}`;
  }
}

function hashText(pin: Pin): string {
  return [pin].flat().join(", ");
}

function definitionsText(definitions: readonly Definition[]): string {
  return definitions
    .map(({ source, definition }) => {
      const title = definitions.length === 1 ? "" : `         ${terminalText(source)}:\n`;
      return `${title}${definitionText(definition)}`;
    })
    .join("");
}

function definitionText(definition: unknown): string {
  return JSON.stringify(definition, null, 2)
    .split("\n")
    .map((line) => `         ${terminalText(line, Number.POSITIVE_INFINITY)}\n`)
    .join("");
}

function outcome(isWritten: boolean, agreed: boolean, file: string, isLocal: boolean): string {
  if (!agreed) return "\nNothing was written.\n";
  if (!isWritten) return "\nNothing to write.\n";
  const next = isLocal ? "The local gateway loads the edited file." : "Push or deploy it to use the hashes.";
  return `\nedited ${file}\n${next}\n`;
}
