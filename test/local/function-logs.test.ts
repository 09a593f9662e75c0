// Function logs: files by function, errors on the terminal as well.
import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, expect, test } from "vitest";
import { openFunctionLogs, shortName } from "../../local/function-logs.ts";

let directory: string;
let printed: string[];
beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), "logs-"));
  printed = [];
});
afterEach(() => rm(directory, { recursive: true }));

const INFO = '{"level":"INFO","message":"request"}';
const ERROR = '{"level":"ERROR","message":"bad"}';

test("every line is written to the function's file; errors and plain text are shown too", async () => {
  const logs = openFunctionLogs({ directory, verbose: false, print: (line) => printed.push(line) });
  for (const line of [INFO, ERROR, "Error: plain"]) logs.write("GatewayProxyFunctionB4E51D9B", line);
  await logs.close();
  expect(await readFile(join(directory, "proxy.log"), "utf8")).toBe(`${INFO}\n${ERROR}\nError: plain\n`);
  expect(printed).toEqual([`proxy: ${ERROR}`, "proxy: Error: plain"]);
});

test("the runtime's line for a denied token is not shown as an error", async () => {
  const logs = openFunctionLogs({ directory, verbose: false, print: (line) => printed.push(line) });
  logs.write(
    "f",
    '{"level":"ERROR","message":"Invoke Error","errorType":"Error","errorMessage":"Unauthorized"}',
  );
  await logs.close();
  expect(printed).toEqual([]);
});

test("verbose shows all lines and writes no files", async () => {
  const logs = openFunctionLogs({ directory, verbose: true, print: (line) => printed.push(line) });
  logs.write("GatewayProxyFunctionB4E51D9B", INFO);
  await logs.close();
  expect(printed).toEqual([`proxy: ${INFO}`]);
  await expect(readFile(join(directory, "proxy.log"))).rejects.toThrow("ENOENT");
});

test.each([
  ["GatewayAuthorizerFunction0908AFB6", "authorizer"],
  ["MyOwn", "myown"],
])("the function %s is called %s in the log", (name, expected) => {
  expect(shortName(name)).toBe(expected);
});

test.each([true, false])("no line contains control characters (verbose: %s)", async (verbose) => {
  const logs = openFunctionLogs({ directory, verbose, print: (line) => printed.push(line) });
  logs.write("f", "Error: a\u001b[2J\u009b1m\r\u202eb\u2028");
  await logs.close();
  const shown = "Error: a\\u{1b}[2J\\u{9b}1m\\u{d}\\u{202e}b\\u{2028}";
  expect(printed).toEqual([`f: ${shown}`]);
  if (!verbose) expect(await readFile(join(directory, "f.log"), "utf8")).toBe(`${shown}\n`);
});
