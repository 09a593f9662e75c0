// What a command may do with the terminal, and how it says that it was called wrongly.
import type { styleText } from "node:util";

/** Output of a command; `style` leaves text as it is where colours are not shown. */
export type Terminal = {
  out: (text: string) => void;
  err: (text: string) => void;
  style: (format: Parameters<typeof styleText>[0], text: string) => string;
};

/** A command on a configuration directory; returns the exit code. */
export type Command = (dir: string, options: { json: boolean }, terminal: Terminal) => number;

/** Wrong arguments: shown with the usage text, exit code 2. */
export class UsageError extends Error {}
