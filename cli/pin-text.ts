// Edits `pin` of the block `tools` in the text of a server file and keeps the rest byte for byte.
import { eachProperty, endOfValue } from "../functions/core/json-spans.ts";

/** A hash, or several. */
export type Pin = string | readonly string[];
/** Pins by tool. */
export type Pins = Readonly<Record<string, Pin>>;

/** The pins in a valid JSON text. */
export function writtenPins(text: string): Pins {
  const { tools } = JSON.parse(text) as { tools?: { pin?: Pins } };
  return tools?.pin ?? {};
}

/**
 * Replaces the pins in a text.
 *
 * @param text a file that is valid by the configuration's schema
 * @param pins the complete new object
 */
export function withPins(text: string, pins: Pins): string {
  const lines = Object.entries(pins).map(([tool, pin]) => `${JSON.stringify(tool)}: ${pinValue(pin)}`);
  const value = (indent: string) =>
    lines.length === 0 ? "{}" : `{\n${lines.map((line) => `${indent}  ${line}`).join(",\n")}\n${indent}}`;
  const tools = memberSpan(text, text.indexOf("{"), "tools");
  if (tools.from === undefined)
    return insert(text, tools, `\n  "tools": {\n    "pin": ${value("    ")}\n  }`);
  const pin = memberSpan(text, tools.from, "pin");
  return pin.from === undefined
    ? insert(text, pin, `\n    "pin": ${value("    ")}`)
    : text.slice(0, pin.from) + value("    ") + text.slice(pin.to);
}

function pinValue(pin: Pin): string {
  if (typeof pin === "string") return JSON.stringify(pin);
  return `[${pin.map((hash) => JSON.stringify(hash)).join(", ")}]`;
}

/** The value of a member; without it, the end of the last member, or the index after `{` in an empty object. */
type Place = { from?: number; to: number; isEmpty: boolean };

function memberSpan(text: string, start: number, name: string): Place {
  let place: Place = { to: start + 1, isEmpty: true };
  eachProperty(text, start, (key, from) => {
    const to = endOfValue(text, from);
    if (key === name) place = { from, to, isEmpty: false };
    else if (place.from === undefined) place = { to, isEmpty: false };
    return to;
  });
  return place;
}

function insert(text: string, { to, isEmpty }: Place, member: string): string {
  const rest = text.slice(to);
  if (!isEmpty) return `${text.slice(0, to)},${member}${rest}`;
  const indent = /^\n( *)\S/.exec(member)?.[1]?.slice(2) ?? "";
  return `${text.slice(0, to)}${member}\n${indent}${rest.trimStart()}`;
}
