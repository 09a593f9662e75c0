// From the text of a configuration file to a checked configuration, or to all its faults at once; and to the one text that is
// measured, pushed and deployed for it.
import * as v from "valibot";
import { readJson } from "../json.ts";
import { isObject } from "./closed-object.ts";
import { type ConfigFault, formatPath, type Parsed } from "./faults.ts";
import { scanJson } from "./json-text.ts";

/** What a Standard SSM parameter holds at most; AWS charges for an Advanced one. */
export const STANDARD_PARAMETER_BYTES = 4096;
/** What an Advanced SSM parameter holds at most. */
export const MAX_PARAMETER_BYTES = 8192;
const MAX_FILE_CHARACTERS = 65_536;

// Deeper than any file without faults.
const MAX_DEPTH = 256;
// Parameter Store refuses `{{` in a value, CloudFormation resolves `{{resolve:…}}`, and the CDK takes `${Token[…]}` and `#{Token[…]}`
// for values of its own. In compact JSON these can stand in strings alone, where the escape means the same character.
const REFERENCE_START = /\{\{|(?<=[$#])\{/g;

/**
 * The text of a file in its SSM parameter, byte for byte: without white space and `$schema`, numbers as they were written, and nothing
 * in it that AWS or the CDK would take for a reference. Applied to its own result, it changes nothing.
 *
 * @param text valid JSON
 */
export function deployedText(text: string): string {
  return JSON.stringify(withoutSchema(readValue(text))).replace(REFERENCE_START, (braces) =>
    "\\u007b".repeat(braces.length),
  );
}

function readValue(text: string): unknown {
  return (readJson(text, { maxDepth: MAX_DEPTH }) as { value?: unknown }).value;
}

// The schema checks numbers as doubles, and faults those of which digits count.
function withDoubles(value: unknown): unknown {
  if (JSON.isRawJSON(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(withDoubles);
  if (!isObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withDoubles(member)]));
}

function withoutSchema(config: unknown): unknown {
  if (!isObject(config)) return config;
  const { $schema: _forEditors, ...rest } = config;
  return rest;
}

/** Reads a file that the schema describes. Never throws. */
export function parseConfig<Config>(text: string, schema: v.GenericSchema<unknown, Config>): Parsed<Config> {
  const unreadable = textFault(text);
  if (unreadable !== undefined) return { ok: false, faults: [{ path: "", message: unreadable }] };
  const scan = scanJson(text);
  if (scan.faults.some((fault) => fault.path === "")) return { ok: false, faults: scan.faults };
  const result = v.safeParse(schema, withDoubles(readValue(text)));
  const faults = [
    ...scan.faults,
    ...sizeFaults(text),
    ...(result.issues ?? []).flatMap((issue) => issueFaults(issue, [])),
  ];
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, config: result.output as Config };
}

function textFault(text: string): string | undefined {
  if (text.trim() === "") return `the file is empty. Start with {"$schema": …}.`;
  if (text.length > MAX_FILE_CHARACTERS) {
    return `expected at most ${MAX_PARAMETER_BYTES} bytes (what an SSM parameter holds), got ${text.length} characters. Shorten it.`;
  }
  if (text.startsWith("\uFEFF"))
    return "the file starts with a byte order mark. Save it as UTF-8 without one.";
  if (text.includes("\uFFFD")) return "the file holds bytes that are not UTF-8. Save it as UTF-8.";
  return undefined;
}

function sizeFaults(text: string): ConfigFault[] {
  const bytes = Buffer.byteLength(deployedText(text));
  if (bytes <= MAX_PARAMETER_BYTES) return [];
  const message = `expected at most ${MAX_PARAMETER_BYTES} bytes without white space (what an SSM parameter holds), got ${bytes}. Shorten it.`;
  return [{ path: "", message }];
}

type Issue = v.BaseIssue<unknown>;
type Key = string | number;

function issueFaults(issue: Issue, parents: readonly Key[]): ConfigFault[] {
  const keys = [...parents, ...(issue.path ?? []).map((item) => item.key as Key)];
  // In "a string or a list", a fault inside the list says more than "neither a string nor a list".
  const inner = (issue.issues ?? []).filter((option) => option.path !== undefined);
  if (inner.length > 0) return inner.flatMap((option) => issueFaults(option, keys));
  return [{ path: formatPath(keys), message: issue.message }];
}
