// Warnings about curation that has no effect, or that uses a client's name where the server's is expected.
import { plainPunctuation } from "../../canonical-uri.ts";
import { compileGlob } from "../access-rules.ts";
import type { CurationBlocks } from "../curation-blocks.ts";
import { type ConfigFault, formatPath, quoteText } from "../faults.ts";
import type { ServerConfig } from "../server-config.ts";

const KINDS = ["tools", "prompts", "resources"] as const;
const RULES = { tools: "tool_authorization", prompts: "prompt_authorization" } as const;

/** Whether a server file has a block of curation. */
export function hasCuration(config: CurationBlocks): boolean {
  return KINDS.some((kind) => config[kind] !== undefined);
}

/** Warnings about the curation of one server file. */
export function curationWarnings(config: ServerConfig): ConfigFault[] {
  return KINDS.flatMap((kind) => {
    const block = config[kind];
    if (block === undefined) return [];
    const warnings = [...hiddenEntries(kind, block), ...emptyEntries(kind, block)];
    if (kind === "resources" || !("rename" in block)) return warnings;
    const { rename } = block;
    const rules = Object.keys(config[RULES[kind]] ?? {}).map((name) => [RULES[kind], name]);
    const denied = block.deny.map((name, index) => [kind, "deny", index, name]);
    return [...warnings, ...clientNames(rename, [...rules, ...denied]), ...unusedChange(config, kind)];
  });
}

type Block = NonNullable<CurationBlocks[(typeof KINDS)[number]]>;

/** Entries about names that do not exist for clients. */
function hiddenEntries(kind: string, block: Block): ConfigFault[] {
  const { allow, deny } = block;
  const entries = { rename: {}, pin: {}, ...block };
  return (["rename", "describe", "pin"] as const).flatMap((key) =>
    Object.keys(entries[key]).flatMap((name) => {
      const text = plainPunctuation(name);
      const denying = deny.find((pattern) => compileGlob(pattern)(text));
      const isAllowed = allow?.some((pattern) => compileGlob(pattern)(text)) ?? true;
      if (denying === undefined && isAllowed) return [];
      const reason =
        denying === undefined ? `"allow" does not contain it` : `"deny" contains ${quoteText(denying)}`;
      return [
        {
          path: formatPath([kind, key, name]),
          message: `has no effect, because ${reason}. Remove one of the two.`,
        },
      ];
    }),
  );
}

function emptyEntries(kind: string, { describe }: Block): ConfigFault[] {
  return Object.entries(describe)
    .filter(([, entry]) => Object.keys(entry).length === 0)
    .map(([name]) => ({
      path: formatPath([kind, "describe", name]),
      message: "is empty, so the server's title and description stay. Remove it.",
    }));
}

/** Rules and patterns use the server's names: one for a client's name never applies. */
function clientNames(
  rename: Readonly<Record<string, string>>,
  places: readonly (readonly (string | number)[])[],
): ConfigFault[] {
  const realNames = new Map(Object.entries(rename).map(([real, client]) => [client, real]));
  return places.flatMap((place) => {
    const name = String(place.at(-1));
    const real = Object.hasOwn(rename, name) ? undefined : realNames.get(name);
    if (real === undefined) return [];
    const isRule = place.length === 2;
    const message = `is the name that clients use. Write the server's name, ${quoteText(real)}.`;
    return [{ path: formatPath(isRule ? place : place.slice(0, -1)), message }];
  });
}

function unusedChange({ tools }: ServerConfig, kind: string): ConfigFault[] {
  const isUnused = kind === "tools" && tools?.on_change === "warn" && Object.keys(tools.pin).length === 0;
  return isUnused
    ? [
        {
          path: "tools.on_change",
          message: `has no effect, because no tool is pinned. The command "config pin" pins tools.`,
        },
      ]
    : [];
}
