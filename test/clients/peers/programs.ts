// Paths of the clients that prepare.ts installs, and functions that run a program to its end in the empty home of a client.
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { join } from "node:path";
import { SERVERS } from "../../examples/downstream/example-programs.ts";
import type { ClientHome } from "../client-home.ts";

const BUILT = join(import.meta.dirname, "../../../.local/clients");
const MODULES = join(import.meta.dirname, "node_modules");

/** The virtual environment of the Python clients. */
export const PYTHON = join(BUILT, "python");
/** The program of the Go SDK. */
export const GO_CLIENT = join(BUILT, "go-client");
/** An MCP server with the Go SDK. */
export const GO_SERVER = join(BUILT, "go-server");

export type Command = readonly [program: string, ...args: string[]];

export const CLAUDE_CODE: Command = [
  process.execPath,
  join(MODULES, "@anthropic-ai/claude-code/cli-wrapper.cjs"),
];
export const CODEX: Command = [process.execPath, join(MODULES, "@openai/codex/bin/codex.js")];
export const GEMINI_CLI: Command = [process.execPath, join(MODULES, "@google/gemini-cli/bundle/gemini.js")];
export const PYTHON_CLIENT: Command = [
  join(PYTHON, "bin/python"),
  "-B",
  join(import.meta.dirname, "python/client.py"),
];

/** A mounted FastMCP server. */
export const PYTHON_SERVER: Command = [
  join(PYTHON, "bin/python"),
  "-B",
  join(SERVERS, "python", "server.py"),
];

/** The output of a program, including standard error. */
export type Ended = { status: number | null; output: string };

/** @param onOutput called with all output so far whenever there is more */
export async function runClient(
  command: Command,
  home: ClientHome,
  args: readonly string[],
  onOutput: (output: string, program: ChildProcess) => void = () => {},
): Promise<Ended> {
  const [program, ...first] = command;
  const child = spawn(program, [...first, ...args], { cwd: home.directory, env: home.environment });
  let output = "";
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding("utf8").on("data", (chunk: string) => {
      output += chunk;
      onOutput(output, child);
    });
  }
  await once(child, "close");
  return { status: child.exitCode, output };
}

/** The same in a pseudo-terminal, for features that a client offers only in a TTY. */
export function inTerminal(command: Command): Command {
  const code = "import os, pty, sys; sys.exit(os.waitstatus_to_exitcode(pty.spawn(sys.argv[1:])))";
  return [join(PYTHON, "bin/python"), "-c", code, ...command];
}
