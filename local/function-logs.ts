// Writes the functions' output to one file per function, or to the terminal. Errors are always shown on the terminal.
import { createWriteStream, mkdirSync, type WriteStream } from "node:fs";
import { join } from "node:path";
import { terminalText } from "../functions/core/safe-text.ts";

// The maximum size of an event in CloudWatch.
const LINE_MAX_CHARS = 256 * 1024;

export type LogOptions = {
  readonly directory: string;
  /** Print every line instead of writing files. */
  readonly verbose: boolean;
  readonly print: (line: string) => void;
};

export type FunctionLogs = {
  write(functionName: string, line: string): void;
  /** Resolves when everything is written. */
  close(): Promise<void>;
};

export function openFunctionLogs({ directory, verbose, print }: LogOptions): FunctionLogs {
  const files = new Map<string, WriteStream>();
  if (!verbose) mkdirSync(directory, { recursive: true });
  const file = (label: string): WriteStream => {
    const open = files.get(label) ?? createWriteStream(join(directory, `${label}.log`), { flags: "a" });
    files.set(label, open);
    return open;
  };
  return {
    write(functionName, line) {
      const label = shortName(functionName);
      // The gateway's own lines are JSON without anything to escape; lines of the runtime or a library may contain text from a client.
      const shown = terminalText(line, LINE_MAX_CHARS);
      if (verbose || isWorthShowing(line)) print(`${label}: ${shown}`);
      if (!verbose) file(label).write(`${shown}\n`);
    },
    async close() {
      await Promise.all(
        [...files.values()].map((each) => new Promise<void>((resolve) => each.end(() => resolve()))),
      );
    },
  };
}

/** `GatewayAuthorizerFunction0908AFB6` -> `authorizer` */
export function shortName(functionName: string): string {
  const name = /^(?:Gateway)?(\w+?)(?:Function)?(?:[0-9A-F]{8})?$/.exec(functionName)?.[1];
  return (name ?? functionName).toLowerCase();
}

// Each rejected token ends in `throw new Error("Unauthorized")`, which the runtime logs as an error of the function.
function isWorthShowing(line: string): boolean {
  if (!/"level":\s*"(?:ERROR|FATAL|CRITICAL)"/.test(line) && line.startsWith("{")) return false;
  return !line.includes('"errorMessage":"Unauthorized"');
}
