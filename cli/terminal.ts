// Terminal output, options and usage errors of the commands.
import { readFileSync } from "node:fs";
import { type ParseArgsConfig, parseArgs, styleText } from "node:util";
import { nearestName } from "../functions/core/config/faults.ts";
import { terminalOutput } from "../functions/core/safe-text.ts";

/** Output of a command; `style` returns plain text if colours are off. */
export type Terminal = {
  out: (text: string) => void;
  err: (text: string) => void;
  style: (format: Parameters<typeof styleText>[0], text: string) => string;
  /** Prompts the user; undefined without a TTY. */
  ask?: (question: string) => Promise<string>;
};

/** Options of the `config` commands. */
export type CommandOptions = {
  json: boolean;
  /** SSM path of the deployed configuration */
  prefix?: string;
  /** use the running local gateway instead of SSM */
  local?: boolean;
  /** port of the local gateway, if several run */
  port?: string;
  /** only this server */
  server?: string;
  /** when a block ends */
  until?: string;
  /** why a caller is blocked */
  reason?: string;
  /** write without a prompt */
  yes?: boolean;
  /** globs over the names of tools */
  tools?: string[];
  /** files with a server's responses to tools/list */
  list?: string[];
  /** a file with a bearer token for the server */
  "token-file"?: string;
  /** write even if all callers would be locked out */
  force?: boolean;
};

/** A command on a configuration directory; returns the exit code. */
export type Command = (dir: string, options: CommandOptions, terminal: Terminal) => Promise<number>;

/** Invalid arguments: printed with the command that prints the usage text, exit code 2. */
export class UsageError extends Error {}

/** Node's `parseArgs`. @throws UsageError, with the nearest option if one is unknown */
export function readArgs<const Config extends ParseArgsConfig>(
  config: Config,
): ReturnType<typeof parseArgs<Config>> {
  try {
    return parseArgs(config);
  } catch (cause) {
    // Node's advice about positional arguments follows the first sentence.
    const [message] = (cause as Error).message.split(". ");
    const [, unknown] = /^Unknown option '--([^']+)'/.exec(String(message)) ?? [];
    const known = Object.keys(config.options ?? {});
    throw new UsageError(`${message}${unknown === undefined ? "" : meantText(unknown, known, "--")}`, {
      cause,
    });
  }
}

/** Advice for a misspelt name, or an empty text. */
export function meantText(name: string, known: readonly string[], prefix = ""): string {
  const nearest = nearestName(name, known);
  return nearest === undefined ? "" : `. Did you mean ${prefix}${nearest}?`;
}

/** Text of a file that an option names. @throws Error that names the file */
export function readInputFile(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    throw new Error(code === "ENOENT" ? `no such file: ${file}` : `${file} could not be read: ${code}`, {
      cause,
    });
  }
}

/** The process's own terminal. A command completes even if its reader has closed the pipe, as `head` does. */
export function processTerminal(): Terminal {
  process.stdout.on("error", (error: NodeJS.ErrnoException) => {
    if (error.code !== "EPIPE") throw error;
  });
  return {
    out: (text) => process.stdout.write(text),
    err: (text) => process.stderr.write(text),
    style: styleText,
  };
}

/**
 * Runs a command and prints its error.
 *
 * @param help the command that prints the usage text, named after a usage error
 * @returns the command's exit code; 2 after an error
 */
export async function runGuarded(
  unguarded: Terminal,
  help: string,
  run: (terminal: Terminal) => Promise<number>,
): Promise<number> {
  const terminal = guarded(unguarded);
  try {
    return await run(terminal);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    terminal.err(`${terminal.style("red", "error")}: ${error.message}\n`);
    if (error instanceof UsageError) terminal.err(`To list the options: ${help}\n`);
    return 2;
  }
}

/** @throws UsageError if a prompt is needed and cannot be answered */
export function checkPrompt({ yes, json }: CommandOptions, { ask }: Terminal): void {
  if (!yes && (json || ask === undefined))
    throw new UsageError("cannot prompt: no TTY, or --json was given. Add --yes to write without a prompt");
}

/** Prompts for a yes or no; true without a prompt if `--yes` was given. */
export async function agrees(question: string, { yes }: CommandOptions, { ask }: Terminal): Promise<boolean> {
  if (yes || ask === undefined) return true;
  return /^y(es)?$/i.test((await ask(`\n${question} [y/N] `)).trim());
}

/** The token in the text of an option or file, without a scheme that was copied with it. */
export function bareToken(text: string): string {
  return text.trim().replace(/^bearer +/i, "");
}

/** A terminal that removes control characters except line breaks and colours. */
function guarded(terminal: Terminal): Terminal {
  return {
    ...terminal,
    out: (text) => terminal.out(terminalOutput(text)),
    err: (text) => terminal.err(terminalOutput(text)),
  };
}
