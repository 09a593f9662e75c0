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

/** Replaces console's methods; `requestId` is called for every line. */
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
    const error = values.find((value) => value instanceof Error);
    const message = values.length === 1 && error === undefined ? jsonValue(values[0]) : messageOf(values);
    return JSON.stringify({ timestamp, level, requestId, message, ...(error && errorFields(error)) });
  }
  const text = format(...values).replaceAll("\n", "\r");
  return `${timestamp}\t${requestId ?? "undefined"}\t${level}\t${text}`;
}

function jsonValue(value: unknown): unknown {
  return typeof value === "object" ? value : String(value);
}

function messageOf(values: unknown[]): string {
  return format(
    ...values.map((value) => (value instanceof Error ? `${value.name}: ${value.message}` : value)),
  );
}

function errorFields({ name, message, stack }: Error): object {
  return { errorType: name, errorMessage: message, stackTrace: stack?.split("\n") };
}
