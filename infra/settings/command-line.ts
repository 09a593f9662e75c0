// Turns the text of `-c name=value` into the JSON value that the setting takes: lists are separated by commas (an empty one
// is `none`), maps are key=value pairs. Text that does not have the setting's form stays text, for the schema to report.
import type * as v from "valibot";
import { settingsSchema } from "./schema.ts";

type AnySchema = v.GenericSchema & { wrapped?: AnySchema };

/** The value of a setting from the command line. Other values than text are taken as they are. */
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

/** An empty text is left to the schema: it comes of a shell variable that is not set. */
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
