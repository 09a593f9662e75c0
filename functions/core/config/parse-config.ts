// Parses a configuration file and reports all errors at once; and produces the compact text that is pushed and deployed.

import * as v from "valibot";
import { isJsonObject, readJson } from "../json.ts";
import { type ConfigFault, formatPath, type Parsed } from "./faults.ts";

/** Maximum size of a Standard SSM parameter. Advanced parameters are charged. */
export const STANDARD_PARAMETER_BYTES = 4096;
/** Maximum size of an Advanced SSM parameter. */
export const MAX_PARAMETER_BYTES = 8192;
const MAX_FILE_CHARACTERS = 65_536;

// Deeper than any valid file.
const MAX_DEPTH = 256;
// Parameter Store rejects `{{` in a value, CloudFormation resolves `{{resolve:…}}`, and the CDK resolves `${Token[…]}` and
// `#{Token[…]}`. In compact JSON these only occur in strings, where a character can be escaped.
const REFERENCE_START = /\{\{|(?<=[$#])\{/g;

/**
 * The text of a file in its SSM parameter: without white space and `$schema`, with numbers as written, and with everything escaped
 * that AWS or the CDK would resolve. Idempotent.
 *
 * @param text valid JSON
 */
export function deployedText(text: string): string {
  return deployedValue(readValue(text));
}

function deployedValue(value: unknown): string {
  return JSON.stringify(withoutSchema(value)).replace(REFERENCE_START, (braces) =>
    "\\u007b".repeat(braces.length),
  );
}

function readValue(text: string): unknown {
  return (readJson(text, { maxDepth: MAX_DEPTH }) as { value?: unknown }).value;
}

// The schema checks numbers as doubles, and rejects those that lose digits.
function withDoubles(value: unknown): unknown {
  if (JSON.isRawJSON(value)) return Number(value.rawJSON);
  if (Array.isArray(value)) return value.map(withDoubles);
  if (!isJsonObject(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([key, member]) => [key, withDoubles(member)]));
}

function withoutSchema(config: unknown): unknown {
  if (!isJsonObject(config)) return config;
  const { $schema: _forEditors, ...rest } = config;
  return rest;
}

/** Parses a file by its schema. Never throws. */
export function parseConfig<Config>(text: string, schema: v.GenericSchema<unknown, Config>): Parsed<Config> {
  const unreadable = textFault(text);
  if (unreadable !== undefined) return { ok: false, faults: [{ path: "", message: unreadable }] };
  const read = readJson(text);
  // The scanner says where an error is; it is slower, and a function reads every parameter in its cold start.
  const textFaults = read.ok ? [] : scanJson(text).faults;
  if (textFaults.some((fault) => fault.path === "")) return { ok: false, faults: textFaults };
  const value = read.ok ? read.value : readValue(text);
  const result = v.safeParse(schema, withDoubles(value));
  const faults = [
    ...textFaults,
    ...sizeFaults(value),
    ...(result.issues ?? []).flatMap((issue) => issueFaults(issue, [])),
  ];
  if (faults.length > 0) return { ok: false, faults };
  return { ok: true, config: result.output as Config };
}

function textFault(text: string): string | undefined {
  if (text.trim() === "") return `the file is empty. Start with {"$schema": …}.`;
  if (text.length > MAX_FILE_CHARACTERS) {
    return `expected at most ${MAX_PARAMETER_BYTES} bytes (the limit of an SSM parameter), got ${text.length} characters. Shorten it.`;
  }
  if (text.startsWith("\uFEFF"))
    return "the file starts with a byte order mark. Save it as UTF-8 without one.";
  if (text.includes("\uFFFD")) return "the file is not valid UTF-8. Save it as UTF-8.";
  return undefined;
}

function sizeFaults(value: unknown): ConfigFault[] {
  const bytes = Buffer.byteLength(deployedValue(value));
  if (bytes <= MAX_PARAMETER_BYTES) return [];
  const message = `expected at most ${MAX_PARAMETER_BYTES} bytes without white space (the limit of an SSM parameter), got ${bytes}. Shorten it.`;
  return [{ path: "", message }];
}

type Issue = v.BaseIssue<unknown>;
type Key = string | number;

function issueFaults(issue: Issue, parents: readonly Key[]): ConfigFault[] {
  const keys = [...parents, ...(issue.path ?? []).map((item) => item.key as Key)];
  // For "a string or a list", an error inside the list is more helpful than "neither a string nor a list".
  const inner = (issue.issues ?? []).filter((option) => option.path !== undefined);
  if (inner.length > 0) return inner.flatMap((option) => issueFaults(option, keys));
  return [{ path: formatPath(keys), message: issue.message }];
}

// A strict JSON scanner (RFC 8259) that records the line of each member. Unlike JSON.parse, it rejects deep nesting and repeated keys
// (parsers pick different ones: the gateway could ignore a rule that a reader sees), and its messages never quote the text, which may
// contain secrets.

/** Lines in a JSON text, counted from 1, by path as in ConfigFault. */
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

/** Finds syntax errors, repeated keys and the lines of all members. Never throws. */
export function scanJson(text: string, maxDepth = 64): { faults: ConfigFault[]; lines: JsonLines } {
  const scan: Scan = { text, offset: 0, lines: new Map(), repeated: [], maxDepth };
  try {
    scanValue(scan, []);
    if (scan.offset < text.length) fail(scan, "the end of the file after the closing brace");
    return { faults: scan.repeated, lines: scan.lines };
  } catch (error) {
    // Only the errors thrown below: the depth is limited, so the stack cannot overflow.
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
    message: `this key occurs twice in the same object, on ${first === line ? `line ${line}` : `lines ${first} and ${line}`}. Keep one of them.`,
  };
}

function position(text: string, offset: number): { line: number; column: number } {
  const before = text.slice(0, offset).split("\n");
  return { line: before.length, column: (before.at(-1) as string).length + 1 };
}
