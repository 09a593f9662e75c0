// What curation changes in one entry of a server's list: its name, and the members that `describe` replaces. The rest stays as the server
// wrote it.
import type { EntryChange } from "./config/curation.ts";
import type { Edit } from "./json-edits.ts";
import { eachProperty, endOfValue } from "./json-spans.ts";

/**
 * Finds the edits of an entry.
 *
 * @param text JSON that a parser has accepted
 * @param start index of the entry's `{`
 * @returns in order; undefined if readers may understand the entry differently after them
 */
export function entryEdits(
  text: string,
  start: number,
  { members, isMisspelled }: EntryChange,
): Edit[] | undefined {
  const edits: Edit[] = [];
  const missing = new Map(members);
  let isReadable = true;
  const end = eachProperty(text, start, (key, at) => {
    const valueEnd = endOfValue(text, at);
    const replacement = missing.get(key);
    if (replacement !== undefined) edits.push({ start: at, end: valueEnd, replacement });
    // A repeated key, or one that some readers take for it, would undo the change for some readers.
    else if (members.has(key) || isMisspelled(key)) isReadable = false;
    missing.delete(key);
    return valueEnd;
  });
  if (!isReadable) return undefined;
  // The entry has a name, so it has a member to follow.
  const added = [...missing].map(([key, value]) => `,${JSON.stringify(key)}:${value}`).join("");
  return added === "" ? edits : [...edits, { start: end - 1, end: end - 1, replacement: added }];
}
