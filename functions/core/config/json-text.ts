// Reads JSON text (RFC 8259) strictly and remembers on which line each member stands. Beyond JSON.parse it refuses
// repeated keys (two readers may pick different ones: a rule could be read by people and ignored by the gateway) and
// deep nesting, and says what is wrong without quoting the text, which may hold secrets.
import { type ConfigFault, formatPath } from "./faults.ts";

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
