// `npm run config -- COMMAND`: works on the configuration files of a gateway.
// Exit codes: 0 all well, 1 faults in the configuration, 2 wrong use or unreadable files.
import { parseArgs, styleText } from "node:util";
import { expandCommand } from "./expand-command.ts";
import { type Command, type Terminal, UsageError } from "./terminal.ts";
import { validateCommand } from "./validate-command.ts";

const COMMANDS: Readonly<Record<string, Command>> = { validate: validateCommand, expand: expandCommand };

const USAGE = `Usage: npm run config -- COMMAND [DIR] [--json]

  validate [DIR]   report every fault of gateway.json and servers/*.json in DIR
  expand [DIR]     print the configuration with "descope" and all defaults written out

DIR is "config" unless given.
Exit codes: 0 all well, 1 faults in the configuration, 2 wrong use or unreadable files.
`;

/** Runs one command and returns the exit code. */
export function runConfig(args: readonly string[], terminal: Terminal): number {
  try {
    const { values, positionals } = parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        json: { type: "boolean", default: false },
        help: { type: "boolean", short: "h", default: false },
      },
    });
    if (values.help) {
      terminal.out(USAGE);
      return 0;
    }
    const [name, dir = "config", ...rest] = positionals;
    const command = name !== undefined && Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
    if (command === undefined)
      throw new UsageError(name === undefined ? "no command given" : `no such command: ${name}`);
    if (rest.length > 0) throw new UsageError(`one DIR at most, got also: ${rest.join(" ")}`);
    return command(dir, { json: values.json }, terminal);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.err(`${terminal.style("red", "error")}: ${error.message}\n`);
    if (error instanceof UsageError || error.name === "TypeError") terminal.err(`\n${USAGE}`);
    return 2;
  }
}

if (import.meta.main) {
  process.exitCode = runConfig(process.argv.slice(2), {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    style: styleText,
  });
}
