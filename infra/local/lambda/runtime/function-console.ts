// console.* of a function in the two log formats of Lambda: JSON lines, or tab-separated text. One record is one line on
// standard output.
import { format } from "node:util";

const LEVELS = {
  trace: "TRACE",
  debug: "DEBUG",
  log: "INFO",
  info: "INFO",
  warn: "WARN",
  error: "ERROR",
} as const;

/** Replaces console's methods; `requestId` is asked for at every line. */
export function patchConsole(logFormat: string | undefined, requestId: () => string | undefined): void {
  for (const [method, level] of Object.entries(LEVELS)) {
    console[method as keyof typeof LEVELS] = (...values: unknown[]) => {
      process.stdout.write(`${line(logFormat, level, requestId(), values)}\n`);
    };
  }
}

function line(
  logFormat: string | undefined,
  level: string,
  requestId: string | undefined,
  values: unknown[],
): string {
  const timestamp = new Date().toISOString();
  if (logFormat === "JSON") {
    const message = values.length === 1 ? jsonValue(values[0]) : format(...values);
    return JSON.stringify({ timestamp, level, requestId, message });
  }
  const text = format(...values).replaceAll("\n", "\r");
  return `${timestamp}\t${requestId ?? "undefined"}\t${level}\t${text}`;
}

function jsonValue(value: unknown): unknown {
  if (!(value instanceof Error)) return typeof value === "object" ? value : String(value);
  return { errorType: value.name, errorMessage: value.message, stackTrace: value.stack?.split("\n") };
}
