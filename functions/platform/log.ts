// Structured log lines for CloudWatch, one JSON object each. Never pass tokens, secrets or claim values. AWS Powertools would do the
// same, but its Logger took a sixth of the time to load a function, and its Metrics write extra lines.
import { jsonText } from "../core/safe-text.ts";

/** Writes one line. `metrics` are members in CloudWatch's embedded metric format. */
export type WriteLine = (
  message: string,
  fields?: Record<string, unknown>,
  metrics?: Record<string, unknown>,
) => void;

export type Log = { info: WriteLine; warn: WriteLine; error: WriteLine };

const LEVELS = ["INFO", "WARN", "ERROR"] as const;

/**
 * Opens the log of a function: one JSON object per line on standard output.
 *
 * @param service the function's name in every line
 * @param write writes a line; replaced in tests
 * @see https://docs.aws.amazon.com/lambda/latest/dg/nodejs-logging.html (`AWS_LAMBDA_LOG_LEVEL`: lines below it are omitted)
 */
export function createLog(
  service: string,
  write: (line: string) => void = (line) => process.stdout.write(line),
): Log {
  const lowest = lowestLevel(process.env["AWS_LAMBDA_LOG_LEVEL"]);
  const at = (rank: number): WriteLine => {
    return (message, fields, metrics) => {
      if (rank < lowest) return;
      const line = {
        level: LEVELS[rank],
        service: `mcp-gateway-${service}`,
        message,
        timestamp: new Date().toISOString(),
        xray_trace_id: traceId(),
        ...fields,
        ...metrics,
      };
      write(`${jsonText(line)}\n`);
    };
  };
  return { info: at(0), warn: at(1), error: at(2) };
}

// Lambda's levels below INFO enable all lines, FATAL none.
function lowestLevel(name: string | undefined): number {
  if (name === "FATAL") return LEVELS.length;
  return Math.max(0, (LEVELS as readonly (string | undefined)[]).indexOf(name));
}

/** The X-Ray trace of the invocation: `Root=1-…;Parent=…` without the rest. */
function traceId(): string | undefined {
  const header = process.env["_X_AMZN_TRACE_ID"];
  if (header === undefined) return undefined;
  const end = header.indexOf(";");
  return header.slice(header.startsWith("Root=") ? 5 : 0, end === -1 ? undefined : end);
}
