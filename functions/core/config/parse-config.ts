// From the text of a configuration file to a checked configuration, or to all its faults at once; and to the one text that is
// measured, pushed and deployed for it.

import * as v from "valibot";
import { readJson } from "../json.ts";
import { type ConfigFault, formatPath, type Parsed } from "./faults.ts";
import { isObject } from "./fields.ts";

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

// Reads JSON text (RFC 8259) strictly and remembers on which line each member stands. Beyond JSON.parse it rejects
// repeated keys (two readers may pick different ones: a rule could be read by people and ignored by the gateway) and
// deep nesting, and says what is wrong without quoting the text, which may hold secrets.

/** Where things stand in a JSON text: path as in ConfigFault to line, counted from 1. */
export type JsonLines = ReadonlyMap<string, number>;

type Scan = {
  text: string;
  offset: number;
  lines: Map<string, number>;
  repeated: ConfigFault[];
  maxDepth: number;
};

const STRING = /"(?:[\x20\x21\x23-\x5b\x5d-\uffff]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*"/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const WORD = /true|false|null/y;
const SPACE = /[ \t\n\r]*/y;

/** Finds syntax faults, repeated keys and the lines of all members. Never throws. */
export function scanJson(text: string, maxDepth = 64): { faults: ConfigFault[]; lines: JsonLines } {
  const scan: Scan = { text, offset: 0, lines: new Map(), repeated: [], maxDepth };
  try {
    scanValue(scan, []);
    if (scan.offset < text.length) fail(scan, "the end of the file after the closing brace");
    return { faults: scan.repeated, lines: scan.lines };
  } catch (error) {
    // Only the throws below can get here: depth is bounded, so the stack is too.
    const { message: reason } = error as Error;
    const { line, column } = position(text, scan.offset);
    const message = `not valid JSON at line ${line}, column ${column}: ${reason}`;
    return { faults: [{ path: "", message, line }], lines: scan.lines };
  }
}

function scanValue(scan: Scan, path: (string | number)[]): void {
  if (path.length > scan.maxDepth) throw new Error(`nested deeper than ${scan.maxDepth} levels.`);
  skip(scan, SPACE);
  scan.lines.set(formatPath(path), position(scan.text, scan.offset).line);
  const first = scan.text[scan.offset];
  if (first === "{") scanObject(scan, path);
  else if (first === "[") scanArray(scan, path);
  else if (!skip(scan, STRING) && !skip(scan, NUMBER) && !skip(scan, WORD)) fail(scan, "a value");
  skip(scan, SPACE);
}

function scanObject(scan: Scan, path: (string | number)[]): void {
  const seen = new Set<string>();
  scanItems(scan, "}", () => {
    const start = scan.offset;
    if (!skip(scan, STRING)) fail(scan, "a key in double quotes");
    const key: string = JSON.parse(scan.text.slice(start, scan.offset));
    const keyPath = [...path, key];
    if (seen.has(key)) scan.repeated.push(repeatedKey(scan, start, keyPath));
    seen.add(key);
    skip(scan, SPACE);
    expectChar(scan, ":");
    scanValue(scan, keyPath);
  });
}

function scanArray(scan: Scan, path: (string | number)[]): void {
  let index = 0;
  scanItems(scan, "]", () => scanValue(scan, [...path, index++]));
}

function scanItems(scan: Scan, close: "}" | "]", scanItem: () => void): void {
  scan.offset++;
  skip(scan, SPACE);
  if (scan.text[scan.offset] === close) {
    scan.offset++;
    return;
  }
  for (;;) {
    scanItem();
    if (scan.text[scan.offset] !== ",") break;
    scan.offset++;
    skip(scan, SPACE);
    if (scan.text[scan.offset] === close) throw new Error(`a comma before "${close}". Remove the comma.`);
  }
  expectChar(scan, close);
}

function expectChar(scan: Scan, char: string): void {
  if (scan.text[scan.offset] !== char) fail(scan, char === ":" ? `":" after the key` : `"," or "${char}"`);
  scan.offset++;
}

function skip(scan: Scan, pattern: RegExp): boolean {
  pattern.lastIndex = scan.offset;
  if (!pattern.test(scan.text)) return false;
  scan.offset = pattern.lastIndex;
  return true;
}

function fail(scan: Scan, expected: string): never {
  throw new Error(`expected ${expected}, got ${describeNext(scan.text, scan.offset)}.`);
}

function describeNext(text: string, offset: number): string {
  const next = text.slice(offset, offset + 2);
  if (next === "") return "the end of the file";
  if (next === "//" || next === "/*") return "a comment, which JSON does not have. Remove it";
  if (next.startsWith("'")) return "a single quote. Use double quotes";
  if (next.startsWith('"'))
    return "a string (is a comma missing, or a quote, or is there a line break or a bad \\ inside it?)";
  return JSON.stringify(String.fromCodePoint(text.codePointAt(offset) as number));
}

function repeatedKey(scan: Scan, offset: number, path: (string | number)[]): ConfigFault {
  const { line } = position(scan.text, offset);
  const first = scan.lines.get(formatPath(path));
  return {
    path: formatPath(path),
    line,
    message: `this key stands twice in the same object, on ${first === line ? `line ${line}` : `lines ${first} and ${line}`}. Keep one of them.`,
  };
}

function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) as string).length + 1 };
}
