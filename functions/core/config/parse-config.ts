// From the text of a configuration file to a checked configuration, or to all its faults at once. Never throws.
import * as v from "valibot";
import { type ConfigFault, formatPath, type Parsed } from "./faults.ts";
import { scanJson } from "./json-text.ts";

/** What an SSM Advanced parameter holds at most. */
const MAX_PARAMETER_BYTES = 8192;
const MAX_FILE_CHARACTERS = 65_536;

/** The form that goes into an SSM parameter: without white space and `$schema`. Takes valid JSON only. */
export function deployedText(text: string): string {
  const { $schema: _forEditors, ...config } = JSON.parse(text);
  return JSON.stringify(config);
}

/** Reads a file that the schema describes. */
export function parseConfig<Config>(text: string, schema: v.GenericSchema<unknown, Config>): Parsed<Config> {
  const unreadable = textFault(text);
  if (unreadable !== undefined) return { ok: false, faults: [{ path: "", message: unreadable }] };
  const scan = scanJson(text);
  if (scan.faults.some((fault) => fault.path === "")) return { ok: false, faults: scan.faults };
  const result = v.safeParse(schema, JSON.parse(text));
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
  const bytes = Buffer.byteLength(JSON.stringify(JSON.parse(text)));
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
