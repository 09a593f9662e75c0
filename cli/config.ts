// `npm run config -- COMMAND`: works on the configuration files of a gateway, and on what is deployed of them.
// Exit codes: 0 all well, 1 faults in the configuration or a push refused, 2 wrong use, or files or SSM out of reach.
import { createInterface } from "node:readline/promises";
import { parseArgs } from "node:util";
import { commandText } from "../infra/package-paths.ts";
import { blockCommand, blockedCommand } from "./block-command.ts";
import { checkCommand } from "./check-command.ts";
import { localConfigDir } from "./deployed-config.ts";
import { diffCommand } from "./diff-command.ts";
import { expandCommand } from "./expand-command.ts";
import { pushCommand } from "./push-command.ts";
import {
  type Command,
  type CommandOptions,
  guarded,
  isUsageError,
  processTerminal,
  type Terminal,
  UsageError,
} from "./terminal.ts";
import { validateCommand } from "./validate-command.ts";

const WHERE = ["prefix", "local", "port", "server"] as const;
const BLOCK_TERMS = ["until", "reason"] as const;
const COMMANDS: Readonly<Record<string, { run: Command; takes: readonly (keyof CommandOptions)[] }>> = {
  validate: { run: validateCommand, takes: [] },
  expand: { run: expandCommand, takes: [] },
  diff: { run: diffCommand, takes: WHERE },
  push: { run: pushCommand, takes: [...WHERE, "yes", "force"] },
};

const USAGE = `Usage: ${commandText("config")} COMMAND [DIR] [--json]

  validate [DIR]   report every fault of gateway.json and servers/*.json in DIR
  check [SERVER]   call the server, or each enabled one, from here, and say what is wrong; also takes DIR
  expand [DIR]     print the configuration with "descope" and all defaults written out
  diff [DIR]       show what push would change, and whom it would lock out
  push [DIR]       write the configuration into SSM, after showing the change and asking
  block CLAIM=VALUE… [DIR]    deny callers at once although their tokens are valid, such as sub=U2abc; writes SSM, then the file in DIR
  unblock CLAIM=VALUE… [DIR]  take that back
  blocked          list who is blocked

DIR is "config" unless given; with --local, what the gateway was started with. For the commands but validate and expand:

  --prefix P       SSM path of the gateway's configuration, such as /mcp-gateway/prod
  --local          the gateway that npm start runs, in place of --prefix
  --port N         with --local: the one on port N, where several run
  --server S       servers/S.json alone; with block: at this server alone
  --until T        block: ends at a date (2026-12-31, that day in UTC included) or a date-time
  --reason R       block: why, for the log
  --yes            push, block, unblock: write without asking
  --force          push: write although everybody would be locked out

Exit codes: 0 all well, 1 faults in the configuration or a push refused, 2 wrong use, or files or SSM out of reach.
`;

const OPTIONS = {
  json: { type: "boolean", default: false },
  help: { type: "boolean", short: "h", default: false },
  prefix: { type: "string" },
  local: { type: "boolean" },
  port: { type: "string" },
  server: { type: "string" },
  until: { type: "string" },
  reason: { type: "string" },
  yes: { type: "boolean", short: "y" },
  force: { type: "boolean" },
} as const;

/** Runs one command and gives the exit code. */
export async function runConfig(args: readonly string[], unguarded: Terminal): Promise<number> {
  const terminal = guarded(unguarded);
  try {
    const { values, positionals } = parseArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    const { help, ...options } = values;
    if (help) {
      terminal.out(USAGE);
      return 0;
    }
    const [name, ...names] = positionals;
    if (name === "check") {
      rejectOthers(name, options, ["server"]);
      return await checkCommand(names, options, terminal);
    }
    if (name === "block" || name === "unblock") {
      rejectOthers(name, options, [...WHERE, "yes", ...(name === "block" ? BLOCK_TERMS : [])]);
      return await blockCommand(name, names, options, terminal);
    }
    if (name === "blocked") {
      rejectOthers(name, options, WHERE);
      if (names.length > 0) throw new UsageError(`blocked takes no arguments, got: ${names.join(" ")}`);
      return await blockedCommand(options, terminal);
    }
    const [givenDir, ...rest] = names;
    const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined)
      throw new UsageError(name === undefined ? "no command given" : `no such command: ${name}`);
    if (rest.length > 0) throw new UsageError(`one DIR at most, got also: ${rest.join(" ")}`);
    rejectOthers(String(name), options, command.takes);
    const isLocal = options.local === true && options.prefix === undefined;
    const dir = givenDir ?? (isLocal ? localConfigDir(options.port) : "config");
    return await command.run(dir, options, terminal);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.err(`${terminal.style("red", "error")}: ${error.message}\n`);
    if (isUsageError(error)) terminal.err(`\n${USAGE}`);
    return 2;
  }
}

function rejectOthers(name: string, options: CommandOptions, takes: readonly (keyof CommandOptions)[]): void {
  const given = Object.keys(options) as (keyof CommandOptions)[];
  const strange = given.find((option) => option !== "json" && !takes.includes(option));
  if (strange !== undefined) throw new UsageError(`${name} takes no --${strange}`);
}

async function askPerson(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

/** The command on this process's terminal. */
export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runConfig([...args], {
    ...processTerminal(),
    ...(process.stdin.isTTY && process.stdout.isTTY && { ask: askPerson }),
  });
}

if (import.meta.main) await main(process.argv.slice(2));
