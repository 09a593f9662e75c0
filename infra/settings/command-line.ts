// Converts the text of `-c name=value` to the JSON value of the setting: lists are separated by commas (an empty list is `none`), maps are
// key=value pairs. Text in another format stays text, so that the schema reports it.
import type * as v from "valibot";
import { settingsSchema } from "./schema.ts";

type AnySchema = v.GenericSchema & { wrapped?: AnySchema };

/** The value of a setting from the command line. Values other than text are returned unchanged. */
export function settingValue(name: string, given: unknown): unknown {
  if (typeof given !== "string") return given;
  switch (kindOf(name)) {
    case "number":
      return /^-?\d+(\.\d+)?$/.test(given) ? Number(given) : given;
    case "boolean":
      return given === "true" || given === "false" ? given === "true" : given;
    case "array":
      return listValue(given);
    case "record":
      return mapEntries(given);
    default:
      return given;
  }
}

function kindOf(name: string): string | undefined {
  const { entries } = settingsSchema as { entries: Record<string, AnySchema> };
  const entry = Object.hasOwn(entries, name) ? entries[name] : undefined;
  return (entry?.wrapped ?? entry)?.type;
}

/** The schema reports an empty text, which usually comes from an unset shell variable. */
function listValue(text: string): unknown {
  if (text === "none") return [];
  const items = listItems(text);
  return items.length === 0 ? text : items;
}

function listItems(text: string): string[] {
  return text
    .split(",")
    .map((item) => item.trim())
    .filter((item) => item !== "");
}

function mapEntries(text: string): unknown {
  const pairs = listItems(text).map((item) => /^([^=]+)=(.*)$/s.exec(item));
  const names = pairs.map((pair) => pair?.[1]);
  // The schema reports the text as it was given.
  if (pairs.length === 0 || names.includes(undefined) || new Set(names).size < names.length) return text;
  return Object.fromEntries(pairs.map((pair) => [pair?.[1], pair?.[2]]));
}
