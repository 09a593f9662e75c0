// A log that keeps its lines for a test to read.
import type { Log } from "../../functions/platform/log.ts";

export type LogLine = {
  level: "info" | "warn" | "error";
  message: string;
  fields: Record<string, unknown>;
};

export function recordLog(): Log & { lines: LogLine[] } {
  const lines: LogLine[] = [];
  const at =
    (level: LogLine["level"]) =>
    (message: string, fields: Record<string, unknown> = {}, metrics: Record<string, unknown> = {}) => {
      lines.push({
        level,
        message,
        fields: JSON.parse(JSON.stringify({ ...fields, ...metrics })),
      });
    };
  return { lines, info: at("info"), warn: at("warn"), error: at("error") };
}
