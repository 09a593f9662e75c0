// Curation of a server, compiled once: what decisions and lists need to know of its blocks.
import { plainPunctuation } from "../canonical-uri.ts";
import { type ClientNames, compileClientNames } from "../client-names.ts";
import { type KeyCheck, misspelledKeys } from "../protocol-keys.ts";
import { compileGlob } from "./access-rules.ts";
import type { CurationBlocks, NameBlock, ResourceBlock } from "./curation-blocks.ts";

/** A glob or an exact name. */
export type CurationPattern = { pattern: string; appliesTo: (name: string) => boolean };

/** What replaces members of an entry in a list. */
export type EntryChange = {
  /** JSON text by key */
  members: ReadonlyMap<string, string>;
  /** whether some readers take a key for one of these */
  isMisspelled: KeyCheck;
};

/** Curation of one kind of names, compiled. */
export type KindCuration = {
  key: "tools" | "prompts" | "resources";
  /** undefined: all */
  allow: readonly CurationPattern[] | undefined;
  deny: readonly CurationPattern[];
  names: ClientNames;
  /** by the server's name */
  changes: ReadonlyMap<string, EntryChange>;
  /** hashes of the approved definitions, sorted, by the server's name; empty except for tools */
  pins: ReadonlyMap<string, readonly string[]>;
  onChange: "deny" | "warn";
};

/** The curation of a server. A kind without curation is undefined. */
export type Curation = {
  tools: KindCuration | undefined;
  prompts: KindCuration | undefined;
  resources: KindCuration | undefined;
};

/** Compiles the blocks; undefined without any. */
export function compileCuration({ tools, prompts, resources }: CurationBlocks): Curation | undefined {
  if (tools === undefined && prompts === undefined && resources === undefined) return undefined;
  return {
    tools: tools && {
      ...compileNames("tools", tools),
      pins: new Map(Object.entries(tools.pin).map(([name, pin]) => [name, [pin].flat().sort()])),
      onChange: tools.on_change,
    },
    prompts: prompts && compileNames("prompts", prompts),
    resources: resources && compileUris(resources),
  };
}

function compileNames(key: "tools" | "prompts", block: NameBlock): KindCuration {
  const { rename, describe } = block;
  const changed = new Set([...Object.keys(rename), ...Object.keys(describe)]);
  const changes = [...changed].map((name) => {
    const members = { name: own(rename, name), ...own(describe, name) };
    return [name, entryChange(members)] as const;
  });
  return { ...compileAccess(key, block), names: compileClientNames(rename), changes: new Map(changes) };
}

function compileUris(block: ResourceBlock): KindCuration {
  const changes = Object.entries(block.describe).map(
    ([uri, members]) => [plainPunctuation(uri), entryChange(members)] as const,
  );
  return { ...compileAccess("resources", block), changes: new Map(changes) };
}

function compileAccess(
  key: KindCuration["key"],
  { allow, deny }: Pick<ResourceBlock, "allow" | "deny">,
): KindCuration {
  return {
    key,
    allow: allow?.map(compilePattern),
    deny: deny.map(compilePattern),
    names: compileClientNames({}),
    changes: new Map(),
    pins: new Map(),
    onChange: "deny",
  };
}

function compilePattern(pattern: string): CurationPattern {
  return { pattern, appliesTo: compileGlob(pattern) };
}

function entryChange(members: Readonly<Record<string, unknown>>): EntryChange {
  const given = Object.entries(members).filter(([, value]) => value !== undefined);
  return {
    members: new Map(given.map(([key, value]) => [key, JSON.stringify(value)])),
    isMisspelled: misspelledKeys(given.map(([key]) => key)),
  };
}

function own<Value>(entries: Readonly<Record<string, Value>>, name: string): Value | undefined {
  return Object.hasOwn(entries, name) ? entries[name] : undefined;
}
