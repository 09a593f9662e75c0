// Unites JSON values of several members, where each says what it supports.
import { isJsonObject } from "../json.ts";

/**
 * Unites two values: objects member by member, lists without repetition, true if either is true. Of other values that differ, the first holds.
 *
 * @param first the value of the earlier member
 */
function unite(first: unknown, second: unknown): unknown {
  if (isJsonObject(first) && isJsonObject(second)) {
    const united = new Map(Object.entries(first));
    for (const [key, value] of Object.entries(second))
      united.set(key, united.has(key) ? unite(united.get(key), value) : value);
    return Object.fromEntries(united);
  }
  if (Array.isArray(first) && Array.isArray(second)) {
    const known = new Set(first.map((entry) => JSON.stringify(entry)));
    return [...first, ...second.filter((entry) => !known.has(JSON.stringify(entry)))];
  }
  if (typeof first === "boolean" && typeof second === "boolean") return first || second;
  return first;
}

/** Unites the objects among some values, in their order. */
export function uniteObjects(values: readonly unknown[]): Record<string, unknown> {
  return values
    .filter(isJsonObject)
    .reduce((first, second) => unite(first, second) as Record<string, unknown>, {});
}
