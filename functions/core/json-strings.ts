// Replaces string values in a JSON text by their path, and leaves every other byte unchanged.
import { endOfString } from "./json.ts";

/** Keys and indexes from the outside in. */
export type JsonPath = readonly (string | number)[];

/** Longest path that is checked. */
const MAX_PATH_LENGTH = 8;

/**
 * Replaces strings.
 *
 * @param text a text that was read as JSON
 * @param change receives each string value with its path, and returns the value to write
 */
export function replaceStrings(text: string, change: (value: string, path: JsonPath) => string): string {
  const parts: string[] = [];
  let copied = 0;
  // The key or index of each open object or array; undefined while an object expects a key.
  const path: (string | number | undefined)[] = [];
  const isArray: boolean[] = [];
  for (let at = 0; at < text.length; at++) {
    switch (text[at]) {
      case "{":
      case "[":
        isArray.push(text[at] === "[");
        path.push(text[at] === "[" ? 0 : undefined);
        break;
      case "}":
      case "]":
        isArray.pop();
        path.pop();
        break;
      case ",":
        path.push(isArray.at(-1) === true ? (path.pop() as number) + 1 : void path.pop());
        break;
      case '"': {
        const end = endOfString(text, at) + 1;
        if (end === 0) return text;
        const isKey = path.length > 0 && path.at(-1) === undefined;
        if (isKey || path.length <= MAX_PATH_LENGTH) {
          const value = JSON.parse(text.slice(at, end)) as string;
          if (isKey) path[path.length - 1] = value;
          else {
            const changed = change(value, path as JsonPath);
            if (changed !== value) {
              parts.push(text.slice(copied, at), JSON.stringify(changed));
              copied = end;
            }
          }
        }
        at = end - 1;
      }
    }
  }
  return copied === 0 ? text : parts.join("") + text.slice(copied);
}
