// `npm run config -- COMMAND`: checks the configuration files of a gateway and deploys them to SSM.
// Exit codes: 0 success, 1 invalid configuration or push not done, 2 usage error, or files or SSM not accessible.
import { createInterface } from "node:readline/promises";
import { commandText } from "../infra/package-paths.ts";
import { blockCommand, blockedCommand } from "./block-command.ts";
import { checkCommand } from "./check-command.ts";
import { defaultConfigDir } from "./deployed-config.ts";
import { diffCommand } from "./diff-command.ts";
import { expandCommand } from "./expand-command.ts";
import { pinCommand } from "./pin-command.ts";
import { pushCommand } from "./push-command.ts";
import {
  type Command,
  type CommandOptions,
  meantText,
  processTerminal,
  readArgs,
  runGuarded,
  type Terminal,
  UsageError,
} from "./terminal.ts";
import { validateCommand } from "./validate-command.ts";

const WHERE = ["prefix", "local", "port", "server"] as const;
const BLOCK_TERMS = ["until", "reason"] as const;

/** A command, and the options that it accepts besides `--json`. */
type ConfigCommand = {
  run: (names: readonly string[], options: CommandOptions, terminal: Terminal) => Promise<number>;
  takes: readonly (keyof CommandOptions)[];
};

const COMMANDS: Readonly<Record<string, ConfigCommand>> = {
  validate: { run: onDirectory(validateCommand), takes: [] },
  expand: { run: onDirectory(expandCommand), takes: [] },
  diff: { run: onDirectory(diffCommand), takes: WHERE },
  push: { run: onDirectory(pushCommand), takes: [...WHERE, "yes", "force"] },
  check: { run: checkCommand, takes: ["server"] },
  block: { run: (...given) => blockCommand("block", ...given), takes: [...WHERE, "yes", ...BLOCK_TERMS] },
  unblock: { run: (...given) => blockCommand("unblock", ...given), takes: [...WHERE, "yes"] },
  blocked: { run: withoutArguments("blocked", blockedCommand), takes: WHERE },
  pin: { run: pinCommand, takes: ["local", "port", "tools", "list", "token-file", "yes"] },
};

function onDirectory(command: Command): ConfigCommand["run"] {
  return ([dir, ...rest], options, terminal) => {
    if (rest.length > 0) throw new UsageError(`expected at most one DIR, but also got: ${rest.join(" ")}`);
    return command(dir ?? defaultConfigDir(options), options, terminal);
  };
}

function withoutArguments(
  name: string,
  command: (options: CommandOptions, terminal: Terminal) => Promise<number>,
): ConfigCommand["run"] {
  return (names, options, terminal) => {
    if (names.length > 0) throw new UsageError(`${name} accepts no arguments, but got: ${names.join(" ")}`);
    return command(options, terminal);
  };
}

const USAGE = `Usage: ${commandText("config", "COMMAND [DIR] [--json]")}

  validate [DIR]   report every error in gateway.json and servers/*.json of DIR
  check [SERVER]   call the server, or each enabled server, from this machine and report what is wrong; also accepts DIR
  expand [DIR]     print the configuration with "descope" and all defaults written out
  diff [DIR]       show what push would change, and which servers it would lock callers out of
  push [DIR]       show the change, prompt, and write the configuration to SSM
  block CLAIM=VALUE… [DIR]    deny callers although their tokens are valid, such as sub=U2abc; writes SSM, then the file in DIR
  unblock CLAIM=VALUE… [DIR]  undo block
  blocked          list the blocked callers
  pin SERVER [DIR] show which tools of the server are new or have changed, prompt, and write their hashes into servers/SERVER.json

DIR defaults to "config"; with --local, to the directory that the gateway was started with. diff, push, block, unblock and
blocked need --prefix or --local.

  --prefix P       SSM path of the gateway's configuration, such as /mcp-gateway/prod
  --local          use the gateway that ${commandText("local")} runs; with pin: call the server where that gateway calls it
  --port N         with --local: the gateway on port N, if several run
  --server S       only servers/S.json; with block: block at this server only
  --until T        block: end, as a date (2026-12-31, including that day in UTC) or a date-time
  --reason R       block: reason, for the log
  --tools GLOB     pin: only tools with these names; several are possible
  --token-file F   pin: send the bearer token in F to the server
  --list F         pin: read the response to tools/list from F instead of calling the server; one for each protocol revision
  --yes            push, block, unblock, pin: write without a prompt
  --force          push: write even if all callers would be locked out
  --json           print JSON

Exit codes: 0 success, 1 invalid configuration or push not done, 2 usage error, or files or SSM not accessible.
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
  tools: { type: "string", multiple: true },
  list: { type: "string", multiple: true },
  "token-file": { type: "string" },
  yes: { type: "boolean", short: "y" },
  force: { type: "boolean" },
} as const;

export function runConfig(args: readonly string[], unguarded: Terminal): Promise<number> {
  return runGuarded(unguarded, commandText("config", "--help"), async (terminal) => {
    const { values, positionals } = readArgs({ args: [...args], allowPositionals: true, options: OPTIONS });
    const { help, ...options } = values;
    if (help) {
      terminal.out(USAGE);
      return 0;
    }
    const [name, ...names] = positionals;
    if (name === undefined) throw new UsageError("no command given");
    const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined)
      throw new UsageError(`unknown command: ${name}${meantText(name, Object.keys(COMMANDS))}`);
    rejectOthers(name, options, command.takes);
    return command.run(names, options, terminal);
  });
}

function rejectOthers(name: string, options: CommandOptions, takes: readonly (keyof CommandOptions)[]): void {
  const given = Object.keys(options) as (keyof CommandOptions)[];
  const strange = given.find((option) => option !== "json" && !takes.includes(option));
  if (strange !== undefined) throw new UsageError(`${name} does not accept --${strange}`);
}

async function promptUser(question: string): Promise<string> {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  try {
    return await lines.question(question);
  } finally {
    lines.close();
  }
}

export async function main(args: readonly string[]): Promise<void> {
  process.exitCode = await runConfig([...args], {
    ...processTerminal(),
    ...(process.stdin.isTTY && process.stdout.isTTY && { ask: promptUser }),
  });
}

if (import.meta.main) await main(process.argv.slice(2));
