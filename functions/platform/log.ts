// Structured log lines for CloudWatch. Tokens, secrets and claim values never come here: callers pass names, reasons and sizes.
// Written by hand: a logging library took a sixth of the time to load a function and half of a warm decision's.

import { jsonText } from "../core/safe-text.ts";

/** Writes one line. `members` are more of its members, as JSON without braces: what was written as text already. */
export type WriteLine = (message: string, fields?: Record<string, unknown>, members?: string) => void;

/** What the rest of the code needs of a logger; tests pass their own. */
export type Log = { info: WriteLine; warn: WriteLine; error: WriteLine };

const LEVELS = ["INFO", "WARN", "ERROR"] as const;

/**
 * Opens the log of a function: one JSON object to the line, on standard output, where Lambda takes it as it is.
 *
 * @param service the function's name in every line
 * @param write takes whole lines; replaced in tests
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html (`AWS_LAMBDA_LOG_LEVEL`: lines below it are left out)
 */
export function createLog(
  service: string,
  write: (line: string) => void = (line) => process.stdout.write(line),
): Log {
  const lowest = lowestLevel(process.env["AWS_LAMBDA_LOG_LEVEL"]);
  const at = (rank: number): WriteLine => {
    const beginning = `{"level":"${LEVELS[rank]}","service":"mcp-gateway-${service}","message":`;
    return (message, fields, members) => {
      if (rank < lowest) return;
      let line = `${beginning}${jsonText(message)},"timestamp":"${new Date().toISOString()}"`;
      const trace = traceId();
      if (trace !== undefined) line += `,"xray_trace_id":${jsonText(trace)}`;
      const more = fields === undefined ? "{}" : jsonText(fields);
      if (more !== "{}") line += `,${more.slice(1, -1)}`;
      if (members !== undefined) line += `,${members}`;
      write(`${line}}\n`);
    };
  };
  return { info: at(0), warn: at(1), error: at(2) };
}

// Lambda's levels below INFO mean all lines, FATAL means none.
function lowestLevel(name: string | undefined): number {
  if (name === "FATAL") return LEVELS.length;
  return Math.max(0, (LEVELS as readonly (string | undefined)[]).indexOf(name));
}

/** The trace that the invocation belongs to, as the line's link to X-Ray: `Root=1-…;Parent=…` without the rest. */
function traceId(): string | undefined {
  const header = process.env["_X_AMZN_TRACE_ID"];
  if (header === undefined) return undefined;
  const end = header.indexOf(";");
  return header.slice(header.startsWith("Root=") ? 5 : 0, end === -1 ? undefined : end);
}
