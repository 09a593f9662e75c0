// What a command may do with the terminal, what it may be told, and how it says that it was called wrongly.
import { styleText } from "node:util";
import { terminalOutput } from "../functions/core/safe-text.ts";

/** Output of a command; `style` leaves text as it is where colours are not shown. */
export type Terminal = {
  out: (text: string) => void;
  err: (text: string) => void;
  style: (format: Parameters<typeof styleText>[0], text: string) => string;
  /** Asks whoever sits there; undefined where nobody does. */
  ask?: (question: string) => Promise<string>;
};

/** What the commands of `config` may be told. */
export type CommandOptions = {
  json: boolean;
  /** SSM path of the deployed configuration */
  prefix?: string;
  /** the running local gateway in place of SSM */
  local?: boolean;
  /** port of the local gateway, where several run */
  port?: string;
  /** one server in place of everything */
  server?: string;
  /** when a block ends */
  until?: string;
  /** why somebody is blocked */
  reason?: string;
  /** write without asking */
  yes?: boolean;
  /** write although callers of today would be locked out */
  force?: boolean;
};

/** A command on a configuration directory; gives the exit code. */
export type Command = (dir: string, options: CommandOptions, terminal: Terminal) => Promise<number>;

/** Wrong arguments: shown with the usage text, exit code 2. */
export class UsageError extends Error {}

/** Whether an error means wrong arguments: ours, or one of `parseArgs`. */
export function isUsageError(error: Error): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return error instanceof UsageError || String(code).startsWith("ERR_PARSE_ARGS_");
}

/** The terminal of this process. */
export function processTerminal(): Terminal {
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    style: styleText,
  };
}

/** A terminal that gets no control characters but line breaks and colours, whatever is printed. */
export function guarded(terminal: Terminal): Terminal {
  return {
    ...terminal,
    out: (text) => terminal.out(terminalOutput(text)),
    err: (text) => terminal.err(terminalOutput(text)),
  };
}
