// What a command may do with the terminal, what it may be told, and how it says that it was called wrongly.
import type { styleText } from "node:util";

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
  /** write without asking */
  yes?: boolean;
  /** write although callers of today would be locked out */
  force?: boolean;
};

/** A command on a configuration directory; gives the exit code. */
export type Command = (dir: string, options: CommandOptions, terminal: Terminal) => Promise<number>;

/** Wrong arguments: shown with the usage text, exit code 2. */
export class UsageError extends Error {}
