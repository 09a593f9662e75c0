// Edits the `blocked` list in the text of a configuration file and keeps the rest byte for byte.
import { eachProperty, endOfValue } from "../functions/core/json-spans.ts";

/** An entry as it is written in a file. */
export type WrittenEntry = {
  claim: string;
  values: (string | number | boolean)[];
  until?: string;
  reason?: string;
};

/** The entries in a valid JSON text. */
export function writtenEntries(text: string): WrittenEntry[] {
  const { blocked } = JSON.parse(text) as { blocked?: WrittenEntry[] };
  return blocked ?? [];
}

/**
 * Replaces the entries in a text.
 *
 * @param text a file that is valid by the configuration's schema
 * @param entries the complete new list
 */
export function withEntries(text: string, entries: readonly WrittenEntry[]): string {
  const start = text.indexOf("{");
  const value = entries.length === 0 ? "[]" : `[\n${entries.map(entryLine).join(",\n")}\n  ]`;
  let span: { from: number; to: number } | undefined;
  let lastEnd: number | undefined;
  eachProperty(text, start, (key, from) => {
    lastEnd = endOfValue(text, from);
    if (key === "blocked") span = { from, to: lastEnd };
    return lastEnd;
  });
  if (span !== undefined) return text.slice(0, span.from) + value + text.slice(span.to);
  const member = `\n  "blocked": ${value}`;
  return lastEnd === undefined
    ? `${text.slice(0, start + 1)}${member}\n${text.slice(start + 1).trimStart()}`
    : `${text.slice(0, lastEnd)},${member}${text.slice(lastEnd)}`;
}

/** Adds values of a claim. They are removed from existing entries, so that the new end and reason apply. */
export function blockValues(entries: readonly WrittenEntry[], added: WrittenEntry): WrittenEntry[] {
  return [...unblockValues(entries, added), added];
}

/** Removes values of a claim from every entry, and entries that have no values left. */
export function unblockValues(
  entries: readonly WrittenEntry[],
  { claim, values }: Pick<WrittenEntry, "claim" | "values">,
): WrittenEntry[] {
  const removed = new Set(values.map(String));
  return entries.flatMap((entry) => {
    if (entry.claim !== claim) return entry;
    const left = entry.values.filter((value) => !removed.has(String(value)));
    return left.length === 0 ? [] : { ...entry, values: left };
  });
}

function entryLine({ claim, values, until, reason }: WrittenEntry): string {
  const members = [
    `"claim": ${JSON.stringify(claim)}`,
    `"values": [${values.map((value) => JSON.stringify(value)).join(", ")}]`,
    ...(until === undefined ? [] : [`"until": ${JSON.stringify(until)}`]),
    ...(reason === undefined ? [] : [`"reason": ${JSON.stringify(reason)}`]),
  ];
  return `    { ${members.join(", ")} }`;
}
